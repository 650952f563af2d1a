"""A record's columns as the table of records holds them. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from hub_app.sync.mapping.columns import columns
from hub_app.sync.mapping.fields import Field

# Bytes. Both are in one index, of which PostgreSQL takes entries of 2,700.
_NAME = 600
_SEARCH = 1_500


def listed(fields: Sequence[Field], values: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a record with these values: empty text and 0 where there is none, by which every list can be sorted."""
    found = columns(fields, values)
    return {
        "name": _cut(found.name[:200], _NAME),
        "email": found.email[:320],
        "phone": found.phone[:64],
        "date": found.date or "",
        "status": found.status[:100],
        "value": float(found.value or 0),
        "search": _cut(found.search, _SEARCH),
    }


def _cut(text: str, most: int) -> str:
    return text.encode()[:most].decode(errors="ignore")
