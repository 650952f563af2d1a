"""When a plan's schedule is next due."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

_FIELDS = 5
_NO_CRON = "is not a cron line: five fields for minute, hour, day, month and weekday, such as 0 9 * * 1-5"


def check(cron: str, timezone: str) -> None:
    """ValueError with the rule when `cron` (unless empty) or `timezone` is none."""
    zone = _zone(timezone)
    if cron and next(_simulated(cron, datetime.now(zone)), None) is None:
        raise ValueError("never matches a date")


def next_time(cron: str, every_minutes: int | None, timezone: str, after: datetime) -> datetime | None:
    """The first time after `after`, in UTC; None without a schedule, or when the cron line never comes true again.

    Clocks that are put forward: a time left out comes at the hour they are put to. Put back: a time that comes twice
    counts once, unless the line repeats within the hour.
    """
    if every_minutes is not None:
        return after + timedelta(minutes=every_minutes)
    if not cron:
        return None
    found = next(_simulated(cron, after.astimezone(_zone(timezone))), None)
    return None if found is None else found.astimezone(UTC)


def following(
    cron: str, every_minutes: int | None, timezone: str, due: datetime, now: datetime
) -> datetime | None:
    """The first time after `now` for a schedule that was due at `due`: what was missed in between is left out, and an
    interval keeps its beat.
    """
    if every_minutes is None:
        return next_time(cron, None, timezone, now)
    beat = timedelta(minutes=every_minutes)
    return due + beat * ((now - due) // beat + 1)


def _simulated(cron: str, start: datetime) -> CronSim:
    # CronSim takes a sixth field, for seconds.
    if len(cron.split()) != _FIELDS:
        raise ValueError(_NO_CRON)
    try:
        return CronSim(cron, start)
    except CronSimError:
        raise ValueError(_NO_CRON) from None


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{name[:64]!r} is not a time zone such as Europe/Berlin") from None
