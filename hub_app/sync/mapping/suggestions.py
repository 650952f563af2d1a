"""Which field of the hub a source's field may belong to: by what both are called, and by what lies in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hub_app.kernel import similar
from hub_app.sync.mapping.declarations import FieldMapping
from hub_app.sync.mapping.discovery import SeenField, label_of
from hub_app.sync.mapping.fields import Field, FieldType
from hub_app.sync.mapping.transforms import Date, Number, Phone, Split, Transform

_ANY_TEXT: frozenset[FieldType] = frozenset(
    [
        "text",
        "multiline",
        "email",
        "phone",
        "date",
        "datetime",
        "number",
        "money",
        "boolean",
        "choice",
        "reference",
    ]
)
# What a source's field may hold for the hub's; text may hold most things. A heading does not make a number an address.
_FITS: Mapping[FieldType, frozenset[FieldType]] = {
    **dict.fromkeys(["text", "multiline", "choice", "reference"], _ANY_TEXT),
    "email": frozenset(["email"]),
    "phone": frozenset(["phone", "text"]),
    **dict.fromkeys(["date", "datetime"], frozenset[FieldType](["date", "datetime", "text"])),
    **dict.fromkeys(["number", "money"], frozenset[FieldType](["number", "money", "text"])),
    "boolean": frozenset(["boolean", "text", "choice"]),
    "list": frozenset(["list", "text", "choice"]),
    "people": frozenset(["people"]),
}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A mapping that somebody may want. `sure`: it can be taken, and shown as guessed; others are only offered."""

    mapping: FieldMapping
    score: float
    sure: bool


def suggest(
    seen: Sequence[SeenField],
    fields: Sequence[Field],
    existing: Sequence[FieldMapping] = (),
    *,
    region: str = "",
) -> list[Suggestion]:
    """Mappings for what is not mapped yet, the best first. Each source and each field is in one of them at most. Phone numbers
    without a country code are taken for those of `region`.
    """
    sources, targets = ({one.source for one in existing}, {one.target for one in existing})
    names = {
        field.key: [field.label, field.key, *field.aliases] for field in fields if field.key not in targets
    }
    scored = [
        (score, one, field)
        for one in seen
        if one.path not in sources
        for headings in [{one.label, label_of(one.path)}]
        for field in fields
        if field.key in names and fits(one, field)
        for score in [max(similar.best_score(heading, names[field.key]) for heading in headings)]
        if score >= similar.LIKELY
    ]
    found: list[Suggestion] = []
    for score, one, field in sorted(scored, key=lambda of: -of[0]):
        if one.path not in sources and field.key not in targets:
            sources.add(one.path)
            targets.add(field.key)
            found.append(Suggestion(mapping_of(one, field, region), score, score >= similar.SURE))
    return found


def fits(seen: SeenField, field: Field) -> bool:
    """Whether what a source's field holds may be meant for this one."""
    return seen.type in _FITS[field.type]


def mapping_of(seen: SeenField, field: Field, region: str) -> FieldMapping:
    """What a source's account cannot write comes in only."""
    return FieldMapping(
        source=seen.path,
        target=field.key,
        transforms=_transforms(seen.type, field.type, region),
        direction="in" if seen.declared and not seen.writable else "both",
    )


def _transforms(seen: FieldType, kind: FieldType, region: str) -> list[Transform]:
    """What reads text as a field of this type."""
    if kind == "phone":
        return [Phone(region=region)]
    if seen != "text":
        return []
    by_kind: dict[FieldType, Transform] = {
        "date": Date(), "datetime": Date(), "number": Number(), "money": Number(), "list": Split(),
    }  # fmt: skip
    return [by_kind[kind]] if kind in by_kind else []
