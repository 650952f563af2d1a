"""Periodic work: APScheduler wakes this process, a row in the database decides which process does it.

A capability lists its tasks (`Capability.periodic`). However many processes run, each period's
task runs once; a process that dies in the middle leaves it for the next period.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy import delete, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import bulk, db, signals
from hub_app.kernel.clock import utcnow
from hub_app.kernel.tables import Schedule

_log = logging.getLogger(__name__)
RUNS = "schedule_runs"
"""Signalled when a task begins and when it has ended."""
_ASKED = "schedule"
_ERROR_LENGTH = 300
# A signal may be lost with its connection.
_LOOK_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Periodic:
    """A task that runs once in every `every`, in one of the processes. It must bear being cut off. `about` tells operators
    what it does.
    """

    name: str
    every: timedelta
    run: Callable[[], Awaitable[None]]
    about: str = ""


@asynccontextmanager
async def running(tasks: Sequence[Periodic]) -> AsyncIterator[None]:
    """Run the periodic tasks for the time of the block."""
    async with db.system("periodic tasks are registered", write=True) as session:
        rows = [
            {
                "name": t.name,
                "due_at": utcnow() + t.every,
                "started_at": None,
                "finished_at": None,
                "error": "",
            }
            for t in tasks
        ]
        await bulk.insert_missing(session, Schedule, rows)
        # Those of former versions would be late for ever.
        await session.exec(delete(Schedule).where(col(Schedule.name).not_in([t.name for t in tasks])))
    scheduler = AsyncIOScheduler(timezone="UTC")
    once = _Once()
    for task in tasks:
        # Looking more often than the period costs one cheap update, and lets another process take over.
        seconds = max(1.0, task.every.total_seconds() / 10)
        scheduler.add_job(  # pyright: ignore[reportUnknownMemberType] - APScheduler has no types
            once.run_if_due, "interval", [task], seconds=seconds, max_instances=1, coalesce=True
        )
    scheduler.start()
    listening = asyncio.create_task(_listen(tasks, once), name="schedule")
    try:
        yield
    finally:
        scheduler.shutdown(wait=False)
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening


async def run_now(session: AsyncSession, name: str) -> bool:
    """Make a task due, in the open system transaction: one process runs it as soon as that has committed. False when there
    is no such task.
    """
    made = await session.exec(update(Schedule).where(col(Schedule.name) == name).values(due_at=utcnow()))
    db.notify(session, _ASKED)
    return made.rowcount == 1


class _Once:
    """What this process's scheduler runs: no task twice at a time."""

    def __init__(self) -> None:
        self._running: set[str] = set()

    async def run_if_due(self, task: Periodic) -> None:
        if task.name in self._running:
            return
        self._running.add(task.name)
        try:
            await _run_if_due(task)
        except Exception:  # noqa: BLE001 - such as a database that is away: the others go on
            _log.exception("The periodic task %s could not be looked after; trying again.", task.name)
        finally:
            self._running.discard(task.name)


async def _listen(tasks: Sequence[Periodic], once: _Once) -> None:
    """Run what somebody made due, at once."""
    async with asyncio.TaskGroup() as group:
        with signals.watch(_ASKED) as changed:
            while True:
                await changed.wait(_LOOK_SECONDS)
                for task in tasks:
                    group.create_task(once.run_if_due(task), name=task.name)


async def _run_if_due(task: Periodic) -> None:
    try:
        if not await _take(task):
            return
        error = ""
        with db.background():
            await task.run()
    except Exception as failure:  # noqa: BLE001 - one task's bug must not end the others
        _log.exception("The periodic task %s failed.", task.name)
        error = str(failure)[:_ERROR_LENGTH]
    async with db.system("a periodic task has run", write=True) as session:
        await session.exec(
            update(Schedule).where(col(Schedule.name) == task.name).values(finished_at=utcnow(), error=error)
        )
        db.notify(session, RUNS)


async def _take(task: Periodic) -> bool:
    now = utcnow()
    async with db.system("is a periodic task due?") as session:
        due_at = (await session.exec(select(Schedule.due_at).where(Schedule.name == task.name))).first()
    if due_at is None or due_at > now:
        return False
    async with db.system("a periodic task is taken", write=True) as session:
        taken = await session.exec(
            update(Schedule)
            .where(col(Schedule.name) == task.name, col(Schedule.due_at) == due_at)
            .values(due_at=now + task.every, started_at=now)
        )
        db.notify(session, RUNS)
    return taken.rowcount == 1


async def late(minutes: int = 10) -> list[str]:
    """The periodic tasks that are overdue: no process's scheduler seems to run."""
    limit = utcnow() - timedelta(minutes=minutes)
    async with db.system("the scheduler's health") as session:
        return list((await session.exec(select(Schedule.name).where(col(Schedule.due_at) < limit))).all())
