"""Records as a CSV file, with a column for each field."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, cast

from hub_app.crm.schemas.records import FieldOut, RecordOut
from hub_app.crm.tabular.writing import BYTE_ORDER_MARK, csv_text

_OF_ALL = ("ID", "Created", "Changed", "Archived")


async def lines(
    fields: Sequence[FieldOut], pages: AsyncIterator[Sequence[RecordOut]]
) -> AsyncIterator[bytes]:
    """The file, piece by piece."""
    yield (BYTE_ORDER_MARK + csv_text([[*(one.label for one in fields), *_OF_ALL]])).encode()
    async for page in pages:
        yield csv_text([_cells(fields, one) for one in page]).encode()


def _cells(fields: Sequence[FieldOut], record: RecordOut) -> list[Any]:
    own = [_cell(field, record.fields.get(field.key)) for field in fields]
    archived = record.archived_at.isoformat() if record.archived_at else None
    return [*own, str(record.id), record.created_at.isoformat(), record.updated_at.isoformat(), archived]


def _cell(field: FieldOut, value: Any) -> Any:
    if field.type == "people" and isinstance(value, list):
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
