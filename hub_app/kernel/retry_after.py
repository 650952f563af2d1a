"""How long another server asks to wait."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

# A year: more than anybody waits, and far from what a date can hold.
_LONGEST = 365 * 86_400.0


def parse_retry_after(value: str, now: datetime) -> timedelta | None:
    """A `Retry-After` header, in seconds or as an HTTP date (RFC 9110 §10.2.3); None when it is neither."""
    value = value.strip()
    try:
        if value.isascii() and value.isdigit():
            return timedelta(seconds=min(float(value), _LONGEST))
        date = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    # "-0000" stands for a time without a zone.
    date = date.replace(tzinfo=UTC) if date.tzinfo is None else date
    return max(timedelta(0), date - now)
