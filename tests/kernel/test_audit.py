import asyncio

import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select

from hub_app.kernel import audit, db
from hub_app.kernel.errors import Forbidden
from hub_app.kernel.tables import AuditEntry, AuditPerson
from tests.kernel.conftest import Two, actor


async def test_the_chain_holds_and_names_who_acted(two: Two) -> None:
    async def act(n: int) -> None:
        async with db.begin(two.ours) as session:
            await audit.record(
                session, actor(two.ours), "thing.changed", summary={"n": n, "name": "ä", "on": True}
            )

    await asyncio.gather(*(act(n) for n in range(20)))
    async with db.read(two.ours) as session:
        assert await audit.broken_link(session, two.ours) is None
        entries = (await session.exec(select(AuditEntry).order_by(col(AuditEntry.sequence)))).all()
        assert [e.sequence for e in entries] == list(range(1, 21))
        people = (await session.exec(select(AuditPerson.name, AuditPerson.ip))).all()
    assert people == [("Alice", "198.51.100.7")]


@pytest.mark.parametrize("verb", ["update audit_entry set action = 'nothing'", "delete from audit_entry"])
async def test_entries_cannot_be_changed_even_by_hand(two: Two, verb: str) -> None:
    async with db.begin(two.ours) as session:
        await audit.record(session, actor(two.ours), "thing.changed")
    async with db.current().engine.connect() as connection:
        with pytest.raises(DBAPIError, match="never changed"):
            await connection.exec_driver_sql(verb)


async def test_a_changed_entry_breaks_the_chain(two: Two) -> None:
    async with db.begin(two.ours) as session:
        for n in range(3):
            await audit.record(session, actor(two.ours), "thing.changed", summary={"n": n})
    async with db.current().engine.connect() as connection:
        for trigger in audit.drop_triggers(db.current().dialect):
            await connection.exec_driver_sql(trigger)
        await connection.exec_driver_sql("update audit_entry set action = 'nothing' where sequence = 2")
        await connection.commit()
    async with db.read(two.ours) as session:
        assert await audit.broken_link(session, two.ours) == 2


async def test_nothing_is_audited_that_did_not_happen(two: Two) -> None:
    with pytest.raises(ZeroDivisionError):
        async with db.begin(two.ours) as session:
            await audit.record(session, actor(two.ours), "thing.changed")
            raise ZeroDivisionError
    async with db.read(two.ours) as session:
        assert (await session.exec(select(AuditEntry))).all() == []


async def test_a_refusal_is_audited_on_its_own(two: Two) -> None:
    await audit.record_refusal(actor(two.ours), Forbidden("Owner role required"), target="PATCH /x")
    async with db.read(two.ours) as session:
        entry = (await session.exec(select(AuditEntry))).one()
    assert (entry.action, entry.summary) == ("access.refused", {"reason": "Owner role required"})
