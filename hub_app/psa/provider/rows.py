"""What rows of PSAs hold. Fields come and go with their releases, so nothing is taken for granted."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

Row = Mapping[str, Any]


def id_of(row: Row, key: str = "id") -> str | None:
    """An ID as a text; None for what is none."""
    value = row.get(key)
    return (
        str(value) if isinstance(value, int | str) and not isinstance(value, bool) and value != "" else None
    )


def part(row: Row, key: str) -> Row:
    """A row inside of a row; an empty one where there is none."""
    value = row.get(key)
    return cast("Row", value) if isinstance(value, dict) else {}


def text_of(row: Row, key: str) -> str | None:
    value = row.get(key)
    return value if isinstance(value, str) and value.strip() else None


def time_of(value: object) -> datetime | None:
    """A moment; one without a zone is UTC."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
