"""Mappings in words, as their page shows them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from hub_app.crm.schemas.mappings import (
    CrmFieldMapping,
    FieldOut,
    MappingPreview,
    RecordPreviewOut,
    SourceFieldOut,
)

DIRECTIONS = {
    "both": "Both ways",
    "in": "From the CRM only",
    "out": "To the CRM only",
}
_ONE_WAY = {"in": "from the CRM only", "out": "to the CRM only"}
RULES = {
    "": "As the connection does",
    "manual_review": "Ask me",
    "newest_wins": "The newer change wins",
    "hub_wins": "Hub wins",
    "crm_wins": "The CRM wins",
}
_RULED = {
    "manual_review": "ask me",
    "newest_wins": "the newer change wins",
    "hub_wins": "Hub wins",
    "crm_wins": "the CRM wins",
}
BLANKS = {
    "overwrite": "Empty it on the other side, too",
    "keep": "Keep what the other side has",
}
TYPES = {
    "text": "Text",
    "multiline": "Text of several lines",
    "email": "Email address",
    "phone": "Phone number",
    "date": "Date",
    "datetime": "Date and time",
    "number": "Number",
    "money": "Amount of money",
    "boolean": "Yes or no",
    "choice": "One of several words",
    "list": "List of words",
}
TRANSFORMS = {
    "trim": "Remove spaces at both ends",
    "lower": "Lowercase",
    "title": "Capitalize each word",
    "phone": "Read as a phone number",
    "date": "Read as a date",
    "number": "Read as a number",
    "boolean": "Read as yes or no",
    "split": "Split into parts",
    "lookup": "Look up in a table",
    "constant": "The same value for every record",
}
_SHORT = {
    "trim": "trim",
    "lower": "lowercase",
    "title": "capitalize",
    "phone": "phone",
    "date": "date",
    "number": "number",
    "boolean": "yes or no",
    "split": "split",
}
_LONGEST = 200


@dataclass(frozen=True)
class LineRow:
    """A line of the mapping. `id` is its place in the draft; `result` what comes of the chosen record, `warning` what is odd in some
    of them, `problem` why the line was refused.
    """

    id: str
    source: str
    label: str
    sample: str
    target: str
    key: str
    chain: str
    terms: str
    result: str
    warning: str
    problem: str


@dataclass(frozen=True)
class SourceRow:
    """A field of the CRM that fills nothing. `suggested` is the key of the field that it may belong to."""

    path: str
    label: str
    sample: str
    filled: str
    suggested: str
    hint: str


@dataclass(frozen=True)
class ResultRow:
    """What one field of the chosen record would hold."""

    label: str
    value: str
    warning: str


def chain_words(mapping: CrmFieldMapping) -> str:
    """What is done to a value on its way: `trim · phone (GB)`."""
    return " · ".join(_short(one.model_dump(mode="json")) for one in mapping.transforms) or "as it is"


def _short(given: Mapping[str, Any]) -> str:
    name = str(given["name"])
    match name:
        case "constant":
            return f"always {shown(given['value'])}"
        case "lookup":
            count = len(given["table"])
            return f"look up ({count:,} {'word' if count == 1 else 'words'})"
        case "phone" if given["region"]:
            return f"phone ({given['region']})"
        case "number" if given["scale"]:
            return f"number ÷ {10 ** int(given['scale']):,}"
        case "split" if given["index"] is not None:
            return f"part {_ordinal(int(given['index']))} of {given['separator']!r}"
        case _:
            return _SHORT[name]


def _ordinal(index: int) -> str:
    if index >= 0:
        return str(index + 1)
    return "last" if index == -1 else f"{-index} from the end"


def terms_words(mapping: CrmFieldMapping) -> str:
    """How it is kept in step, as far as that is not the usual."""
    rule = "crm_wins" if mapping.rule == "source_wins" else mapping.rule or ""
    said = [
        _ONE_WAY.get(mapping.direction, ""),
        "required" if mapping.required else "",
        f"conflicts: {_RULED[rule]}" if rule else "",
        "blanks kept" if mapping.blanks == "keep" else "",
    ]
    return " · ".join(one for one in said if one)


def shown(value: object) -> str:
    """A value in a line."""
    match value:
        case None | "" | []:
            text = "—"
        case bool():
            text = "Yes" if value else "No"
        case float() | int():
            text = f"{value:,}"
        case list():
            text = ", ".join(_part(one) for one in cast("list[object]", value))
        case str():
            text = value.replace("\n", " / ")
        case _:
            text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _part(one: object) -> str:
    """An entry of a list; a person by the name."""
    if not isinstance(one, dict):
        return shown(one)
    person = cast("dict[str, object]", one)
    names = [str(person[name]) for name in ("first_name", "last_name") if person.get(name)]
    return str(person.get("name") or " ".join(names) or "someone")


def line_rows(
    draft: Sequence[CrmFieldMapping],
    fields: Mapping[str, FieldOut],
    seen: Mapping[str, SourceFieldOut],
    values: Mapping[str, Any],
    warned: Mapping[str, str],
    refused: Mapping[int, str],
) -> list[LineRow]:
    """The lines of a draft, with what comes of the chosen record."""
    rows: list[LineRow] = []
    for number, one in enumerate(draft):
        known, field = seen.get(one.source), fields.get(one.target)
        rows.append(
            LineRow(
                id=str(number),
                source=one.source or "(no source)",
                label=known.label if known and known.label != one.source else "",
                sample="" if known is None else example_of(known),
                target=field.label if field else one.target,
                key=one.target,
                chain=chain_words(one),
                terms=terms_words(one),
                result=shown(values.get(one.target)) if values else "",
                warning=warned.get(one.target, ""),
                problem=refused.get(number, ""),
            )
        )
    return rows


def example_of(seen: SourceFieldOut) -> str:
    if not seen.examples:
        return "empty in all samples"
    return seen.examples[0] or "has parts"


def result_rows(
    record: RecordPreviewOut, draft: Sequence[CrmFieldMapping], fields: Mapping[str, FieldOut]
) -> list[ResultRow]:
    """What the chosen record would hold, in the order of the fields."""
    mapped = {one.target for one in draft if one.direction != "out"}
    return [
        ResultRow(one.label, shown(record.values.get(key)), " ".join(sentences(record.warnings.get(key, ()))))
        for key, one in fields.items()
        if key in mapped
    ]


def sentences(said: Sequence[str]) -> list[str]:
    """What is odd about a value, which follows the field's name, as sentences of their own."""
    return [f"It {one.rstrip('.')}." for one in said]


