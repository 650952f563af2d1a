"""What rows of PSAs hold. Fields come and go with their releases, so nothing is taken for granted."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

Row = Mapping[str, Any]
LONGEST_NOTE = 100_000
"""Characters of a note that are shown; of names and summaries there are fewer."""
_LONGEST = 500
_LONGEST_ID = 64


def id_of(row: Row, key: str = "id") -> str | None:
    """An ID as a text; None for what is none."""
    value = row.get(key)
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    text = str(value)
    return text if 0 < len(text) <= _LONGEST_ID and text.isprintable() else None


def number_of(row: Row, key: str = "id") -> int:
    """An ID that is a number, for sorting by; 0 for what is none."""
    text = id_of(row, key) or ""
    return int(text) if text.isascii() and text.isdecimal() else 0


def part(row: Row, key: str) -> Row:
    """A row inside of a row; an empty one where there is none."""
    value = row.get(key)
    return cast("Row", value) if isinstance(value, dict) else {}


def text_of(row: Row, key: str, *, most: int = _LONGEST) -> str | None:
    """A text, as databases can keep it; cut where it has more characters than `most`. None for an empty one."""
    value = row.get(key)
    if not isinstance(value, str) or not value.strip():
        return None
    text = value.replace("\x00", "\ufffd")
    return text if len(text) <= most else f"{text[: most - 1]}…"


def time_of(value: object) -> datetime | None:
    """A moment, in UTC; one without a zone is UTC."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
