"""Closing the database: what was cut off in the middle of a statement is closed before the loop may end."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncGenerator
from contextlib import closing as closed

import pytest

from hub_app.kernel import db, engines
from hub_app.kernel.settings import Settings


def closing() -> list[str]:
    """The connections that SQLAlchemy is closing, in tasks of its own."""
    names = [getattr(task.get_coro(), "__name__", "") for task in asyncio.all_tasks()]
    return [name for name in names if name == "_terminate_graceful_close"]


class Work:
    """A statement that lasts until `go_on`, and its task."""

    def __init__(self) -> None:
        self._begun, self.go_on = threading.Event(), threading.Event()
        self.task = asyncio.create_task(self._run())

    def _hold(self) -> int:
        self._begun.set()
        self.go_on.wait(60)
        return 1

    async def _run(self) -> None:
        async with db.current().engine.connect() as connection:
            raw = await connection.get_raw_connection()
            assert raw.driver_connection is not None
            await raw.driver_connection.create_function("held", 0, self._hold)
            await connection.exec_driver_sql("select held()")

    async def cut_off(self, *, again: bool) -> None:
        """Cancel it while the statement lasts; `again` while it lets go of its connection."""
        await asyncio.to_thread(self._begun.wait, 60)
        self.task.cancel()
        while not closing() or (again and not self.task.done()):
            await asyncio.sleep(0)
            if again and closing():
                self.task.cancel()


@pytest.fixture
async def work(database: Settings) -> AsyncGenerator[Work]:
    work = Work()
    yield work
    work.go_on.set()
    await asyncio.wait({work.task})
    # What follows a test has a database to talk to.
    await db.connect(database)


pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def test_connections_of_cancelled_work_are_closed_before_the_database_is(work: Work) -> None:
    await work.cut_off(again=False)
    left: list[str] = []
    disconnecting = asyncio.create_task(db.disconnect())
    disconnecting.add_done_callback(lambda _: left.extend(closing()))
    for _ in range(2000):
        if disconnecting.done():
            break
        await asyncio.sleep(0)
    work.go_on.set()
    await asyncio.wait_for(disconnecting, 60)
    assert left == []


async def test_one_that_would_wait_for_a_thread_that_is_gone_is_ended(
    work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLAlchemy gave its thread up when the work was cancelled a second time: nothing would wake the task any more."""
    monkeypatch.setattr(engines, "_CLOSING_SECONDS", 0.05)
    await work.cut_off(again=True)
    await asyncio.wait_for(db.disconnect(), 60)
    assert closing() == []


async def test_a_closed_connection_holds_no_lock_while_somebody_has_its_cursor(database: Settings) -> None:
    """As a traceback has that of cancelled work: others would find the database locked until garbage is collected."""
    del database
    connection = await db.current().engine.connect()
    driver = (await connection.get_raw_connection()).driver_connection
    assert driver is not None
    held = await driver.cursor()
    await held.execute("begin immediate")
    await held.execute("select name from sqlite_master")
    await driver.close()
    with closed(sqlite3.connect(str(db.current().engine.url.database), timeout=0)) as other:
        other.execute("begin immediate")
        other.rollback()
        assert other.execute("pragma wal_checkpoint(truncate)").fetchone()[0] == 0
    del held
    await connection.invalidate()
    await connection.close()
