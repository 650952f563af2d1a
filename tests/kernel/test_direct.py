"""Whole transactions in one hop: what goes in comes out, a failed one leaves nothing, a lost connection is not the last one."""

import asyncio
from uuid import UUID

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from hub_app.kernel import db
from hub_app.kernel.batch import Batch
from hub_app.kernel.clock import utcnow
from hub_app.kernel.ids import new_id
from hub_app.kernel.settings import Settings
from hub_app.kernel.statements import Statement
from hub_app.webhooks.tables import EventType
from tests.kernel.conftest import Two

pytestmark = pytest.mark.both_databases

BY_DESCRIPTION = {
    "sqlite": "select name from event_type where description = :text",
    "postgresql": "select name from event_type where description = %(text)s",
}
HOSTILE = [
    "'; delete from event_type; --",
    "\\'; delete from event_type; --",
    "%s %(name)s %% {} :name ?",
    "E'\\x00' $$ $1 $tag$",
    "\"}]'::json",
    # All that a database can hold: neither NUL nor half characters.
    "".join(chr(one) for one in range(1, 0x300)) + "\U0001f600\U0010ffff",
]


def row(name: str, description: str = "", id_: UUID | None = None) -> dict[str, object]:
    now = utcnow()
    return {
        "id": id_ or new_id(),
        "name": name,
        "description": description,
        "declared": False,
        "archived": False,
        "created_at": now,
        "updated_at": now,
    }


async def descriptions(tenant: UUID) -> list[str]:
    async with db.read(tenant) as session:
        return list((await session.exec(select(EventType.description).order_by(EventType.name))).all())


@pytest.mark.parametrize("text", HOSTILE)
async def test_text_goes_in_as_it_is(two: Two, text: str) -> None:
    batch = Batch(two.ours)
    batch.insert(EventType, [row("a", text), row("b", "other")])
    found = batch.add(Statement(BY_DESCRIPTION[batch.dialect], {"text": text}, (sa.String(),)))
    assert (await batch.commit())[found] == [("a",)]
    assert await descriptions(two.ours) == [text, "other"]


async def test_a_transaction_that_fails_leaves_nothing_and_the_next_one_works(two: Two) -> None:
    first, again = row("a"), row("b")
    batch = Batch(two.ours)
    batch.insert(EventType, [first])
    batch.insert(EventType, [again | {"id": first["id"]}])
    with pytest.raises(IntegrityError):
        await batch.commit()
    assert await descriptions(two.ours) == []
    batch = Batch(two.ours)
    batch.insert(EventType, [row("a", "there")])
    await batch.commit()
    assert await descriptions(two.ours) == ["there"]


async def test_one_that_is_cancelled_is_whole_or_not_there(two: Two) -> None:
    for number in range(20):
        batch = Batch(two.ours)
        batch.insert(EventType, [row(f"a{number}"), row(f"b{number}")])
        task = asyncio.create_task(batch.commit())
        await asyncio.sleep(number / 4000)
        task.cancel()
        await asyncio.wait([task])
        if task.cancelled() and db.current().dialect == "sqlite":
            # Its thread goes on without the one who asked.
            await Batch(None).commit()
    batch = Batch(two.ours)
    batch.insert(EventType, [row("last")])
    await batch.commit()
    async with db.read(two.ours) as session:
        names = set((await session.exec(select(EventType.name))).all())
    assert {name[1:] for name in names if name[0] == "a"} == {name[1:] for name in names if name[0] == "b"}
    assert "last" in names


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_lost_connections_are_replaced(two: Two, database: Settings) -> None:

    async def process_of_server() -> int:
        batch = Batch(two.ours)
        where = batch.add(Statement("select pg_backend_pid()", {}, (sa.Integer(),)))
        return (await batch.commit())[where][0][0]

    serving = {await one for one in [asyncio.create_task(process_of_server()) for _ in range(4)]}
    assert len(serving) > 1
    address = database.database_url.replace("postgresql+psycopg", "postgresql")
    async with await psycopg.AsyncConnection.connect(address, autocommit=True) as other:
        await other.execute("select pg_terminate_backend(pid) from unnest(%s) as pid", [list(serving)])
    with pytest.raises(psycopg.OperationalError):
        await Batch(two.ours).commit()
    batch = Batch(two.ours)
    batch.insert(EventType, [row("a", "there")])
    await batch.commit()
