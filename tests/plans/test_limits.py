"""What a plan may cost: its size, what its runs store, and how many of them may wait."""

import asyncio
import json
import threading
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
import sqlalchemy as sa
from pydantic import JsonValue, ValidationError
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import db, retention
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Conflict
from hub_app.kernel.ids import lowest_at
from hub_app.kernel.settings import Settings
from hub_app.kernel.tables import AuditEntry
from hub_app.plans import worker as runner
from hub_app.plans.capability import CAPABILITY
from hub_app.plans.schemas import MAX_SIZE, PlanIn, PlanOut, PlanPatch
from hub_app.plans.service import plans
from hub_app.plans.service import runs as plan_runs
from hub_app.plans.service import triggers as plan_triggers
from hub_app.plans.service import versions as plan_versions
from hub_app.plans.tables import Plan, PlanRun, PlanVersion
from hub_app.webhooks.schemas import EventIn
from hub_app.webhooks.service import events
from hub_app.webhooks.tables import Event
from tests import people as seeded
from tests.peers.receiver import Receiver
from tests.plans import plan_factory
from tests.plans.plan_factory import Office

pytestmark = pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32")

THREE = pytest.mark.settings(plan_max_waiting_runs=3)


@pytest.fixture
async def office(database: Settings) -> AsyncGenerator[Office]:
    del database
    async with Receiver() as receiver:
        receiver.answers["/items"] = [plan_factory.answer({"items": []})]
        yield await plan_factory.open_office(receiver)


def large(office: Office, kib: int) -> list[JsonValue]:
    """Steps of about so many KiB."""
    text = "x" * (kib * 1024 // 4)
    return [office.step(f"note_{n}", "post_note", {"text": text}) for n in range(4)]


async def publish(office: Office, count: int) -> None:
    """A batch of small events that plans wait for."""
    given = [EventIn(type="order.placed", data={"n": n}) for n in range(count)]
    await events.publish(office.people.erin.actor, given)


async def count(model: type[SQLModel]) -> int:
    async with db.system("a test counts") as session:
        return (await session.exec(select(sa.func.count()).select_from(model))).one()


async def stored_bytes() -> int:
    """What the rows of all tables hold."""
    total = 0
    async with db.current().engine.connect() as connection:
        for table in SQLModel.metadata.sorted_tables:
            sizes = [sa.func.coalesce(sa.func.octet_length(sa.cast(c, sa.Text)), 0) for c in table.columns]
            if connection.dialect.name == "sqlite":
                sizes = [
                    sa.func.coalesce(sa.func.length(sa.cast(c, sa.LargeBinary)), 0) for c in table.columns
                ]
            statement = sa.select(sa.func.sum(sum(sizes[1:], sizes[0]))).select_from(table)
            total += (await connection.execute(statement)).scalar() or 0
    return total


async def test_a_plan_is_at_most_256_kib(office: Office) -> None:
    with pytest.raises(ValidationError, match="may be 256 KiB"):
        await office.plan(*large(office, 257))
    with pytest.raises(ValidationError, match="may be 256 KiB"):
        PlanPatch.model_validate({"steps": large(office, 300)})
    assert len((await office.plan(*large(office, 255))).steps) == 4


def test_the_size_of_a_plan_counts_what_is_stored() -> None:
    """Characters of several bytes, and many steps that are small each."""
    step: JsonValue = {"integration_id": str(UUID(int=1)), "action": "it", "params": {"a": "ä" * 3_000}}
    steps: JsonValue = [{**step, "id": f"s{n}"} for n in range(50)]  # type: ignore[dict-item]
    with pytest.raises(ValidationError, match="may be 256 KiB"):
        PlanIn.model_validate({"name": "Large", "steps": steps})
    assert MAX_SIZE == 256 * 1024


@pytest.mark.settings(plan_max_waiting_runs=1)
async def test_over_rest_the_refusals_are_in_words(office: Office, client: httpx.AsyncClient) -> None:
    here, headers = "/api/custom-integrations/plans", await seeded.headers(office.people.adam)
    given: dict[str, JsonValue] = {"name": "Large", "steps": large(office, 257)}
    refused = await client.post(here, json=given, headers=headers)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "steps")
    assert "may be 256 KiB" in refused.text
    plan = await office.plan()
    one, another = [await client.post(f"{here}/{plan.id}/run", headers=headers) for _ in range(2)]
    assert (one.status_code, another.status_code) == (202, 409)
    assert "Nightly has 1 run waiting" in another.json()["detail"]