def warned_words(found: MappingPreview) -> dict[str, str]:
    """By field, what is odd about its values in the sample."""
    told: dict[str, list[str]] = {}
    for record in found.records:
        for key, said in record.warnings.items():
            told.setdefault(key, []).append(said[0])
    words = {
        key: f"In {len(said):,} of {found.sampled:,} records it {said[0].rstrip('.')}."
        for key, said in told.items()
    }
    for key, why in found.not_writable.items():
        never = f"It is never written to the CRM: it {why.rstrip('.')}."
        words[key] = f"{words[key]} {never}" if key in words else never
    return words


def impact_words(found: MappingPreview, fields: Mapping[str, FieldOut]) -> str:
    """What saving and applying the mapping would do to the records of the sample that are here."""
    if not found.sampled:
        return "The CRM has no records of this kind to try the mapping on."
    if not found.here:
        said = f"None of the {found.sampled:,} records that were read is here yet."
    elif not found.would_change:
        said = f"Of {found.here:,} records that are here already, none would change."
    else:
        most = sorted(found.changes_by_field.items(), key=lambda of: -of[1])[:3]
        named = ", ".join(f"{fields[key].label} {count:,}" for key, count in most if key in fields)
        said = (
            f"Of {found.here:,} records that are here already, {found.would_change:,} would change: {named}."
        )
    if found.would_be_refused:
        said += f" {found.would_be_refused:,} would be set aside, because a required field is empty."
    return said
