"""Which field a column feeds, guessed from its header and its first values.

What is not sure is suggested, not taken: a wrong field is worse than none. What a person corrected is remembered and wins.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from hub_app.crm.tabular.cells import is_email, share_of
from hub_app.kernel import similar
from hub_app.kernel.similar import Heading, heading

How = Literal["remembered", "exact", "guessed", "suggested", "none"]
_EXACT = 100
_SAMPLED = 50
_HALF = 0.5
_NEARLY_ALL = 0.9
# Columns of files have more such words than `similar` knows: they change whose a thing is, or what it says, and must be in
# both names or in neither.
_QUALIFIERS = frozenset({
    "partner", "spouse", "fiance", "bride", "groom", "venue", "company", "business", "planner", "mother", "father", "parent", "guest",
    "opt", "out", "in", "verified", "sent", "unsubscribed", "subscribed", "second", "secondary", "other", "alternate", "alternative",
    "additional", "emergency", "billing", "2", "3", "count", "type", "status", "id", "template", "assistant", "invoice", "birth",
    "last", "first",
})  # fmt: skip
# A header that says so is of nothing else.
_KINDS = frozenset({"phone", "email"})


class Target(Protocol):
    """A field that a column may feed."""

    @property
    def key(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def aliases(self) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True)
class Guess:
    """The key of the field that a column feeds, None for none. `score` goes from 0 to 100.

    `suggested` ones are offered, and not taken; a `remembered` one without a field was left out by a person.
    """

    header: str
    field: str | None = None
    score: float = 0
    how: How = "none"

    @property
    def is_taken(self) -> bool:
        """Whether the column feeds the field unless somebody says otherwise."""
        return self.field is not None and self.how != "suggested"


def guess(
    headers: Sequence[str],
    values: Mapping[str, Sequence[str]],
    targets: Sequence[Target],
    *,
    preset: Mapping[str, str] | None = None,
    remembered: Mapping[str, str | None] | None = None,
) -> list[Guess]:
    """The field of each column, in the order of the headers, no field twice. `values` holds some of each column's.

    `preset` says which field a CRM's own headers mean, `remembered` which a person chose for a header, None for no field.
    """
    known = {target.key for target in targets}
    chosen = {heading(header).letters: key for header, key in (remembered or {}).items()}
    preset_keys = {heading(header).letters: key for header, key in (preset or {}).items() if key in known}
    names = {
        target.key: [heading(name) for name in (target.label, target.key, *target.aliases)]
        for target in targets
    }
    types = {target.key: target.type for target in targets}
    left: list[tuple[int, str, float, How]] = []
    found: dict[int, Guess] = {}
    for at, header in enumerate(headers):
        name = heading(header)
        key = chosen.get(name.letters)
        if name.letters in chosen and (key is None or key in known):
            found[at] = Guess(header, key, _EXACT, "remembered")
        elif name.letters in preset_keys:
            left.append((at, preset_keys[name.letters], _EXACT + 1, "exact"))
        else:
            left += [
                (at, key, *_checked(score, types[key], values.get(header, ())))
                for key, score in _scores(name, names)
            ]
    _assign(left, headers, found)
    _by_values(headers, values, types, found)
    return [found.get(at, Guess(header)) for at, header in enumerate(headers)]


def _scores(header: Heading, names: Mapping[str, Sequence[Heading]]) -> list[tuple[str, float]]:
    """Each field's score by its best name, from `similar.LIKELY` on."""
    scores = [(key, max(_similarity(header, name) for name in its)) for key, its in names.items()]
    return [(key, score) for key, score in scores if score >= similar.LIKELY]


def _similarity(header: Heading, name: Heading) -> float:
    if header.letters == name.letters:
        return _EXACT if name.letters else 0
    if not _KINDS.intersection(header.words) <= _KINDS.intersection(name.words):
        return 0
    # Only the same name is exact.
    return min(similar.alike(header, name, qualifiers=_QUALIFIERS), _EXACT - 1)


def _checked(score: float, kind: str, values: Sequence[str]) -> tuple[float, How]:
    """The score after a look at the values: they overrule a name that is alike, and cast doubt on one that is the same."""
    fits = _share(kind, values)
    if score == _EXACT:
        return (score, "exact") if fits >= _HALF else (similar.LIKELY, "suggested")
    if fits < _HALF:
        return 0, "none"
    return score, "guessed" if score >= similar.SURE else "suggested"


def _share(kind: str, values: Sequence[str]) -> float:
    sample = [value for value in values[:_SAMPLED] if value.strip()]
    match kind:
        case "email":
            # Several addresses in one cell are addresses.
            return sum("@" in value for value in sample) / len(sample) if sample else 1
        case "phone" | "boolean":
            return share_of(kind, sample)
        case "date" | "datetime":
            return share_of("date", sample)
        case "number" | "money":
            return share_of("number", sample)
        case _:
            return 1


def _assign(left: list[tuple[int, str, float, How]], headers: Sequence[str], found: dict[int, Guess]) -> None:
    """Give each field to its best column, and each column its best field of those that are left."""
    taken = {one.field for one in found.values()}
    for at, key, score, how in sorted(left, key=lambda each: -each[2]):
        if at not in found and key not in taken and how != "none":
            found[at] = Guess(headers[at], key, min(score, _EXACT), how)
            taken.add(key)


def _by_values(
    headers: Sequence[str],
    values: Mapping[str, Sequence[str]],
    types: Mapping[str, str],
    found: dict[int, Guess],
) -> None:
    """Suggest the field of e-mail addresses for the one column that has them under a name that tells nothing."""
    taken = {one.field for one in found.values()}
    free = next((key for key, kind in types.items() if kind == "email" and key not in taken), None)
    columns = [
        at
        for at, header in enumerate(headers)
        if at not in found
        and _are_emails(values.get(header, ()))
        and not _QUALIFIERS.intersection(heading(header).words)
    ]
    if free is not None and len(columns) == 1 and not any(types.get(key or "") == "email" for key in taken):
        found[columns[0]] = Guess(headers[columns[0]], free, similar.LIKELY, "suggested")


def _are_emails(values: Sequence[str]) -> bool:
    sample = [value.strip() for value in values[:_SAMPLED] if value.strip()]
    return bool(sample) and sum(map(is_email, sample)) >= _NEARLY_ALL * len(sample)