async def test_steps_are_stored_once_however_many_runs_began_with_them(office: Office) -> None:
    plan = await office.plan(event_type="order.placed")
    await publish(office, 10)
    assert (await count(PlanRun), await count(PlanVersion)) == (10, 1)
    first = plan.steps
    adam = office.people.adam.actor
    changed = PlanPatch.model_validate({"steps": [office.step("another", "list_items")]})
    await plans.update_plan(adam, plan.id, changed)
    assert await count(PlanVersion) == 2
    await plans.update_plan(adam, plan.id, PlanPatch(steps=first))
    await plans.update_plan(adam, plan.id, PlanPatch(name="Renamed"))
    assert await count(PlanVersion) == 1
    assert {run.steps[0].id for run in await office.runs(plan)} == {"list_items"}


@pytest.mark.both_databases
async def test_a_small_batch_of_events_grows_the_database_by_little(office: Office) -> None:
    """60 events started 60 runs of a plan of 250 KiB: 15 MB for each plan, when every run copied the steps."""
    for _ in range(3):
        await office.plan(*large(office, 250), event_type="order.placed")
    before = await stored_bytes()
    await publish(office, 60)
    assert await count(PlanRun) == 180
    # A row of an event and three of runs each, of ids, times and states.
    grown = await stored_bytes() - before
    assert grown < 60 * 4 * 600


async def test_a_large_events_data_is_stored_once(office: Office) -> None:
    for _ in range(5):
        await office.plan(event_type="order.placed")
    before = await stored_bytes()
    given = EventIn(type="order.placed", data={"text": "x" * 500_000})
    await events.publish(office.people.erin.actor, [given])
    assert await stored_bytes() - before < 510_000


async def test_a_version_is_never_changed(office: Office) -> None:
    await office.plan()
    with pytest.raises(DBAPIError, match=r"never changed|permission denied"):
        async with db.begin(office.people.adam.tenant_id) as session:
            version = (await session.exec(select(PlanVersion))).one()
            version.steps = []
            session.add(version)


async def test_versions_that_nothing_refers_to_go_with_the_runs(office: Office) -> None:
    adam = office.people.adam.actor
    plan = await office.plan(event_type="order.placed")
    await publish(office, 2)
    for name in ("second", "third"):
        given = PlanPatch.model_validate({"steps": [office.step(name, "list_items")]})
        await plans.update_plan(adam, plan.id, given)
    await plan_versions.delete_unused_versions()
    # The first one has runs, the third is the plan's.
    assert await count(PlanVersion) == 2
    assert [run.steps[0].id for run in await office.runs(plan)] == ["list_items"] * 2
    old = lowest_at(utcnow() - timedelta(days=40))
    async with db.system("time passes", write=True) as session:
        runs = (await session.exec(select(PlanRun.id).order_by(col(PlanRun.id)))).all()
        for number, one in enumerate(runs):
            aged = UUID(int=old.int + number)
            await session.exec(
                sa.update(PlanRun).where(col(PlanRun.id) == one).values(id=aged, status="failed")
            )
    await retention.apply(CAPABILITY.retention)
    await plan_versions.delete_unused_versions()
    assert (await count(PlanRun), await count(PlanVersion)) == (0, 1)
    assert (await plans.get_plan(adam, plan.id)).steps[0].id == "third"


async def test_a_version_that_no_run_began_with_goes_with_the_next_change(office: Office) -> None:
    """A thousand changes a minute of 256 KiB each grew the database by 15 GB before they were cleaned away."""
    adam = office.people.adam.actor
    plan = await office.plan()
    for name in ("second", "third"):
        given = PlanPatch.model_validate({"steps": [office.step(name, "list_items")]})
        await plans.update_plan(adam, plan.id, given)
        assert await count(PlanVersion) == 1
    await office.start(plan)
    await plans.update_plan(adam, plan.id, PlanPatch(steps=plan.steps))
    assert await count(PlanVersion) == 2
    await plans.update_plan(adam, plan.id, PlanPatch(steps=plan.steps))
    assert (await plans.get_plan(adam, plan.id)).steps == plan.steps


