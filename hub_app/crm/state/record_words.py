"""What a record holds, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from hub_app.crm.schemas.records import FieldOut
from hub_app.crm.service.record_files import in_words
from hub_app.ui.cells import Cell

_LONGEST = 80
_FIGURES = {"number", "money"}


@dataclass(frozen=True)
class Detail:
    """A field of a record. `kind` says how it is shown: `text`, `lines`, `email`, `phone` or `time`."""

    label: str
    text: str
    kind: str


_KINDS = {
    "multiline": "lines",
    "email": "email",
    "phone": "phone",
    "datetime": "time",
}


def words(field_type: str, value: Any) -> str:
    """A value as people read it; "" for none."""
    if isinstance(value, list):
        parts = cast("list[Any]", value)
        if field_type == "people":
            return "\n".join(in_words(one) for one in parts)
        return ", ".join(str(one) for one in parts)
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, int | float):
        return figure(value)
    text = "" if value is None else str(value)
    return day(text) if field_type == "date" else text


def figure(value: float) -> str:
    """`4,500` or `4,500.50`."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}"


def day(text: str) -> str:
    """`24 Jun 2027` for an ISO day; other text as it is."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return text
    return f"{found.day} {found:%b %Y}"


def details(fields: Sequence[FieldOut], values: Mapping[str, Any]) -> list[Detail]:
    """The fields that hold something, but for people and what names other records."""
    return [
        Detail(one.label, words(one.type, values[one.key]), _KINDS.get(one.type, "text"))
        for one in fields
        if values.get(one.key) is not None and one.type not in {"people", "reference"}
    ]


def cell(field: FieldOut, value: Any, *, phone: bool) -> Cell:
    """A value in a row of a table, in one line."""
    text = " ".join(words(field.type, value).split())
    shown = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    kind = "figure" if field.type in _FIGURES else "time" if field.type == "datetime" and text else "text"
    return Cell(shown, kind, phone)
