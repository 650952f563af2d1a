"""Records as a CSV file, with a column for each field."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, cast
from uuid import UUID

from hub_app.crm.schemas.records import FieldOut, RecordOut
from hub_app.crm.tabular.writing import BYTE_ORDER_MARK, csv_text


class Stored(Protocol):
    """When a record was made and changed."""

    id: UUID
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None


_OF_ALL = ("ID", "Created", "Changed", "Archived")


async def lines(
    fields: Sequence[FieldOut], pages: AsyncIterator[Sequence[RecordOut]]
) -> AsyncIterator[bytes]:
    """The file, piece by piece."""
    yield headings([one.label for one in fields])
    async for page in pages:
        yield csv_text([_cells(fields, one) for one in page]).encode()


def _cells(fields: Sequence[FieldOut], record: RecordOut) -> list[Any]:
    return cells([(one.key, one.type) for one in fields], record, record.fields)


def headings(labels: Sequence[str]) -> bytes:
    """The first line, with what a spreadsheet knows the encoding by."""
    return (BYTE_ORDER_MARK + csv_text([[*labels, *_OF_ALL]])).encode()


def cells(fields: Sequence[tuple[str, str]], record: Stored, values: Mapping[str, Any]) -> list[Any]:
    """The line of a record; `fields` are keys with their types."""
    own = [_cell(kind, values.get(key)) for key, kind in fields]
    archived = record.archived_at.isoformat() if record.archived_at else None
    return [*own, str(record.id), record.created_at.isoformat(), record.updated_at.isoformat(), archived]


def _cell(kind: str, value: Any) -> Any:
    if kind == "people" and isinstance(value, list):
        return [in_words(one) for one in cast("list[Mapping[str, Any]]", value)]
    return value


def in_words(person: Mapping[str, Any]) -> str:
    """A person in one cell: `Sarah Chen sarah@chen.example +442079460958 (Bride)`."""
    name = person.get("name") or " ".join(
        person[part] for part in ("first_name", "last_name") if person.get(part)
    )
    role = f"({person['role']})" if person.get("role") else ""
    parts = [name, *person.get("emails", ()), *person.get("phones", ()), role]
    return " ".join(part for part in parts if part)
