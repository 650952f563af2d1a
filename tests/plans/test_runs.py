"""Runs of plans: data passed on, what happens when a step fails, cancelling, resuming, and a process that goes away."""

import asyncio
import json
from collections.abc import AsyncGenerator
from datetime import datetime, timedelta
from uuid import UUID

import httpx
import pytest
from pydantic import JsonValue
from sqlalchemy import update
from sqlmodel import col, delete, select

from hub_app.connectors.service import connectors
from hub_app.connectors.tables import Execution
from hub_app.kernel import db, signals
from hub_app.kernel.clock import utcnow
from hub_app.kernel.ids import new_id
from hub_app.kernel.settings import Settings
from hub_app.plans import worker as runner
from hub_app.plans.schemas import PlanOut, PlanRunOut
from hub_app.plans.service import plans
from hub_app.plans.service import runs as plan_runs
from hub_app.plans.tables import PlanRun, PlanRunStep
from hub_app.webhooks.schemas import EventIn
from hub_app.webhooks.service import events
from hub_app.webhooks.tables import Event
from tests import people as seeded
from tests.peers.receiver import Answer, Receiver
from tests.plans import plan_factory
from tests.plans.plan_factory import Office, answer, statuses

pytestmark = pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32")

NOTE: dict[str, JsonValue] = {
    "item": "{{ steps.get_item.data.id }}",
    "name": "{{ steps.get_item.data.name }}",
}


@pytest.fixture
async def office(database: Settings) -> AsyncGenerator[Office]:
    del database
    async with Receiver() as receiver:
        receiver.answers["/items"] = [answer({"items": [{"id": 7}, {"id": 8}]})]
        receiver.answers["/items/7"] = [answer({"id": 7, "name": "Ann"})]
        yield await plan_factory.open_office(receiver)


@pytest.fixture
async def running(database: Settings) -> AsyncGenerator[None]:
    """Plans run, as in a serving process."""
    del database
    async with runner.running():
        yield


def three(office: Office, **more: JsonValue) -> list[JsonValue]:
    """List, get the first, note its name; `more` is about the second."""
    return [
        office.step("list_items", "list_items"),
        office.step("get_item", "get_item", {"id": "{{ steps.list_items.data[0].id }}"}, **more),
        office.step(
            "note", "post_note", {**NOTE, "text": "{{ input.greeting }}, {{ steps.get_item.data.name }}!"}
        ),
    ]


def paths(office: Office) -> list[str]:
    return [f"{one.method} {one.path}" for one in office.receiver.requests]


async def hurry() -> None:
    """What waits for its next try is due."""
    async with db.system("time passes", write=True) as session:
        await session.exec(update(PlanRun).where(col(PlanRun.lease).is_(None)).values(due_at=utcnow()))


async def due_in(run_id: UUID) -> timedelta:
    """From the last try to the next one."""
    async with db.system("a test looks") as session:
        due: datetime = (await session.exec(select(PlanRun.due_at).where(PlanRun.id == run_id))).one()
        last = (await session.exec(select(PlanRunStep.finished_at).where(PlanRunStep.run_id == run_id))).all()
    return due - max(one for one in last if one is not None)


@pytest.mark.usefixtures("running")
async def test_each_step_has_what_the_steps_before_gave(office: Office) -> None:
    plan = await office.plan(*three(office))
    run = await office.ended(await office.start(plan, greeting="Hello"))
    assert (run.status, run.error, statuses(run)) == ("succeeded", "", ["succeeded"] * 3)
    assert paths(office) == ["GET /items", "GET /items/7", "POST /notes"]
    assert json.loads(office.receiver.requests[2].body) == {"item": 7, "name": "Ann", "text": "Hello, Ann!"}
    assert all(step.attempts == 1 and step.finished_at for step in run.steps)
    async with db.read(office.people.adam.tenant_id) as session:
        made = (await session.exec(select(Execution).order_by(col(Execution.id)))).all()
    assert [one.id for one in made] == [step.execution_id for step in run.steps]
    assert {(one.trigger, one.plan_run_id, one.actor_name) for one in made} == {
        ("plan", run.id, "Erin Novak")
    }


@pytest.mark.usefixtures("running")
async def test_a_step_that_needs_an_event_which_is_no_longer_kept_says_so(office: Office) -> None:
    note = office.step("note", "post_note", {"text": "{{ event.data.order }}"})
    plan = await office.plan(office.step("list_items", "list_items"), note, event_type="order.placed")
    office.receiver.answers["/items"] = [answer({}, 500), answer({"items": []})]
    await events.publish(office.people.erin.actor, [EventIn(type="order.placed", data={"order": 12})])
    (run,) = await office.runs(plan)
    assert (await office.ended(run.id)).status == "failed"
    async with db.system("its time is over", write=True) as session:
        await session.exec(delete(Event))
    await plan_runs.resume_run(office.people.erin.actor, run.id)
    ended = await office.until(run.id, lambda now: now.status == "failed" and now.steps[1].status == "failed")
    assert "older than Hub keeps events" in ended.error


