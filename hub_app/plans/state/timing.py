"""When a plan runs, in words."""

from datetime import datetime, timedelta

from cronsim import CronSim, CronSimError

from hub_app.kernel.clock import utcnow
from hub_app.plans.schedule import next_time
from hub_app.plans.schemas import PlanOut, Schedule
from hub_app.ui import words

BY_HAND = "By hand"
_SHOWN = 3
_MINUTES = {60: "hour", 1440: "day", 10_080: "week"}
_DAYS = {"*": "Every day", "1-5": "Weekdays", "0,6": "Weekends", "6,0": "Weekends"}


def trigger_words(plan: PlanOut) -> str:
    """What starts a plan: `Weekdays at 09:00, Europe/Berlin and on order.paid`, `By hand`."""
    found = [schedule_words(plan.schedule)] if plan.schedule else []
    if plan.event_type:
        found.append(f"{'on' if found else 'On'} {plan.event_type}")
    return " and ".join(found) or BY_HAND


def schedule_words(schedule: Schedule) -> str:
    """`Every 15 minutes`, `Weekdays at 09:00, Europe/Berlin`."""
    if schedule.every_minutes is not None:
        return _every(schedule.every_minutes)
    return f"{_cron(schedule.cron)}, {schedule.timezone}"


def zone_of(schedule: Schedule) -> str:
    """The zone by whose clock a schedule goes; "" for an interval, which goes by none."""
    return schedule.timezone if schedule.cron else ""


def next_times(schedule: Schedule) -> list[str]:
    """The next three times that a schedule comes true, for `time(…)`."""
    found: list[str] = []
    at: datetime | None = utcnow()
    for _ in range(_SHOWN):
        at = next_time(schedule.cron, schedule.every_minutes, schedule.timezone, at)
        if at is None:
            break
        found.append(words.iso(at))
    return found


def times_from(first: datetime, schedule: Schedule) -> list[str]:
    """The next three times of a schedule whose next one is known: an interval keeps its beat."""
    if schedule.every_minutes is None:
        return next_times(schedule)
    beat = timedelta(minutes=schedule.every_minutes)
    return [words.iso(first + beat * count) for count in range(_SHOWN)]


def _every(minutes: int) -> str:
    if minutes == 1:
        return "Every minute"
    for length, word in sorted(_MINUTES.items(), reverse=True):
        if minutes % length == 0:
            count = minutes // length
            return f"Every {word}" if count == 1 else f"Every {count} {word}s"
    return f"Every {minutes} minutes"


def _cron(line: str) -> str:
    minute, hour, *days, weekday = line.split()
    if minute.isdigit() and hour.isdigit() and days == ["*", "*"] and weekday in _DAYS:
        return f"{_DAYS[weekday]} at {int(hour):02}:{int(minute):02}"
    try:
        return CronSim(line, utcnow()).explain()
    except CronSimError:
        return line
