"""Periodic work runs once in each period, however many schedulers there are, and survives its own failures."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlmodel import select

from hub_app.kernel import db, scheduler
from hub_app.kernel.clock import utcnow
from hub_app.kernel.scheduler import Periodic
from hub_app.kernel.settings import Settings
from hub_app.kernel.tables import Schedule

pytestmark = pytest.mark.both_databases

HOUR = timedelta(hours=1)


async def make_due() -> None:
    async with db.system("an hour passes", write=True) as session:
        await session.exec(update(Schedule).values(due_at=utcnow() - timedelta(seconds=1)))


async def row() -> Schedule:
    async with db.system("a test looks") as session:
        return (await session.exec(select(Schedule))).one()


async def test_two_schedulers_run_a_task_once(database: Settings) -> None:
    del database
    runs: list[str] = []
    ran = asyncio.Event()

    def task(name: str) -> Periodic:
        async def run() -> None:
            runs.append(name)
            ran.set()

        # Looked at every second.
        return Periodic("tests.once", timedelta(seconds=10), run)

    async with scheduler.running([task("a")]), scheduler.running([task("b")]):
        await make_due()
        await asyncio.wait_for(ran.wait(), 30)
        # In these seconds each of them looks twice.
        await asyncio.sleep(2)
    assert len(runs) == 1
    assert (await row()).due_at > utcnow()


async def test_a_task_that_fails_is_noted_and_runs_again(
    database: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    del database
    runs = 0

    async def run() -> None:
        nonlocal runs
        runs += 1
        if runs == 1:
            raise RuntimeError("the first time fails")

    async with scheduler.running([Periodic("tests.fails", timedelta(seconds=10), run)]):
        for expected in ("the first time fails", ""):
            await make_due()
            async with asyncio.timeout(30):
                while (now := await row()).finished_at is None or now.error != expected:  # noqa: ASYNC110 - as above
                    await asyncio.sleep(0.1)
    assert runs == 2
    assert "tests.fails" in caplog.text


async def test_lateness_is_told(database: Settings) -> None:
    del database

    async def run() -> None:
        return

    async with scheduler.running([Periodic("tests.late", HOUR, run)]):
        assert await scheduler.late() == []
    async with db.system("nobody runs it", write=True) as session:
        await session.exec(update(Schedule).values(due_at=utcnow() - timedelta(minutes=20)))
    assert await scheduler.late() == ["tests.late"]
    async with scheduler.running([Periodic("tests.of_the_next_version", HOUR, run)]):
        assert await scheduler.late() == []


async def test_what_somebody_asks_for_runs_at_once_and_once(database: Settings) -> None:
    """Looked at every six minutes, it would not begin within this test."""
    del database
    runs, ran = list[str](), asyncio.Event()

    def task(name: str) -> Periodic:
        async def run() -> None:
            runs.append(name)
            ran.set()

        return Periodic("tests.asked", HOUR, run)

    async with scheduler.running([task("a")]), scheduler.running([task("b")]):
        async with db.system("somebody asks", write=True) as session:
            assert await scheduler.run_now(session, "tests.asked")
            assert not await scheduler.run_now(session, "tests.unknown")
        await asyncio.wait_for(ran.wait(), 30)
        async with asyncio.timeout(30):
            while (now := await row()).finished_at is None:  # noqa: ASYNC110 - the database changes
                await asyncio.sleep(0.1)
    assert len(runs) == 1
    assert now.due_at > utcnow()
    assert now.started_at is not None
    assert now.started_at <= now.finished_at