@pytest.mark.usefixtures("running")
async def test_an_events_data_is_there_for_the_steps(office: Office) -> None:
    note = office.step("note", "post_note", {"item": "{{ event.data.order }}", "text": "{{ event.type }}"})
    plan = await office.plan(note, event_type="order.placed")
    large = 2**62 + 1
    await events.publish(office.people.erin.actor, [EventIn(type="order.placed", data={"order": large})])
    run = await office.ended((await office.runs(plan))[0].id)
    assert run.status == "succeeded"
    assert json.loads(office.receiver.requests[0].body) == {"item": large, "text": "order.placed"}
    async with db.read(office.people.adam.tenant_id) as session:
        assert (await session.exec(select(Execution.actor_name))).one() == "Nightly"


@pytest.mark.usefixtures("running")
async def test_a_failure_stops_the_run_and_resuming_goes_on_there(office: Office) -> None:
    office.receiver.answers["/items/7"] = [Answer(500), answer({"id": 7, "name": "Ann"})]
    plan = await office.plan(*three(office))
    run = await office.ended(await office.start(plan, greeting="Hello"))
    assert (run.status, statuses(run)) == ("failed", ["succeeded", "failed", "skipped"])
    assert run.error.startswith("get_item: ")
    assert "500" in run.error
    assert run.steps[1].execution_id is not None
    await plan_runs.resume_run(office.people.erin.actor, run.id)
    run = await office.ended(run.id)
    assert (run.status, run.error, statuses(run)) == ("succeeded", "", ["succeeded"] * 3)
    assert paths(office) == ["GET /items", "GET /items/7", "GET /items/7", "POST /notes"]


@pytest.mark.usefixtures("running")
async def test_a_failure_can_be_passed_over(office: Office) -> None:
    office.receiver.answers["/items/7"] = [answer({"error": "no such item"}, 404)]
    note: JsonValue = {"item": "{{ steps.get_item.status_code }}", "name": "{{ steps.get_item.ok }}"}
    plan = await office.plan(*three(office, on_error="continue")[:2], office.step("note", "post_note", note))
    run = await office.ended(await office.start(plan))
    assert (run.status, run.error, statuses(run)) == ("succeeded", "", ["succeeded", "failed", "succeeded"])
    assert "404" in run.steps[1].error
    assert json.loads(office.receiver.requests[2].body) == {"item": 404, "name": "false"}


@pytest.mark.usefixtures("running")
async def test_a_failure_can_be_tried_again_later_each_time(office: Office) -> None:
    office.receiver.answers["/items/7"] = [Answer(500), Answer(503), answer({"id": 7, "name": "Ann"})]
    plan = await office.plan(*three(office, on_error="retry", retries=2))
    run_id = await office.start(plan, greeting="Hello")
    for attempts, wait in ((1, 5), (2, 10)):
        run = await office.until(
            run_id, lambda run, n=attempts: (run.steps[1].status, run.steps[1].attempts) == ("retrying", n)
        )
        assert (run.status, run.finished_at) == ("running", None)
        assert timedelta(seconds=wait - 1) < await due_in(run_id) < timedelta(seconds=wait + 1)
        await hurry()
    run = await office.ended(run_id)
    assert (run.status, [step.attempts for step in run.steps]) == ("succeeded", [1, 3, 1])


@pytest.mark.usefixtures("running")
async def test_a_retry_waits_as_long_as_the_api_asks(office: Office) -> None:
    """Made earlier all the same, it sends nothing, and waits for what is left."""
    office.receiver.answers["/items/7"] = [Answer(429, {"Retry-After": "120"})]
    run_id = await office.start(await office.plan(*three(office, on_error="retry", retries=3)))
    for attempts in (1, 2):
        run = await office.until(
            run_id, lambda run, n=attempts: (run.steps[1].status, run.steps[1].attempts) == ("retrying", n)
        )
        assert timedelta(seconds=100) < await due_in(run_id) < timedelta(seconds=121)
        await hurry()
    assert "The API asked Hub to wait." in run.steps[1].error
    assert paths(office).count("GET /items/7") == 1


