"""Refusals in the audit log: nothing is lost, and nobody can fill the log with them."""

import asyncio

import pytest
from sqlmodel import col, select

from hub_app.kernel import audit, db, refusals
from hub_app.kernel.actor import Actor
from hub_app.kernel.errors import Forbidden
from hub_app.kernel.settings import Settings
from hub_app.kernel.tables import AuditEntry
from tests import people as seeded

_REASON = "Owner role required"


async def entries() -> list[tuple[str, object]]:
    """Target and count of each refusal, the first written first."""
    async with db.system("a test looks") as session:
        found = await session.exec(
            select(AuditEntry).where(AuditEntry.action == "access.refused").order_by(col(AuditEntry.sequence))
        )
        return [(one.target_id, one.summary.get("count", 1)) for one in found.all()]


async def refuse(actor: Actor, target: str, times: int = 1) -> None:
    for _ in range(times):
        await audit.record_refusal(actor, Forbidden(_REASON), target=target)


@pytest.fixture
async def vera(database: Settings) -> Actor:
    del database
    return (await seeded.seed()).vera.actor


async def test_the_first_is_written_at_once_and_the_rest_as_one_with_a_count(vera: Actor) -> None:
    await refuse(vera, "members.remove")
    assert await entries() == [("members.remove", 1)]
    await refuse(vera, "members.remove", 1_000)
    assert await entries() == [("members.remove", 1)]
    await refusals.settle()
    assert await entries() == [("members.remove", 1), ("members.remove", 1_000)]
    await refuse(vera, "members.remove")
    assert (await entries())[2:] == [("members.remove", 1)]
    await refusals.settle()
    assert len(await entries()) == 3


async def test_one_who_varies_the_target_does_not_fill_the_log(vera: Actor) -> None:
    for number in range(500):
        await refuse(vera, f"GET /v1/{number}")
    assert len(await entries()) == refusals.MOST_KINDS
    await refusals.settle()
    assert (await entries())[-1] == (refusals.SEVERAL, 500 - refusals.MOST_KINDS)
    assert len(await entries()) == refusals.MOST_KINDS + 1


async def test_one_refusal_is_not_hidden_behind_many_others(vera: Actor) -> None:
    """A refusal for another reason is written at once, however many went before; of these too there are only so many."""
    for number in range(100):
        await refuse(vera, f"GET /v1/{number}")
    for number in range(100):
        error = Forbidden(f"Another reason {number}")
        await audit.record_refusal(vera, error, target="members.remove")
        if number < refusals.MOST_KINDS:
            assert (await entries())[-1] == ("members.remove", 1)
    await refusals.settle()
    assert (await entries())[-1] == (refusals.SEVERAL, 200 - 2 * refusals.MOST_KINDS)
    assert len(await entries()) == 2 * refusals.MOST_KINDS + 1


async def test_what_is_counted_is_written_when_hub_ends(vera: Actor) -> None:
    async with refusals.running():
        await refuse(vera, "members.remove", 3)
    assert await entries() == [("members.remove", 1), ("members.remove", 2)]


@pytest.mark.both_databases
async def test_two_at_once_are_one_entry_and_a_count(vera: Actor) -> None:
    await asyncio.gather(*(refuse(vera, "members.remove") for _ in range(20)))
    await refusals.settle()
    assert await entries() == [("members.remove", 1), ("members.remove", 19)]


async def test_many_people_are_not_all_remembered(vera: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that are given up are written first."""
    monkeypatch.setattr(refusals, "MOST_ACTORS", 1)
    await refuse(vera, "first", 3)
    other = (await seeded.add("Otto Lang", vera.role, await _tenant(vera))).actor
    await refuse(other, "second")
    assert sorted(await entries(), key=str) == [("first", 1), ("first", 2), ("second", 1)]


async def _tenant(actor: Actor) -> seeded.Tenant:
    async with db.system("a test looks") as session:
        return await session.get_one(seeded.Tenant, actor.tenant_id)
