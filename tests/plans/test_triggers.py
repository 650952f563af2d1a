"""What starts plans by itself: schedules, once however many processes there are, and events, with their publishing."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import event as engine_event
from sqlalchemy import update
from sqlmodel import col, select

from hub_app.kernel import db, retention
from hub_app.kernel.clock import utcnow
from hub_app.kernel.ids import lowest_at
from hub_app.kernel.settings import Settings
from hub_app.plans.capability import CAPABILITY
from hub_app.plans.schemas import PlanOut, PlanPatch
from hub_app.plans.service import plans
from hub_app.plans.service import runs as plan_runs
from hub_app.plans.service import triggers as plan_triggers
from hub_app.plans.tables import Plan, PlanRun
from hub_app.webhooks.schemas import EndpointIn, EventIn
from hub_app.webhooks.service import endpoints, events, outbox
from tests.peers.receiver import Receiver
from tests.plans import plan_factory
from tests.plans.plan_factory import Office

pytestmark = pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32")


@pytest.fixture
async def office(database: Settings) -> AsyncGenerator[Office]:
    del database
    async with Receiver() as receiver:
        receiver.answers["/items"] = [plan_factory.answer({"items": []})]
        yield await plan_factory.open_office(receiver)


async def make_due(plan: PlanOut, ago: timedelta = timedelta(seconds=1)) -> None:
    async with db.system("time passes", write=True) as session:
        await session.exec(update(Plan).where(col(Plan.id) == plan.id).values(next_run_at=utcnow() - ago))


async def kept_events(office: Office) -> list[dict[str, object]]:
    """The events that runs of Acme were started with, oldest first, as their steps see them."""
    async with db.read(office.people.adam.tenant_id) as session:
        found = (await session.exec(select(PlanRun.event_id).order_by(col(PlanRun.id)))).all()
        return [json.loads(await events.as_document(session, one)) for one in found if one is not None]


async def publish(office: Office, event_type: str, **more: object) -> UUID:
    given = EventIn.model_validate({"type": event_type, "data": {"order": 12}, **more})
    return (await events.publish(office.people.erin.actor, [given]))[0]


@pytest.mark.both_databases
async def test_a_plan_that_is_due_starts_once_though_many_look(office: Office) -> None:
    plan = await office.plan(schedule={"every_minutes": 10})
    await plan_triggers.start_due()
    assert await office.runs(plan) == []
    await make_due(plan)
    await asyncio.gather(*(plan_triggers.start_due() for _ in range(6)))
    (run,) = await office.runs(plan)
    assert (run.trigger, run.started_by) == ("schedule", "Nightly")
    due = (await plans.get_plan(office.people.adam.actor, plan.id)).next_run_at
    assert due is not None
    assert due > utcnow()


async def test_what_was_missed_while_hub_was_down_is_made_up_for_by_one_run(office: Office) -> None:
    plan = await office.plan(schedule={"every_minutes": 10})
    await make_due(plan, timedelta(days=2))
    await plan_triggers.start_due()
    (run,) = await office.runs(plan)
    await plan_runs.cancel_run(office.people.erin.actor, run.id)
    await plan_triggers.start_due()
    assert await office.runs(plan) == [await office.run(run.id)]


async def test_while_a_scheduled_run_goes_on_there_is_no_other(office: Office) -> None:
    plan = await office.plan(schedule={"every_minutes": 1})
    await office.start(plan)  # By hand: it does not count.
    for _ in range(2):
        await make_due(plan)
        await plan_triggers.start_due()
    runs = await office.runs(plan)
    assert sorted(run.trigger for run in runs) == ["manual", "schedule"]
    for run in runs:
        await plan_runs.cancel_run(office.people.erin.actor, run.id)
    await make_due(plan)
    await plan_triggers.start_due()
    assert len(await office.runs(plan)) == 3


async def test_a_plan_that_is_switched_off_does_not_start(office: Office) -> None:
    plan = await office.plan(schedule={"every_minutes": 1}, event_type="order.placed", is_active=False)
    await make_due(plan)
    await plan_triggers.start_due()
    await publish(office, "order.placed")
    assert await office.runs(plan) == []


async def test_an_event_starts_the_plans_that_wait_for_it(office: Office) -> None:
    plan = await office.plan(event_type="order.placed")
    second = await office.plan(event_type="order.placed")
    other = await office.plan(event_type="order.gone")
    event_id = await publish(office, "order.placed")
    for one in (plan, second):
        (run,) = await office.runs(one)
        assert (run.trigger, run.started_by, run.status) == ("event", "Nightly", "waiting")
    assert await office.runs(other) == []
    expected = {"id": str(event_id), "type": "order.placed", "data": {"order": 12}}
    assert await kept_events(office) == [expected, expected]


async def test_an_event_that_was_published_before_starts_nothing_again(office: Office) -> None:
    plan = await office.plan(event_type="order.placed")
    for _ in range(2):
        await publish(office, "order.placed", idempotency_key="order-12")
    assert len(await office.runs(plan)) == 1


async def test_many_events_of_one_request_start_a_run_each(office: Office) -> None:
    plan = await office.plan(event_type="order.placed")
    given = [EventIn(type="order.placed", data={"n": n}) for n in range(20)]
    given.append(EventIn(type="order.gone", data={}))
    await events.publish(office.people.erin.actor, given)
    assert len(await office.runs(plan)) == 20
    assert [one["data"] for one in await kept_events(office)] == [{"n": n} for n in range(20)]


async def test_a_publishing_that_rolls_back_starts_nothing(office: Office) -> None:
    """Published and started, or neither."""
    plan = await office.plan(event_type="order.placed")
    with suppress(ZeroDivisionError):
        async with db.begin(office.people.adam.tenant_id) as session:
            await outbox.write(session, [outbox.Draft("order.placed", "{}", None)])
            raise ZeroDivisionError
    assert await office.runs(plan) == []


async def test_events_that_hub_publishes_itself_start_plans_too(office: Office) -> None:
    adam = office.people.adam
    plan = await office.plan(event_type="webhook.endpoint.disabled")
    endpoint = await endpoints.create_endpoint(adam.actor, EndpointIn(url=f"{office.receiver.url}/hook"))
    await endpoints.disable_endpoint(adam.tenant_id, endpoint.id, "It is gone.")
    assert len(await office.runs(plan)) == 1


async def test_another_tenants_event_starts_nothing_here(office: Office) -> None:
    plan = await office.plan(event_type="order.placed")
    await events.publish(office.people.mallory.actor, [EventIn(type="order.placed", data={})])
    assert await office.runs(plan) == []


async def test_a_change_of_a_plan_counts_for_the_next_event(office: Office) -> None:
    adam = office.people.adam.actor
    await publish(office, "order.placed")  # Now it is remembered that nobody waits.
    plan = await office.plan(event_type="order.placed")
    await publish(office, "order.placed")
    await plans.update_plan(adam, plan.id, PlanPatch(event_type="order.gone"))
    await publish(office, "order.placed")
    assert len(await office.runs(plan)) == 1
    await plans.delete_plan(adam, plan.id)
    await publish(office, "order.gone")


async def test_publishing_asks_nothing_of_plans_when_none_waits(office: Office) -> None:
    await publish(office, "order.placed")
    asked: list[str] = []

    def note(*arguments: object) -> None:
        asked.append(str(arguments[2]))

    engine = db.current().engine.sync_engine
    engine_event.listen(engine, "before_cursor_execute", note)
    try:
        await publish(office, "order.placed")
    finally:
        engine_event.remove(engine, "before_cursor_execute", note)
    assert any("insert into event" in one.lower() for one in asked)
    assert not [one for one in asked if "plan" in one.lower()]


@pytest.mark.both_databases
async def test_old_runs_are_deleted_but_never_one_under_way(office: Office) -> None:
    plan = await office.plan()
    ended, waiting, young = [await office.start(plan) for _ in range(3)]
    for run_id in (ended, young):
        await plan_runs.cancel_run(office.people.erin.actor, run_id)
    long_ago = utcnow() - timedelta(days=31)
    old = {run_id: lowest_at(long_ago + timedelta(seconds=n)) for n, run_id in enumerate((ended, waiting))}
    async with db.system("a month passes", write=True) as session:
        for run_id, aged in old.items():
            await session.exec(update(PlanRun).where(col(PlanRun.id) == run_id).values(id=aged))
    await retention.apply(CAPABILITY.retention)
    assert {run.id for run in await office.runs(plan)} == {young, old[waiting]}
