"""What a form or an automation sends of somebody new. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue

from hub_app.crm.files import columns
from hub_app.crm.files.columns import FileColumn, transforms_of
from hub_app.crm.files.reading import RowReader
from hub_app.sync.schemas import RecordField

_MOST = 200
_LONGEST_KEY = 100
_DEEPEST = 5
_NOTES = "notes"
UNTOLD = "It has no name, no e-mail address and no phone number."


@dataclass(frozen=True, slots=True)
class Lead:
    """A lead's fields, and the cells that it came in. `why` says why it is none; `notes` what is told of its values."""

    fields: dict[str, JsonValue]
    cells: dict[str, str]
    why: str = ""
    notes: list[str] = field(default_factory=list[str])


def flat(value: JsonValue, under: str = "", depth: int = 0) -> dict[str, str]:
    """The texts of an object by their names, those of inner objects with the outer name before theirs."""
    if depth > _DEEPEST:
        return {under: "…"}
    if isinstance(value, dict):
        found: dict[str, str] = {}
        for name, one in value.items():
            found |= flat(one, f"{under} {name}".strip()[:_LONGEST_KEY], depth + 1)
            if len(found) > _MOST:
                break
        return dict(list(found.items())[:_MOST])
    if isinstance(value, list) and any(isinstance(one, dict) for one in value):
        return flat({str(at + 1): one for at, one in enumerate(value)}, under, depth + 1)
    text = ", ".join(map(_text, value)) if isinstance(value, list) else _text(value)
    return {under: text} if under and text else {}


def _text(value: JsonValue) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def read(
    cells: Mapping[str, str],
    fields: Sequence[RecordField],
    *,
    preset: Mapping[str, str],
    remembered: Mapping[str, str],
    salt: str,
) -> Lead:
    """A lead by its cells, whose names are recognized as the headers of files are. Nothing of it is lost: what feeds no field, or
    can be read in more than one way, stands in the notes.
    """
    known = columns.targets_of("clients", fields)
    types = {one.key: one.type for one in known}
    found = columns.recognized(
        list(cells),
        {name: [text] for name, text in cells.items()},
        known,
        preset=preset,
        remembered=remembered,
    )
    taken = {one.header: one for one in found if one.field and not columns.asks(one, types[one.field])}
    reader = RowReader(
        "clients",
        {header: (one.field, transforms_of(one, types[one.field])) for header, one in taken.items()},
        fields,
        salt,
    )
    told = reader.read({header: cells[header] for header in taken})
    values = dict(told.fields)
    left = [f"{header}: {text}" for header, text in cells.items() if header not in taken]
    if left:
        values[_NOTES] = "\n".join(filter(None, [str(values.get(_NOTES) or ""), *left]))
    why = "" if any(values.get(key) for key in ("name", "email", "phone")) else UNTOLD
    return Lead(
        values, dict(cells), why, [_asked(one) for one in found if one.field and one.header not in taken]
    )


def _asked(column: FileColumn) -> str:
    return f"{column.field}: {column.header} can be read in more than one way, and was left in the notes"
