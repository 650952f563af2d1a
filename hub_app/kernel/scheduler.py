"""Periodic work: APScheduler wakes this process, a row in the database decides which process does it.

A capability lists its tasks (`Capability.periodic`). However many processes run, each period's
task runs once; a process that dies in the middle leaves it for the next period.
"""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy import delete, update
from sqlmodel import col, select

from hub_app.kernel import bulk, db
from hub_app.kernel.clock import utcnow
from hub_app.kernel.tables import Schedule

_log = logging.getLogger(__name__)
_ERROR_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Periodic:
    """A task that runs once in every `every`, in one of the processes. It must bear being cut off."""

    name: str
    every: timedelta
    run: Callable[[], Awaitable[None]]


@asynccontextmanager
async def running(tasks: Sequence[Periodic]) -> AsyncIterator[None]:
    """Run the periodic tasks for the time of the block."""
    async with db.system("periodic tasks are registered", write=True) as session:
        rows = [
            {"name": t.name, "due_at": utcnow() + t.every, "finished_at": None, "error": ""} for t in tasks
        ]
        await bulk.insert_missing(session, Schedule, rows)
        # Those of former versions would be late for ever.
        await session.exec(delete(Schedule).where(col(Schedule.name).not_in([t.name for t in tasks])))
    scheduler = AsyncIOScheduler(timezone="UTC")
    for task in tasks:
        # Looking more often than the period costs one cheap update, and lets another process take over.
        seconds = max(1.0, task.every.total_seconds() / 10)
        scheduler.add_job(  # pyright: ignore[reportUnknownMemberType] - APScheduler has no types
            _run_if_due, "interval", [task], seconds=seconds, max_instances=1, coalesce=True
        )
    scheduler.start()
    try:
        yield
    finally:
        scheduler.shutdown(wait=False)


async def _run_if_due(task: Periodic) -> None:
    try:
        if not await _take(task):
            return
        error = ""
        await task.run()
    except Exception as failure:  # noqa: BLE001 - one task's bug must not end the others
        _log.exception("The periodic task %s failed.", task.name)
        error = str(failure)[:_ERROR_LENGTH]
    async with db.system("a periodic task has run", write=True) as session:
        await session.exec(
            update(Schedule).where(col(Schedule.name) == task.name).values(finished_at=utcnow(), error=error)
        )


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
            .values(due_at=now + task.every)
        )
    return taken.rowcount == 1


async def late(minutes: int = 10) -> list[str]:
    """The periodic tasks that are overdue: no process's scheduler seems to run."""
    limit = utcnow() - timedelta(minutes=minutes)
    async with db.system("the scheduler's health") as session:
        return list((await session.exec(select(Schedule.name).where(col(Schedule.due_at) < limit))).all())
