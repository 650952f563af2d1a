"""Plans: what is checked when they are saved, when they are next due, and who may do what."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from typing import cast
from uuid import UUID

import pytest
from pydantic import JsonValue, ValidationError
from sqlmodel import col, select

from hub_app.kernel import db
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import BadRequest, Conflict, Forbidden, Invalid, NotFound
from hub_app.kernel.ids import new_id
from hub_app.kernel.paging import PageRequest
from hub_app.kernel.settings import Settings
from hub_app.kernel.tables import AuditEntry
from hub_app.kernel.validation import field_errors
from hub_app.plans.schemas import PlanIn, PlanPatch, PlanRunIn
from hub_app.plans.service import plans
from hub_app.plans.service import runs as plan_runs
from hub_app.plans.tables import PlanRun
from tests.peers.receiver import Receiver
from tests.plans import plan_factory
from tests.plans.plan_factory import Office

pytestmark = pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32")


@pytest.fixture
async def office(database: Settings) -> AsyncGenerator[Office]:
    del database
    async with Receiver() as receiver:
        yield await plan_factory.open_office(receiver)


async def patch(office: Office, plan_id: UUID, **given: JsonValue) -> plans.PlanOut:
    return await plans.update_plan(office.people.adam.actor, plan_id, PlanPatch.model_validate(given))


async def audited(office: Office) -> list[str]:
    async with db.read(office.people.adam.tenant_id) as session:
        actions = (await session.exec(select(AuditEntry.action).order_by(col(AuditEntry.sequence)))).all()
    return [action for action in actions if ".plan." in action]


async def test_a_plan_is_saved_listed_changed_and_deleted_with_its_runs(office: Office) -> None:
    adam = office.people.adam.actor
    plan = await office.plan(
        office.step("list_items", "list_items"),
        office.step("get_item", "get_item", {"id": "{{ steps.list_items.data[0].id }}"}),
        description="Every night",
        event_type="order.placed",
    )
    assert (plan.name, plan.event_type, plan.schedule, plan.next_run_at) == (
        "Nightly", "order.placed", None, None,
    )  # fmt: skip
    assert await plans.get_plan(office.people.vera.actor, plan.id) == plan
    assert (await plans.list_plans(office.people.vera.actor, PageRequest())).items == [plan]
    changed = await patch(office, plan.id, name="Hourly", event_type="")
    assert (changed.name, changed.event_type, changed.steps) == ("Hourly", None, plan.steps)
    await office.start(plan)
    assert await plans.count_runs(adam, plan.id) == 1
    await plans.delete_plan(adam, plan.id)
    with pytest.raises(NotFound, match="Plan not found"):
        await plans.get_plan(adam, plan.id)
    async with db.read(adam.tenant_id) as session:
        assert (await session.exec(select(PlanRun.id))).all() == []
    assert await audited(office) == [f"connector.plan.{verb}" for verb in ("created", "updated", "deleted")]


async def test_a_step_names_a_connector_and_an_action_of_this_tenant(office: Office) -> None:
    theirs = await plan_factory.connector(office.people.mallory, office.receiver.url)
    foreign = cast("dict[str, JsonValue]", office.step("c", "list_items"))
    foreign["integration_id"] = str(theirs)
    steps = [
        office.step("a", "list_items"),
        office.step("b", "no_such"),
        foreign,
        office.step("d", "get_item", {"id": 1, "nme": "x"}),
    ]
    with pytest.raises(Invalid) as error:
        await office.plan(*steps)
    assert [(one.field, one.message) for one in error.value.errors] == [
        ("steps.1.action", "Shop has no action no_such"),
        ("steps.2.integration_id", "is no connector that you have"),
        ("steps.3.params.nme", "is no parameter of get_item"),
    ]
    plan = await office.plan()
    with pytest.raises(Invalid, match=r"steps\.0\.action"):
        await patch(office, plan.id, steps=[office.step("b", "no_such")])
    assert await plans.get_plan(office.people.adam.actor, plan.id) == plan


@pytest.mark.parametrize(
    ("change", "field", "told"),
    [
        ({"steps": []}, "steps", "at least 1"),
        ({"schedule": {"cron": "often"}}, "schedule.cron", "is not a cron line"),
        ({"schedule": {"cron": "0 9 * * *", "timezone": "Berlin"}}, "schedule.timezone", "time zone"),
        ({"schedule": {"cron": "0 9 * * *", "every_minutes": 5}}, "schedule", "either cron or"),
        ({"schedule": {"timezone": "Europe/Berlin"}}, "schedule", "either cron or"),
        ({"schedule": {"every_minutes": 0}}, "schedule.every_minutes", "at least 1"),
        ({"event_type": "no good"}, "event_type", "letters A to Z"),
    ],
)
async def test_bad_input_names_the_field(change: dict[str, JsonValue], field: str, told: str) -> None:
    step: JsonValue = {"id": "a", "integration_id": str(new_id()), "action": "x"}
    for model, given in ((PlanIn, {"name": "Nightly", "steps": [step], **change}), (PlanPatch, change)):
        with pytest.raises(ValidationError) as error:
            model.model_validate(given)
        (found,) = field_errors(error.value.errors())
        assert found.field == field
        assert told in found.message


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({"a": "{{ steps.second.data }}"}, "the step 'first': {{ steps.second.data }} does not name a step"),
        ({"a": "{{ steps.first.data }}"}, "does not name a step that comes before"),
        ({"a": "{{ input.. }}"}, "{{ input.. }} is not a JMESPath expression"),
    ],
)
async def test_a_reference_that_can_never_hold_is_refused(params: JsonValue, told: str) -> None:
    steps = [
        {"id": name, "integration_id": str(new_id()), "action": "x", "params": params}
        for name in ("first", "second")
    ]
    with pytest.raises(ValidationError) as error:
        PlanIn.model_validate({"name": "Nightly", "steps": steps})
    assert told in field_errors(error.value.errors())[0].message


@pytest.mark.parametrize("value", ["a\0b", {"\0": 1}, "\ud800", 2**64])
async def test_what_no_database_keeps_is_refused(value: JsonValue) -> None:
    step = {"id": "a", "integration_id": str(new_id()), "action": "x", "params": {"a": [value]}}
    with pytest.raises(ValidationError):
        PlanIn.model_validate({"name": "Nightly", "steps": [step]})
    with pytest.raises(ValidationError):
        PlanRunIn.model_validate({"input": {"a": value}})


async def test_a_schedule_says_when_it_is_next_due(office: Office) -> None:
    before = utcnow()
    plan = await office.plan(schedule={"every_minutes": 10})
    assert plan.next_run_at is not None
    assert before + timedelta(minutes=10) <= plan.next_run_at <= utcnow() + timedelta(minutes=10)
    same = await patch(office, plan.id, name="Other", schedule={"every_minutes": 10})
    assert same.next_run_at == plan.next_run_at
    daily = await patch(office, plan.id, schedule={"cron": "0 9 * * *", "timezone": "Asia/Tokyo"})
    assert daily.next_run_at is not None
    assert daily.next_run_at.astimezone(UTC).hour == 0
    off = await patch(office, plan.id, is_active=False)
    assert (off.next_run_at, off.schedule) == (None, daily.schedule)
    assert (await patch(office, plan.id, is_active=True)).next_run_at == daily.next_run_at
    away = await patch(office, plan.id, schedule={})
    assert (away.schedule, away.next_run_at) == (None, None)
    with pytest.raises(BadRequest, match="No fields to update"):
        await patch(office, plan.id)


async def test_who_may_do_what(office: Office) -> None:
    people = office.people
    plan = await office.plan()
    run_id = await office.start(plan)
    for person in (people.vera, people.erin):
        for refused in (
            plans.create_plan(person.actor, PlanIn(name="x", steps=plan.steps)),
            plans.update_plan(person.actor, plan.id, PlanPatch(name="x")),
            plans.delete_plan(person.actor, plan.id),
        ):
            with pytest.raises(Forbidden, match="Customer admin role required"):
                await refused
    for refused in (
        plan_runs.start_run(people.vera.actor, plan.id, PlanRunIn()),
        plan_runs.cancel_run(people.vera.actor, run_id),
        plan_runs.resume_run(people.vera.actor, run_id),
    ):
        with pytest.raises(Forbidden, match="Engineer role required"):
            await refused
    assert (await plan_runs.get_run(people.vera.actor, run_id)).started_by == "Erin Novak"


async def test_another_tenants_plan_and_run_are_not_there(office: Office) -> None:
    mallory = office.people.mallory.actor
    plan = await office.plan()
    run_id = await office.start(plan)
    for refused in (
        plans.get_plan(mallory, plan.id),
        plans.update_plan(mallory, plan.id, PlanPatch(name="x")),
        plans.delete_plan(mallory, plan.id),
        plans.count_runs(mallory, plan.id),
        plan_runs.start_run(mallory, plan.id, PlanRunIn()),
        plan_runs.list_runs(mallory, plan.id, PageRequest()),
        plan_runs.get_run(mallory, run_id),
        plan_runs.cancel_run(mallory, run_id),
        plan_runs.resume_run(mallory, run_id),
    ):
        with pytest.raises(NotFound):
            await refused
    assert (await plans.list_plans(mallory, PageRequest())).items == []


async def test_a_run_that_waits_is_cancelled_at_once(office: Office) -> None:
    erin = office.people.erin.actor
    run_id = await office.start(await office.plan())
    cancelled = await plan_runs.cancel_run(erin, run_id)
    assert (cancelled.status, plan_factory.statuses(cancelled)) == ("cancelled", ["skipped"])
    with pytest.raises(Conflict):
        await plan_runs.cancel_run(erin, run_id)
    assert (await plan_runs.resume_run(erin, run_id)).status == "waiting"
    with pytest.raises(Conflict):
        await plan_runs.resume_run(erin, run_id)


async def test_a_run_keeps_the_steps_it_began_with(office: Office) -> None:
    plan = await office.plan()
    run_id = await office.start(plan)
    await patch(office, plan.id, steps=[office.step("other", "get_item", {"id": 1})])
    assert [step.id for step in (await office.run(run_id)).steps] == ["list_items"]


async def test_a_far_schedule_is_a_time_with_a_zone(office: Office) -> None:
    plan = await office.plan(schedule={"cron": "0 0 29 2 *", "timezone": "Europe/Berlin"})
    assert plan.next_run_at is not None
    assert plan.next_run_at.tzinfo is not None
    assert plan.next_run_at > datetime(2026, 1, 1, tzinfo=UTC)
