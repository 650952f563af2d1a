"""When a plan's schedule is next due."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError


def check(cron: str, timezone: str) -> None:
    """ValueError with the rule when `cron` (unless empty) or `timezone` is none."""
    zone = _zone(timezone)
    if cron:
        _simulated(cron, datetime.now(zone))


def next_time(cron: str, every_minutes: int | None, timezone: str, after: datetime) -> datetime | None:
    """The first time after `after`, in UTC; None without a schedule, or when the cron line never comes true again."""
    if every_minutes is not None:
        return after + timedelta(minutes=every_minutes)
    if not cron:
        return None
    found = next(_simulated(cron, after.astimezone(_zone(timezone))), None)
    return None if found is None else found.astimezone(UTC)


def _simulated(cron: str, start: datetime) -> CronSim:
    try:
        return CronSim(cron, start)
    except CronSimError:
        raise ValueError(
            "is not a cron line: five fields for minute, hour, day, month and weekday, such as 0 9 * * 1-5"
        ) from None


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{name[:64]!r} is not a time zone such as Europe/Berlin") from None
