"""Dates and times as sources write them. A field keeps `2026-01-31`, or `2026-01-31T12:00:00Z`."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from dateutil import parser as dateutil

from hub_app.sync.mapping.numbers import Unreadable

_LONGEST = 64
_DATE = len("2026-01-31")
# dateutil reads UTC+3 as three hours west.
_TURNED = re.compile(r"(?:GMT|UTC) ?[+-]", re.IGNORECASE)
# What a text does not say is different in these two.
_ONE, _OTHER = datetime(2004, 1, 1, 0, 0), datetime(2008, 2, 28, 1, 1)  # noqa: DTZ001 - fillers, not times


def date_of(text: str) -> str:
    """An ISO date, or that of an ISO time as it is written. Raises Unreadable."""
    return _iso(text).isoformat()[:_DATE]


def time_of(text: str) -> str:
    """An ISO time in UTC; one without an offset is in UTC, a date is its midnight. Raises Unreadable."""
    return as_time(_iso(text), UTC)


def _iso(text: str) -> date:
    given = text.strip()
    if len(given) > _LONGEST or given[4:5] != "-" or given[7:8] != "-":
        raise Unreadable("is no date such as 2026-01-31")
    try:
        return date.fromisoformat(given) if len(given) == _DATE else datetime.fromisoformat(given)
    except ValueError:
        raise Unreadable("is no date such as 2026-01-31") from None


def as_date(moment: date) -> str:
    """The day that it is where it was written."""
    return moment.isoformat()[:_DATE]


def as_time(moment: date, zone: tzinfo) -> str:
    """The time in UTC. One without an offset is in `zone`, a date is its midnight there. Raises Unreadable."""
    when = moment if isinstance(moment, datetime) else datetime.combine(moment, time())
    try:
        return _utc(when if when.tzinfo else when.replace(tzinfo=zone))
    except OverflowError:
        raise Unreadable("is not between the years 1 and 9999") from None


def _utc(when: datetime) -> str:
    return when.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


@lru_cache(maxsize=4096)
def read(text: str, formats: tuple[str, ...], zone: str, *, day_first: bool) -> date:
    """What the text says in one of these formats, in any usual one without: a datetime where it says a time. With a zone that is
    where the time is told, or converted to when it has an offset. Raises Unreadable.
    """
    given = text.strip()
    if not given or len(given) > _LONGEST:
        raise Unreadable("is no date")
    moment = _in_formats(given, formats) if formats else _usual(given, day_first=day_first)
    if zone and isinstance(moment, datetime):
        there = zone_of(zone)
        try:
            return moment.astimezone(there) if moment.tzinfo else moment.replace(tzinfo=there)
        except OverflowError:
            raise Unreadable("is not between the years 1 and 9999") from None
    return moment


@lru_cache(maxsize=64)
def zone_of(name: str) -> tzinfo:
    """The zone of this name, UTC for none."""
    return ZoneInfo(name) if name else UTC


def format_of(text: str, formats: Sequence[str]) -> str:
    """The one of the formats in which the text is written, else the first."""
    for one in formats:
        try:
            datetime.strptime(text.strip(), one)  # noqa: DTZ007 - its zone does not matter
        except ValueError:
            continue
        return one
    return formats[0]


def written(value: str, wanted: str, zone: tzinfo, *, has_time: bool) -> str:
    """A field's date or time in this format, a time as it is told in `zone`. Raises Unreadable."""
    try:
        moment = datetime.fromisoformat(value)
        return (moment.astimezone(zone) if has_time else moment).strftime(wanted)
    except (ValueError, OverflowError):
        raise Unreadable("is no date") from None


def _in_formats(text: str, formats: tuple[str, ...]) -> date:
    for one in formats:
        try:
            moment = datetime.strptime(text, one)  # noqa: DTZ007 - a format may have an offset, or none
        except ValueError:
            continue
        return moment if _tells_time(one) else moment.date()
    raise Unreadable(f"is not written as {' or '.join(formats)}")


@lru_cache(maxsize=256)
def _tells_time(form: str) -> bool:
    return _ONE.strftime(form) != _ONE.replace(hour=13, minute=1, second=1).strftime(form)


def _usual(text: str, *, day_first: bool) -> date:
    """Any spelling that dateutil knows and that says year, month and day: it fills in what is missing from another date."""
    try:
        return _iso(text)
    except Unreadable:
        pass
    if _TURNED.search(text):
        raise Unreadable("has an offset from GMT or UTC, whose sign has two meanings")
    try:
        one, other = (
            dateutil.parse(text, default=default, dayfirst=day_first, tzinfos=_offset)
            for default in (_ONE, _OTHER)
        )
    except Unreadable:
        raise
    except (ValueError, OverflowError, TypeError, AttributeError, RecursionError):
        raise Unreadable("is no date") from None
    if one.date() != other.date():
        raise Unreadable("does not say a year, a month and a day")
    return one if one.hour == other.hour else one.date()


def _offset(name: str | None, seconds: int | None) -> tzinfo | None:
    """Only offsets are known: names such as EST stand for several."""
    if name is None and seconds is None:
        return None
    if seconds is not None:
        return timezone(timedelta(seconds=seconds))
    if name in {"UTC", "GMT", "Z"}:
        return UTC
    raise Unreadable(f"names the time zone {name}, which may be several")
