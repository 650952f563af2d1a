"""The clock of a work session: started, paused, ended, and corrected by hand."""

from datetime import datetime

from hub_app.kernel.clock import utcnow
from hub_app.psa.schemas.sessions import SessionStatus
from hub_app.psa.tables import WorkSession

_MINUTE = 60


def seconds(row: WorkSession, now: datetime) -> int:
    """How long somebody has worked."""
    running = (now - row.running_since).total_seconds() if row.running_since else 0
    return row.worked_seconds + max(0, int(running))


def minutes(row: WorkSession, now: datetime) -> int:
    """Whole minutes that somebody has worked."""
    return seconds(row, now) // _MINUTE


def turn(row: WorkSession, status: SessionStatus) -> None:
    """Start, pause or end the clock. Nothing changes where it is so already."""
    now = utcnow()
    if status == row.status and (row.running_since is not None) == (status == "running"):
        return
    row.worked_seconds = seconds(row, now)
    row.status = status
    row.running_since = now if status == "running" else None
    row.ended_at = now if status == "ended" else None


def correct(row: WorkSession, to: int) -> None:
    """Say that it was so many minutes until now. A clock that runs goes on from there."""
    now = utcnow()
    row.worked_seconds = to * _MINUTE
    if row.running_since is not None:
        row.running_since = now
