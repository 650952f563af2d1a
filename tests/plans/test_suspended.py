"""Plans of a suspended tenant: what runs ends at its next step and goes on there; schedules do not pile up runs."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from hub_app.kernel import db, retention, suspension
from hub_app.kernel.clock import utcnow
from hub_app.kernel.ids import lowest_at
from hub_app.kernel.settings import Settings
from hub_app.plans import worker as runner
from hub_app.plans.service import runs as plan_runs
from hub_app.plans.service import triggers
from hub_app.plans.tables import Plan, PlanRun
from hub_app.webhooks.capability import CAPABILITY
from hub_app.webhooks.schemas import EventIn
from hub_app.webhooks.service import events
from hub_app.webhooks.tables import Event
from tests import suspended
from tests.peers.receiver import Answer, Receiver
from tests.plans import plan_factory
from tests.plans.plan_factory import Office, answer, statuses

pytestmark = [pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32"), pytest.mark.both_databases]


@pytest.fixture
async def office(database: Settings) -> AsyncGenerator[Office]:
    del database
    async with Receiver() as receiver:
        receiver.answers["/items"] = [answer({"items": [{"id": 7}]})]
        receiver.answers["/items/7"] = [answer({"id": 7})]
        yield await plan_factory.open_office(receiver)


async def row(office: Office) -> PlanRun:
    async with db.read(office.people.adam.tenant_id) as session:
        return (await session.exec(select(PlanRun))).one()


async def until_parked(office: Office) -> PlanRun:
    async with asyncio.timeout(60):
        while (found := await row(office)).due_at != suspension.PARKED:  # noqa: ASYNC110 - the database changes
            await asyncio.sleep(0.05)
    return found


async def test_a_run_ends_after_its_step_and_goes_on_with_the_next(office: Office) -> None:
    """What the call gave that was under way is kept: it is not made again, whenever the tenant is resumed."""
    slow = answer({"items": [{"id": 7}]})
    office.receiver.answers["/items"] = [Answer(200, slow.headers, slow.body, wait=1)]
    plan = await office.plan(
        office.step("list_items", "list_items"), office.step("get_item", "get_item", {"id": 7})
    )
    async with runner.running():
        run_id = await office.start(plan)
        async with asyncio.timeout(60):
            while not office.receiver.requests:  # noqa: ASYNC110 - another task's
                await asyncio.sleep(0.01)
        await suspended.suspend(office.people)
        waiting = await until_parked(office)
        assert (waiting.status, waiting.lease, waiting.position, waiting.starts) == ("pending", None, 1, 0)
        assert [one.path for one in office.receiver.requests] == ["/items"]
        await suspended.resume(office.people)
        assert statuses(await office.ended(run_id)) == ["succeeded", "succeeded"]
    assert [one.path for one in office.receiver.requests] == ["/items", "/items/7"]


async def test_what_waits_costs_no_start(office: Office) -> None:
    plan = await office.plan()
    await office.start(plan)
    for _ in range(2):
        await suspended.suspend(office.people) if not await is_suspended(office) else None
        async with runner.running():
            await until_parked(office)
    assert (await row(office)).starts == 0
    assert not office.receiver.requests
    async with runner.running():
        await suspended.resume(office.people)
        await office.ended((await row(office)).id)


async def is_suspended(office: Office) -> bool:
    return await suspension.is_suspended(office.people.adam.tenant_id)


async def test_a_schedule_does_not_pile_up_runs(office: Office) -> None:
    """However often it came due, one run waits: it makes up for what was missed, as after a stop of Hub."""
    plan = await office.plan(schedule={"every_minutes": 5})
    await suspended.suspend(office.people)
    for _ in range(3):
        async with db.system("time passes", write=True) as session:
            due = update(Plan).where(col(Plan.id) == plan.id)
            await session.exec(due.values(next_run_at=utcnow() - timedelta(seconds=1)))
        assert not await triggers.start_due()
    async with runner.running():
        await until_parked(office)
        assert len(await office.runs(plan)) == 1
        await suspended.resume(office.people)
        await office.ended((await row(office)).id)
    assert len(office.receiver.requests) == 1


async def test_the_queue_is_well_while_runs_are_parked(office: Office) -> None:
    await office.start(await office.plan())
    await suspended.suspend(office.people)
    async with runner.running():
        await until_parked(office)
    assert await plan_runs.QUEUE.health("well", "late") == (True, "well")


@pytest.mark.settings(webhook_retention_days=1)
async def test_a_run_that_waited_for_longer_than_events_are_kept_still_has_its_event(office: Office) -> None:
    post = office.step("post_note", "post_note", {"text": "{{ event.data.text }}"})
    await office.plan(post, event_type="order.paid")
    adam = office.people.adam.actor
    office.receiver.answers["/notes"] = [answer({"id": 1})]
    await events.publish(
        adam, [EventIn(type="order.paid", data={"text": "Thanks"}), EventIn(type="other.one", data={})]
    )
    await suspended.suspend(office.people)
    async with runner.running():
        await until_parked(office)
    long_ago = lowest_at(utcnow() - timedelta(days=40))
    async with db.system("time passes", write=True) as session:
        for event in (await session.exec(select(Event))).all():
            aged = UUID(int=long_ago.int + event.id.int % 2**32)
            await session.exec(update(PlanRun).where(col(PlanRun.event_id) == event.id).values(event_id=aged))
            await session.exec(update(Event).where(col(Event.id) == event.id).values(id=aged))
    await suspended.resume(office.people)

    async def kept() -> list[str]:
        await retention.apply(CAPABILITY.retention)
        async with db.read(adam.tenant_id) as session:
            return list((await session.exec(select(Event.type))).all())

    assert await kept() == ["order.paid"]
    async with runner.running():
        run = await office.ended((await row(office)).id)
    assert statuses(run) == ["succeeded"], run
    assert b"Thanks" in office.receiver.requests[0].body
    assert await kept() == []
