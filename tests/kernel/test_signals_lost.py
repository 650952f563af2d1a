"""Whoever may have missed a signal looks again: after a lost connection, and when too many topics changed at once."""

import psycopg
import pytest

from hub_app.kernel import db, signals
from hub_app.kernel.cache import Cache
from hub_app.kernel.settings import Settings
from tests.hearing import until_reliable
from tests.kernel.conftest import Two

on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


async def connect(settings: Settings) -> psycopg.AsyncConnection:
    address = settings.database_url.replace("postgresql+psycopg", "postgresql")
    return await psycopg.AsyncConnection.connect(address, autocommit=True)


@on_postgresql
async def test_a_lost_connection_is_made_again_and_everyone_looks(database: Settings) -> None:
    """A cache forgets what it may have missed, waiters wake, and later signals arrive as before."""
    loads = 0

    async def load(keys: list[str]) -> dict[str, int]:
        nonlocal loads
        loads += 1
        return dict.fromkeys(keys, loads)

    cache: Cache[str, int] = Cache("tests.kept", most=10)
    await until_reliable()
    assert await cache.get(["a"], load) == {"a": 1}
    assert await cache.get(["a"], load) == {"a": 1}
    async with await connect(database) as other:
        with signals.watch("tests:far") as far:
            await other.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity "
                "where datname = current_database() and query like 'LISTEN%'"
            )
            assert await far.wait(30)
            await until_reliable()
            assert await cache.get(["a"], load) == {"a": 2}
            # The new connection may have woken it once more.
            await far.wait(0)
            await other.execute("select pg_notify(%s, %s)", [signals.CHANNEL, "another-process tests:far"])
            assert await far.wait(30)


@on_postgresql
async def test_other_processes_hear_of_everything_when_too_much_changed(two: Two, database: Settings) -> None:
    """PostgreSQL refuses long notifications, and with them the commit."""
    async with await connect(database) as other:
        await other.execute(f"LISTEN {signals.CHANNEL}")
        async with db.begin(two.ours) as session:
            for number in range(500):
                db.notify(session, f"tests:of-one-of-many-topics:{number}")
        heard = [notice.payload async for notice in other.notifies(timeout=30, stop_after=1)]
    assert [payload.partition(" ")[2] for payload in heard] == ["*"]


async def test_two_who_watch_are_both_woken_and_whoever_left_is_not(two: Two) -> None:
    await until_reliable()
    with signals.watch("tests:one", "tests:two") as both, signals.watch("tests:two") as second:
        async with db.begin(two.ours) as session:
            db.notify(session, "tests:two")
        assert await both.wait(30)
        assert await second.wait(30)
    async with db.begin(two.ours) as session:
        db.notify(session, "tests:two")
    assert not await second.wait(0.2)


async def test_many_signals_before_one_looks_are_one(two: Two) -> None:
    await until_reliable()
    with signals.watch("tests:ours") as ours:
        for _ in range(3):
            async with db.begin(two.ours) as session:
                db.notify(session, "tests:ours")
        assert await ours.wait(30)
        assert not await ours.wait(0.2)
