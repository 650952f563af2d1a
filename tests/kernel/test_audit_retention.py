"""What has had its time leaves the audit log from its oldest end on, and what is left verifies."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import audit, audit_check, audit_retention, cleaning, db
from hub_app.kernel.audit_chain import End
from hub_app.kernel.audit_check import Report
from hub_app.kernel.clock import utcnow
from hub_app.kernel.ids import lowest_at
from hub_app.kernel.tables import AuditEntry, AuditPerson
from hub_app.kernel.tenancy import INSTALLATION
from tests.kernel import tampering
from tests.kernel.conftest import Two, actor
from tests.kernel.tampering import literal

pytestmark = pytest.mark.both_databases


@pytest.fixture
async def cut(two: Two) -> datetime:
    """A moment before which Bob and Alice acted 250 times in our tenant, and after which Alice did three times."""
    alice = actor(two.ours)
    bob = replace(alice, user_id=uuid4(), name="Bob", email="bob@example.com")
    async with db.begin(two.ours) as session:
        for n in range(250):
            await audit.record(session, bob if n % 2 else alice, "thing.changed", target_id=str(n))
    moment = utcnow() + timedelta(milliseconds=2)  # Ids know whole ones.
    await asyncio.sleep((moment - utcnow()).total_seconds())
    async with db.begin(two.ours) as session:
        for n in range(3):
            await audit.record(session, alice, "thing.kept", target_id=str(n))
    return moment


async def verify(two: Two, anchored: dict[UUID, End] | None = None) -> Report:
    return await audit_check.verify([two.ours, two.theirs], anchored)


async def entries(tenant_id: UUID) -> list[str]:
    async with db.read(tenant_id) as session:
        acts = select(AuditEntry.action).order_by(col(AuditEntry.sequence))
        return list((await session.exec(acts)).all())


async def people(tenant_id: UUID) -> set[str]:
    async with db.read(tenant_id) as session:
        return set((await session.exec(select(AuditPerson.name))).all())


async def test_what_is_left_verifies_and_goes_on(two: Two, cut: datetime) -> None:
    before = await verify(two)
    await audit_retention.drop(cut)
    assert await entries(two.ours) == ["thing.kept"] * 3
    assert await people(two.ours) == {"Alice"}
    # The last entry of a chain stays, however old.
    assert len(await entries(two.theirs)) == 1
    after = await verify(two, before.ends)
    assert after.whole
    assert after.ends == before.ends
    async with db.begin(two.ours) as session:
        await audit.record(session, actor(two.ours), "thing.changed")
    await audit_retention.drop(cut)
    assert (await verify(two)).whole
    assert len(await entries(two.ours)) == 4


async def test_what_was_cut_off_in_the_middle_verifies_and_is_finished(
    two: Two, cut: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, steps = cleaning.in_steps, 0

    async def at_most(step: Callable[[AsyncSession], Awaitable[bool]]) -> None:
        more = True
        while more:
            if not remaining:
                raise ConnectionResetError
            remaining.pop()
            async with db.system("a test takes a step", write=True) as session:
                more = await step(session)

    monkeypatch.setattr(cleaning, "in_steps", at_most)
    # Each step of each chain's entries and persons is once the last one.
    while True:
        remaining = [None] * steps
        try:
            await audit_retention.drop(cut)
        except ConnectionResetError:
            steps += 1
        else:
            break
        assert (await verify(two)).whole, steps
    assert steps > 3
    monkeypatch.setattr(cleaning, "in_steps", whole)
    await audit_retention.drop(cut)
    assert await entries(two.ours) == ["thing.kept"] * 3
    assert (await verify(two)).whole


async def test_the_database_lets_nothing_else_go(two: Two, cut: datetime) -> None:
    await audit_retention.drop(cut)
    mine = f"tenant_id = {literal(two.ours)}"
    for statement in (
        f"delete from audit_entry where {mine}",
        f"delete from audit_person where {mine}",
        f"delete from audit_start where {mine}",
        f"update audit_start set sequence = sequence - 1 where {mine}",
        f"update audit_start set mac = 'x' where {mine}",
    ):
        async with db.current().engine.connect() as connection:
            with pytest.raises(DBAPIError, match="audit"):
                await connection.exec_driver_sql(statement)


async def test_a_forged_beginning_is_found(two: Two, cut: datetime) -> None:
    """Whoever removes the oldest entries by hand cannot make it look like retention."""
    anchored = (await verify(two)).ends
    await audit_retention.drop(cut)
    await tampering.keep()
    mine = f"tenant_id = {literal(two.ours)}"
    last = f"(select mac from audit_entry where {mine} and sequence = 252)"
    for name, statements in {
        "moved on": [
            f"update audit_start set sequence = 252, entry = {last} where {mine}",
            f"delete from audit_entry where {mine} and sequence <= 252",
        ],
        "moved on alone": [f"update audit_start set sequence = 252 where {mine}"],
        "removed": [f"delete from audit_start where {mine}"],
        "somebody else's": [
            f"delete from audit_start where {mine}",
            f"update audit_start set tenant_id = {literal(two.ours)} where tenant_id = {literal(two.theirs)}",
        ],
        "the oldest that is left": [f"delete from audit_entry where {mine} and sequence = 252"],
        "the whole log": [f"delete from {table} where {mine}" for table in tampering.TABLES],
        "all entries": [f"delete from audit_entry where {mine}"],
    }.items():
        await tampering.forge(*statements)
        assert two.ours in (await verify(two)).problems, name
        await tampering.put_back()
    assert (await verify(two, anchored)).whole


@pytest.mark.parametrize(
    "what",
    [
        # An id tells a time too, which only the code can confirm.
        "update audit_entry set id = {old} where {mine} and sequence = 253",
        "update audit_entry set action = 'nothing.happened' where {mine} and sequence = 7",
        "delete from audit_entry where {mine} and sequence = 7",
        "update audit_entry set mac = 'x' where {mine} and sequence = 251",
    ],
)
async def test_what_does_not_verify_is_not_vouched_for(two: Two, cut: datetime, what: str) -> None:
    old = literal(UUID(int=lowest_at(cut).int - 1))
    await tampering.forge(what.format(mine=f"tenant_id = {literal(two.ours)}", old=old))
    await audit_retention.drop(cut)
    assert two.ours in (await verify(two)).problems
    assert len(await entries(two.ours)) >= 253


async def test_the_installation_drops_the_notes_of_its_tenants_too(two: Two, cut: datetime) -> None:
    async with db.system("a test acts", write=True) as session:
        await audit.record(session, actor(INSTALLATION), "session.sign_in_failed")
    await audit_retention.drop(cut)
    async with db.system("a test looks") as session:
        left = select(AuditEntry.action).where(AuditEntry.tenant_id == INSTALLATION)
        assert (await session.exec(left)).all() == ["session.sign_in_failed"]
    assert (await verify(two)).whole
