"""Waiting for PostgreSQL's locks, in tests of two that meet."""

import asyncio

from hub_app.kernel import db


async def until_somebody_waits() -> None:
    """Until a transaction waits for another one."""
    async with asyncio.timeout(60):
        while not await _somebody_waits():  # noqa: ASYNC110 - a lock tells nobody that it is waited for
            await asyncio.sleep(0.01)


async def _somebody_waits() -> bool:
    async with db.current().engine.connect() as connection:
        found = await connection.exec_driver_sql("select count(*) from pg_locks where not granted")
        return bool(found.scalar())