@pytest.mark.usefixtures("running")
async def test_retries_come_to_an_end_and_resuming_gives_new_ones(office: Office) -> None:
    office.receiver.answers["/items/7"] = [Answer(500)]
    plan = await office.plan(*three(office, on_error="retry", retries=1))
    run_id = await office.start(plan)
    for tries in (2, 4):
        await office.until(run_id, lambda run: run.steps[1].status == "retrying")
        await hurry()
        run = await office.ended(run_id)
        assert (run.status, run.steps[1].attempts, paths(office).count("GET /items/7")) == (
            "failed",
            2,
            tries,
        )
        await plan_runs.resume_run(office.people.erin.actor, run_id)


@pytest.mark.usefixtures("running")
async def test_a_reference_that_leads_nowhere_fails_the_step_and_is_not_tried_again(office: Office) -> None:
    plan = await office.plan(
        office.step("note", "post_note", {"name": "{{ input.nme }}"}, on_error="retry", retries=5)
    )
    run = await office.ended(await office.start(plan, name="Ann"))
    assert (run.status, run.error) == ("failed", "note: {{ input.nme }} leads to nothing.")
    assert office.receiver.count == 0


@pytest.mark.usefixtures("running")
async def test_an_answer_too_large_to_hand_on_fails_the_step(office: Office) -> None:
    office.receiver.answers["/items"] = [answer({"items": ["x" * 1000 for _ in range(300)]})]
    run = await office.ended(await office.start(await office.plan()))
    assert run.status == "failed"
    assert "larger than 256 KiB" in run.error
    assert "JMESPath" in run.error


@pytest.mark.usefixtures("running")
async def test_an_action_or_a_connector_that_has_gone_fails_the_run(office: Office) -> None:
    plan = await office.plan()
    await connectors.delete_connector(office.people.adam.actor, office.connector)
    run = await office.ended(await office.start(plan))
    assert (run.status, run.error) == ("failed", "list_items: Integration not found")


@pytest.mark.usefixtures("running")
async def test_cancelling_ends_a_run_after_the_step_under_way(office: Office) -> None:
    office.receiver.answers["/items/7"] = [Answer(wait=1, body=b"{}"), answer({"id": 7, "name": "Ann"})]
    run_id = await office.start(await office.plan(*three(office)), greeting="Hello")
    await office.receiver.wait_for(2, within=30)
    assert (await plan_runs.cancel_run(office.people.erin.actor, run_id)).status == "cancelling"
    run = await office.ended(run_id)
    assert (run.status, statuses(run)[2]) == ("cancelled", "skipped")
    await plan_runs.resume_run(office.people.erin.actor, run_id)
    run = await office.ended(run_id)
    assert paths(office).count("GET /items") == 1


@pytest.mark.usefixtures("running")
async def test_one_that_waits_for_its_next_try_is_cancelled_at_once(office: Office) -> None:
    office.receiver.answers["/items"] = [Answer(500)]
    plan = await office.plan(office.step("list_items", "list_items", on_error="retry"))
    run_id = await office.start(plan)
    await office.until(run_id, lambda run: run.steps[0].status == "retrying")
    cancelled = await plan_runs.cancel_run(office.people.erin.actor, run_id)
    assert (cancelled.status, statuses(cancelled)) == ("cancelled", ["failed"])


@pytest.mark.both_databases
async def test_a_stopped_process_gives_its_runs_back_and_the_next_goes_on(office: Office) -> None:
    office.receiver.answers["/items/7"] = [Answer(wait=3600), answer({"id": 7, "name": "Ann"})]
    run_id = await office.start(await office.plan(*three(office)), greeting="Hello")
    async with runner.running():
        await office.receiver.wait_for(2, within=30)
    assert statuses(await office.run(run_id)) == ["succeeded", "running", "waiting"]
    async with runner.running():
        run = await office.ended(run_id)
    assert (run.status, run.steps[1].attempts) == ("succeeded", 1)
    assert paths(office) == ["GET /items", "GET /items/7", "GET /items/7", "POST /notes"]


async def test_an_answer_that_was_recorded_is_not_asked_for_again(office: Office) -> None:
    """A process died after the second call's answer was recorded, and before the run knew."""
    run_id = await office.start(await office.plan(*three(office)), greeting="Hello")
    async with runner.running():
        await office.ended(run_id)
    async with db.system("as it was in that moment", write=True) as session:
        await session.exec(
            update(PlanRun).values(status="pending", position=1, lease=new_id(), due_at=utcnow(), starts=1)
        )
        await session.exec(
            update(PlanRunStep).where(col(PlanRunStep.position) == 1).values(status="running", output=None)
        )
        await session.exec(delete(PlanRunStep).where(col(PlanRunStep.position) == 2))
    async with runner.running():
        run = await office.until(run_id, lambda run: run.status == "succeeded")
    assert [step.attempts for step in run.steps] == [1, 1, 1]
    assert paths(office) == ["GET /items", "GET /items/7", "POST /notes", "POST /notes"]


