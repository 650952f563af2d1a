"""Signals come after the commit, and on PostgreSQL from other processes too."""

import psycopg
import pytest

from hub_app.kernel import db, signals
from hub_app.kernel.batch import Batch
from hub_app.kernel.settings import Settings
from tests.hearing import until_reliable
from tests.kernel.conftest import Two

pytestmark = pytest.mark.both_databases


@pytest.fixture
async def heard(two: Two) -> Two:
    """Two tenants, once this process hears what is committed: at that moment everyone is woken."""
    await until_reliable()
    return two


async def test_a_signal_comes_with_the_commit_and_only_then(heard: Two) -> None:
    with signals.watch("tests:ours") as ours, signals.watch("tests:theirs") as theirs:
        async with db.begin(heard.ours) as session:
            db.notify(session, "tests:ours")
            assert not await ours.wait(0.2)
        assert await ours.wait(30)
        assert not await theirs.wait(0)


async def test_what_is_rolled_back_signals_nothing(heard: Two) -> None:
    with signals.watch("tests:ours") as ours:
        with pytest.raises(ZeroDivisionError):
            async with db.begin(heard.ours) as session:
                db.notify(session, "tests:ours")
                raise ZeroDivisionError
        assert not await ours.wait(0.2)


async def test_a_hook_hears_its_family(heard: Two) -> None:
    calls: list[bool] = []
    signals.on("family", lambda: calls.append(True))
    async with db.begin(heard.ours) as session:
        db.notify(session, "family:of:one")
        db.notify(session, "stranger")
    assert calls == [True]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_another_process_is_heard(heard: Two, database: Settings) -> None:
    """A connection of our own plays the other process; its notifications carry its name, then its topics."""
    assert heard
    address = database.database_url.replace("postgresql+psycopg", "postgresql")
    with signals.watch("tests:far") as far:
        async with await psycopg.AsyncConnection.connect(address, autocommit=True) as other:
            await other.execute("select pg_notify(%s, %s)", [signals.CHANNEL, "another-process tests:far"])
        assert await far.wait(30)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_other_processes_hear_of_a_batch(heard: Two, database: Settings) -> None:
    """Of what is urgent and of what is not, once it has committed, and together where it can be."""
    address = database.database_url.replace("postgresql+psycopg", "postgresql")
    async with await psycopg.AsyncConnection.connect(address, autocommit=True) as other:
        await other.execute(f"LISTEN {signals.CHANNEL}")
        for number in range(3):
            batch = Batch(heard.ours)
            batch.notify(f"tests:screen-{number}", soon=True)
            await batch.commit()
        notices = [one async for one in other.notifies(timeout=30, stop_after=1)]
        batch = Batch(heard.ours)
        batch.notify("tests:urgent")
        await batch.commit()
        notices += [one async for one in other.notifies(timeout=30, stop_after=1)]
    topics = [one.payload.split(" ")[1:] for one in notices]
    assert topics == [[f"tests:screen-{number}" for number in range(3)], ["tests:urgent"]]
