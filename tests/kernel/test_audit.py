import asyncio

import pytest
from sqlmodel import col, select

from hub_app.kernel import audit, audit_check, db
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
    assert (await audit_check.verify([two.ours, two.theirs])).whole
    async with db.read(two.ours) as session:
        entries = (await session.exec(select(AuditEntry).order_by(col(AuditEntry.sequence)))).all()
        assert [e.sequence for e in entries] == list(range(1, 22))
        people = (await session.exec(select(AuditPerson.name, AuditPerson.ip))).all()
    assert people == [("Alice", "198.51.100.7")]


async def test_nothing_is_audited_that_did_not_happen(two: Two) -> None:
    with pytest.raises(ZeroDivisionError):
        async with db.begin(two.ours) as session:
            await audit.record(session, actor(two.ours), "thing.changed")
            raise ZeroDivisionError
    async with db.read(two.ours) as session:
        assert (await session.exec(select(AuditEntry.action))).all() == ["tenant.created"]


async def test_a_refusal_is_audited_on_its_own(two: Two) -> None:
    await audit.record_refusal(actor(two.ours), Forbidden("Owner role required"), target="PATCH /x")
    async with db.read(two.ours) as session:
        entry = (await session.exec(select(AuditEntry).where(AuditEntry.sequence == 2))).one()
    assert (entry.action, entry.summary) == ("access.refused", {"reason": "Owner role required"})