@pytest.mark.both_databases
@pytest.mark.usefixtures("running")
async def test_who_lost_the_lease_writes_nothing_more(office: Office) -> None:
    """A process that was away for too long comes back to a run that another one has."""
    office.receiver.answers["/items"] = [Answer(wait=1, body=b'{"items": []}')]
    run_id = await office.start(await office.plan(*three(office)))
    await office.receiver.wait_for(1, within=30)
    async with db.system("another process has it", write=True) as session:
        later = utcnow() + timedelta(minutes=5)
        await session.exec(update(PlanRun).values(lease=new_id(), due_at=later))
    async with db.read(office.people.adam.tenant_id) as session:
        assert (
            await session.exec(select(Execution.id).where(col(Execution.status_code) == 200))
        ).first() is None
    async with asyncio.timeout(30):
        while not await _answered(office):  # noqa: ASYNC110 - the database changes
            await asyncio.sleep(0.05)
    await asyncio.sleep(0.3)
    run = await office.run(run_id)
    assert (run.status, statuses(run)) == ("running", ["running", "waiting", "waiting"])


async def _answered(office: Office) -> bool:
    async with db.read(office.people.adam.tenant_id) as session:
        return 200 in (await session.exec(select(Execution.status_code))).all()


async def test_a_step_that_never_ends_is_not_begun_for_ever(office: Office) -> None:
    run_id = await office.start(await office.plan())
    async with db.system("five processes died of it", write=True) as session:
        await session.exec(update(PlanRun).values(starts=5))
    async with runner.running():
        run = await office.ended(run_id)
        assert (run.status, office.receiver.count) == ("failed", 0)
        assert "started 5 times" in run.error
        await plan_runs.resume_run(office.people.erin.actor, run_id)
        assert (await office.ended(run_id)).status == "succeeded"


@pytest.mark.usefixtures("running")
async def test_a_plan_deleted_while_it_runs_ends_its_run(office: Office) -> None:
    office.receiver.answers["/items"] = [Answer(wait=1, body=b'{"items": []}')]
    plan = await office.plan(*three(office))
    await office.start(plan)
    await office.receiver.wait_for(1, within=30)
    await plans.delete_plan(office.people.adam.actor, plan.id)
    other = await office.plan(office.step("other", "get_item", {"id": 7}))
    await office.ended(await office.start(other))
    await asyncio.sleep(1)
    assert "POST /notes" not in paths(office)


@pytest.mark.usefixtures("running")
async def test_open_screens_hear_of_each_change(office: Office) -> None:
    plan = await office.plan()
    with signals.watch(f"plan_runs:{plan.id}") as of_plan:
        run_id = await office.start(plan)
        assert await of_plan.wait(10)
        with signals.watch(f"plan_run:{run_id}") as of_run:
            async with asyncio.timeout(30):
                while not _over(await office.run(run_id)):
                    await of_run.wait(10)
        assert await of_plan.wait(10)


def _over(run: PlanRunOut) -> bool:
    return run.finished_at is not None


@pytest.mark.both_databases
async def test_requests_with_one_key_start_one_run(office: Office, client: httpx.AsyncClient) -> None:
    """However many come at once. Another input is refused; other people, plans and keys, and none, start runs of their own."""
    plan, other = await office.plan(), await office.plan(name="Other")
    erin, adam = [await seeded.headers(one) for one in (office.people.erin, office.people.adam)]

    async def start(
        key: str | None, of: PlanOut = plan, headers: dict[str, str] = erin, **given: JsonValue
    ) -> httpx.Response:
        named = {} if key is None else {"Idempotency-Key": key}
        url = f"/api/custom-integrations/plans/{of.id}/run"
        return await client.post(url, json={"input": given}, headers={**headers, **named})

    at_once = await asyncio.gather(*(start("one", n=1.5) for _ in range(6)))
    assert {one.status_code for one in at_once} == {202}
    assert len({one.json()["id"] for one in at_once}) == 1
    refused = await start("one", n=2)
    assert (refused.status_code, "another input" in refused.json()["detail"]) == (409, True)
    more = [
        await start("two"),
        await start(None),
        await start(None),
        await start("one", other),
        await start("one", headers=adam),
    ]
    assert len({one.json()["id"] for one in (*at_once, *more)}) == 1 + len(more)
    async with db.begin(office.people.adam.tenant_id) as session:
        assert "one" not in {one.key for one in (await session.exec(select(PlanRun))).all()}
        await session.exec(update(PlanRun).values(created_at=utcnow() - timedelta(hours=25)))
    again = await start("one", n=2)
    assert again.status_code == 202
    assert again.json()["id"] not in {one.json()["id"] for one in at_once}
    assert (await start("a key")).status_code == 422
