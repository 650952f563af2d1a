"""Plans in several real processes: a schedule fires once, and who is killed loses nothing."""

import asyncio
from collections.abc import AsyncGenerator

import pytest
from sqlalchemy import update
from sqlmodel import col

from hub_app.kernel import db
from hub_app.kernel.clock import utcnow
from hub_app.kernel.settings import Settings
from hub_app.plans.schemas import PlanOut
from hub_app.plans.tables import Plan, PlanRun
from tests.peers.receiver import Answer, Receiver
from tests.plans import plan_factory, process
from tests.plans.plan_factory import Office

pytestmark = [pytest.mark.both_databases, pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32")]


@pytest.fixture
async def office(database: Settings) -> AsyncGenerator[Office]:
    del database
    async with Receiver() as receiver:
        receiver.answers["/items"] = [plan_factory.answer({"items": [{"id": 7}]})]
        yield await plan_factory.open_office(receiver)


async def make_due(plans: list[PlanOut]) -> None:
    due = [plan.id for plan in plans]
    async with db.system("time passes", write=True) as session:
        await session.exec(update(Plan).where(col(Plan.id).in_(due)).values(next_run_at=utcnow()))


async def until_succeeded(office: Office, plan: PlanOut, count: int) -> None:
    async with asyncio.timeout(60):
        while [run.status for run in await office.runs(plan)] != ["succeeded"] * count:  # noqa: ASYNC110 - another process does the work
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_schedule_fires_once_though_three_processes_run(office: Office) -> None:
    """Each of these plans is due twice."""
    made = [await office.plan(schedule={"every_minutes": 1}) for _ in range(8)]
    processes = await asyncio.to_thread(process.start, 3)
    try:
        for count in (1, 2):
            await make_due(made)
            for plan in made:
                await until_succeeded(office, plan, count)
        # In these seconds each of them looks twice more.
        await asyncio.sleep(2)
        assert [len(await office.runs(plan)) for plan in made] == [2] * len(made)
        assert office.receiver.count == 2 * len(made)
    finally:
        await asyncio.to_thread(process.stop, processes)


async def test_who_is_killed_in_a_step_leaves_it_to_the_next(office: Office) -> None:
    """The first step's answer is there and is not asked for again; the call under way is made once more."""
    office.receiver.answers["/items/7"] = [Answer(wait=3600), plan_factory.answer({"name": "Ann"})]
    plan = await office.plan(
        office.step("list_items", "list_items"),
        office.step("get_item", "get_item", {"id": "{{ steps.list_items.data[0].id }}"}),
        office.step("note", "post_note", {"name": "{{ steps.get_item.data.name }}"}),
    )
    run_id = await office.start(plan)
    processes = await asyncio.to_thread(process.start)
    try:
        await office.receiver.wait_for(2, within=30)
    finally:
        await asyncio.to_thread(process.kill, processes[0])
    assert plan_factory.statuses(await office.run(run_id)) == ["succeeded", "running", "waiting"]
    async with db.system("the dead process's lease runs out", write=True) as session:
        await session.exec(update(PlanRun).values(due_at=utcnow()))
    processes = await asyncio.to_thread(process.start)
    try:
        run = await office.ended(run_id)
    finally:
        await asyncio.to_thread(process.stop, processes)
    assert (run.status, run.error, plan_factory.statuses(run)) == ("succeeded", "", ["succeeded"] * 3)
    assert [one.path for one in office.receiver.requests] == ["/items", "/items/7", "/items/7", "/notes"]
    assert [step.attempts for step in run.steps] == [1, 1, 1]
