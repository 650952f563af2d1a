import asyncio

import pytest
from sqlmodel import select

from hub_app.kernel import db
from hub_app.webhooks.tables import WebhookEndpoint
from tests.kernel.conftest import Two, endpoint

pytestmark = pytest.mark.both_databases


async def names(two: Two) -> set[str]:
    async with db.read(two.ours) as session:
        return set((await session.exec(select(WebhookEndpoint.name))).all())


async def test_a_nested_unit_joins_and_fails_with_the_outer_one(two: Two) -> None:
    with pytest.raises(ZeroDivisionError):
        async with db.begin(two.ours) as outer:
            async with db.begin(two.ours) as inner:
                assert inner is outer
                inner.add(endpoint(two.ours, "nested"))
            raise ZeroDivisionError
    assert await names(two) == {"mine"}


async def test_a_task_of_its_own_has_a_unit_of_its_own(two: Two) -> None:
    async with db.read(two.ours) as outer:

        async def elsewhere() -> bool:
            async with db.read(two.ours) as session:
                return session is outer

        assert await asyncio.create_task(elsewhere()) is False


async def test_fifty_writers_lose_no_update(two: Two) -> None:
    async def count() -> None:
        async with db.begin(two.ours) as session:
            row = (await session.exec(select(WebhookEndpoint).with_for_update())).one()
            row.description = str(int(row.description or "0") + 1)
            session.add(row)

    await asyncio.gather(*(count() for _ in range(50)))
    async with db.read(two.ours) as session:
        assert (await session.exec(select(WebhookEndpoint.description))).one() == "50"


async def test_a_cancelled_writer_frees_the_lock(two: Two) -> None:
    async def hang() -> None:
        async with db.begin(two.ours) as session:
            session.add(endpoint(two.ours, "hung"))
            await session.flush()
            await asyncio.sleep(60)

    task = asyncio.create_task(hang())
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with db.begin(two.ours) as session:
        session.add(endpoint(two.ours, "after"))
    assert await names(two) == {"mine", "after"}


async def test_of_what_runs_in_the_background_one_write_at_a_time_stands_in_the_way(two: Two) -> None:
    order: list[str] = []

    async def write(name: str) -> None:
        async with db.begin(two.ours):
            order.append(name)

    async def in_background(name: str) -> None:
        with db.background():
            await write(name)

    async with db.begin(two.ours):
        jobs = [asyncio.create_task(in_background(f"job {n}")) for n in range(5)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        person = asyncio.create_task(write("person"))
        await asyncio.sleep(0.01)
    await asyncio.gather(person, *jobs)
    assert len(order) == 6
    if db.current().dialect == "sqlite":
        assert order.index("person") <= 1
