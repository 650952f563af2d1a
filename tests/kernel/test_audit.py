import asyncio

import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select

from hub_app.kernel import audit, audit_check, db
from hub_app.kernel.errors import Forbidden
from hub_app.kernel.tables import AuditEntry, AuditPerson
from tests.kernel.conftest import Two, actor

pytestmark = pytest.mark.both_databases


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


COPIED = {
    "audit_entry": "tenant_id, id, created_at, sequence, person, via, action, target_type, target_id, summary, previous, mac",
    "audit_head": "tenant_id, sequence, mac",
    "audit_person": "tenant_id, person, name, email, ip, created_at, mac",
}
REFUSED = [
    "update audit_entry set action = 'nothing'",
    "delete from audit_entry",
    "update audit_head set sequence = sequence + 2",
    "update audit_head set sequence = sequence - 1",
    "update audit_head set mac = ''",
    "update audit_head set sequence = sequence + 1, tenant_id = '00000000000000000000000000000001'",
    "delete from audit_head",
    "update audit_person set name = 'Mallory'",
    "update audit_person set name = '', email = ''",
    "update audit_person set name = '', email = '', ip = '', person = 'nobody'",
    "update audit_person set name = '', email = '', ip = '', actor_id = '00000000000000000000000000000001'",
    "delete from audit_person",
]
OF_SQLITE = [
    *(f"insert or replace into {t} ({c}) select {c} from {t}" for t, c in COPIED.items()),
    *(f"insert or replace into {t} (rowid, {c}) select rowid, {c} from {t}" for t, c in COPIED.items()),
    # By the hidden number alone, under keys that nothing has; one row, or the second would meet the first one's keys.
    (
        "insert or replace into audit_entry (rowid, tenant_id, id, created_at, sequence, person, via, action, target_type,"
        " target_id, summary, previous, mac) select rowid, 'x', 'y', created_at, 99, person, via, action, target_type,"
        " target_id, summary, previous, mac from audit_entry limit 1"
    ),
    (
        "insert or replace into audit_head (rowid, tenant_id, sequence, mac)"
        " select rowid, 'x', sequence, mac from audit_head limit 1"
    ),
    (
        "insert or replace into audit_person (rowid, tenant_id, person, name, email, ip, created_at, mac)"
        " select rowid, tenant_id, 'x', name, email, ip, created_at, mac from audit_person limit 1"
    ),
    "insert into audit_entry select * from audit_entry where true on conflict do update set action = 'nothing'",
    "update or replace audit_person set person = 'nobody'",
]
OF_POSTGRESQL = [
    *(f"truncate {t}" for t in COPIED),
    "insert into audit_entry select * from audit_entry on conflict (tenant_id, id) do update set action = 'nothing'",
    "insert into audit_head select * from audit_head on conflict (tenant_id) do update set mac = ''",
    "insert into audit_person select * from audit_person on conflict (tenant_id, person) do update set name = 'x'",
]


async def test_the_database_refuses_changes_made_by_hand(two: Two) -> None:
    async with db.begin(two.ours) as session:
        await audit.record(session, actor(two.ours), "thing.changed")
    for statement in (*REFUSED, *(OF_SQLITE if db.current().dialect == "sqlite" else OF_POSTGRESQL)):
        async with db.current().engine.connect() as connection:
            with pytest.raises(DBAPIError, match=r"never changed|only grows|only erased"):
                await connection.exec_driver_sql(statement)
                pytest.fail(statement)


async def test_the_database_lets_persons_be_emptied(two: Two) -> None:
    async with db.current().engine.connect() as connection:
        await connection.exec_driver_sql(
            "update audit_person set name = '', email = '', ip = '', mac = 'sealed'"
        )
        assert two


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