@pytest.mark.both_databases
async def test_unused_versions_are_deleted_in_small_steps(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of a plan's at once kept every writer waiting for as long as that took."""
    plan = await office.plan()
    async with db.begin(office.people.adam.tenant_id) as session:
        session.add_all(
            PlanVersion(tenant_id=office.people.adam.tenant_id, plan_id=plan.id, digest=str(n))
            for n in range(50)
        )
    left: list[int] = []
    committed = db.system

    @asynccontextmanager
    async def watched(reason: str, *, write: bool = False) -> AsyncGenerator[AsyncSession]:
        async with committed(reason, write=write) as session:
            yield session
        if write:
            left.append(await count(PlanVersion))

    monkeypatch.setattr(db, "system", watched)
    await plan_versions.delete_unused_versions()
    assert left == [31, 11, 1]


async def test_a_plan_goes_with_its_versions_and_runs(office: Office) -> None:
    plan = await office.plan(event_type="order.placed")
    await publish(office, 2)
    await plans.delete_plan(office.people.adam.actor, plan.id)
    assert (await count(PlanRun), await count(PlanVersion)) == (0, 0)


@THREE
async def test_events_beyond_the_waiting_runs_are_published_and_counted_on_the_plan(office: Office) -> None:
    plan, began = await office.plan(event_type="order.placed"), utcnow()
    entries = await count(AuditEntry)
    await publish(office, 5)
    await publish(office, 2)
    assert (await count(PlanRun), await count(Event), await count(AuditEntry)) == (3, 7, entries)
    now = await plans.get_plan(office.people.vera.actor, plan.id)
    assert (now.not_started, now.too_deep) == (4, 0)
    assert now.not_started_since is not None
    assert now.not_started_since >= began
    assert now.updated_at == plan.updated_at
    await cancel_one(office, plan)
    await publish(office, 1)
    assert await count(PlanRun) == 4
    seen_to = await plans.update_plan(office.people.adam.actor, plan.id, PlanPatch(name="Seen to"))
    assert (seen_to.not_started, seen_to.not_started_since) == (0, None)


async def cancel_one(office: Office, plan: PlanOut) -> UUID:
    """The plan's newest run that waits, cancelled."""
    one = next(run for run in await office.runs(plan) if run.status == "waiting")
    await plan_runs.cancel_run(office.people.erin.actor, one.id)
    return one.id


@THREE
async def test_by_hand_no_more_wait_either(office: Office) -> None:
    plan = await office.plan()
    for _ in range(3):
        await office.start(plan)
    with pytest.raises(Conflict, match="Nightly has 3 runs waiting or running, the maximum"):
        await office.start(plan)
    cancelled = await cancel_one(office, plan)
    await office.start(plan)
    with pytest.raises(Conflict, match="3 runs waiting or running"):
        await plan_runs.resume_run(office.people.erin.actor, cancelled)
    assert await count(PlanRun) == 4
    other = await office.plan()
    await office.start(other)


@THREE
async def test_nor_does_the_schedule_add_to_them(office: Office) -> None:
    plan = await office.plan(schedule={"every_minutes": 1})
    for _ in range(3):
        await office.start(plan)
    async with db.system("time passes", write=True) as session:
        await session.exec(sa.update(Plan).values(next_run_at=utcnow() - timedelta(seconds=1)))
    await plan_triggers.start_due()
    assert await count(PlanRun) == 3
    assert (await plans.get_plan(office.people.vera.actor, plan.id)).not_started == 1


@pytest.mark.both_databases
@pytest.mark.settings(plan_max_waiting_runs=20)
async def test_many_who_publish_at_once_do_not_pass_the_ceiling_together(office: Office) -> None:
    plan = await office.plan(event_type="order.placed")
    await asyncio.gather(*(publish(office, 7) for _ in range(8)))
    assert await count(PlanRun) == 20
    assert (await plans.get_plan(office.people.vera.actor, plan.id)).not_started == 36


async def test_a_step_reads_no_outputs_that_it_does_not_name_and_none_beside_the_event_loop(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fifty outputs of a quarter of a MiB took three seconds, for each step, within its transaction."""
    names = [f"item-{n}" * 1_000 for n in range(3)]
    office.receiver.answers |= {f"/items/{n}": [plan_factory.answer(name)] for n, name in enumerate(names)}
    notes = ["{{ steps.get_1.data }}", "{{ steps.get_0.data || steps.get_2.data }}"]
    plan = await office.plan(
        *(office.step(f"get_{n}", "get_item", {"id": n}) for n in range(3)),
        *(office.step(f"note_{n}", "post_note", {"text": note}) for n, note in enumerate(notes)),
    )
    read: list[tuple[str, bool]] = []
    loads = json.loads

    def watched(text: str) -> object:
        on_the_loop = threading.current_thread() is threading.main_thread()
        read.extend((name[:6], on_the_loop) for name in names if isinstance(text, str) and name in text)
        return loads(text)

    monkeypatch.setattr(json, "loads", watched)
    async with runner.running():
        run = await office.ended(await office.start(plan))
    assert run.status == "succeeded"
    assert read == [("item-1", False), ("item-0", False), ("item-1", False), ("item-2", False)]
