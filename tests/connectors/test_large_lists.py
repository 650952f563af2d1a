"""Lists of what can be large: a page ends before it takes more memory or time than others can spare."""

from collections.abc import AsyncGenerator

import pytest
import sqlalchemy as sa
from pydantic import JsonValue

from hub_app.connectors.service import connectors
from hub_app.kernel import paging
from hub_app.kernel.paging import PageRequest
from hub_app.kernel.settings import Settings
from hub_app.plans.service import outcomes as plan_outcomes
from hub_app.plans.service import plans
from hub_app.plans.service import runs as plan_runs
from hub_app.webhooks.schemas import EventIn
from hub_app.webhooks.service import events
from tests.kernel.ticks import memory
from tests.peers.receiver import Receiver
from tests.plans import plan_factory
from tests.plans.plan_factory import Office

pytestmark = pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32")

# Of all values these take the most memory for their length.
MANY: JsonValue = [{} for _ in range(60_000)]


@pytest.fixture
async def office(database: Settings) -> AsyncGenerator[Office]:
    del database
    async with Receiver() as receiver:
        yield await plan_factory.open_office(receiver)


async def test_a_page_of_large_plans_is_a_short_one(office: Office) -> None:
    """Two hundred of them took three gigabytes and held up everybody for twenty seconds."""
    step = office.step("note", "post_note", {"text": MANY})
    made = [(await office.plan(step, name=f"Plan {n}")).id for n in range(9)][::-1]
    viewer = office.people.vera.actor
    before = memory()
    found = await plans.list_plans(viewer, PageRequest(limit=200))
    assert [one.id for one in found.items] == made[: len(found.items)]
    assert 1 < len(found.items) < 9
    assert memory() - before < 100 * 2**20
    rest = await plans.list_plans(viewer, PageRequest(limit=200, cursor=found.next_cursor))
    assert [one.id for one in rest.items] == made[len(found.items) :][: len(rest.items)]
    back = await plans.list_plans(viewer, PageRequest(limit=200, cursor=rest.previous_cursor))
    assert back.items == found.items


async def test_a_page_of_runs_with_large_inputs_is_a_short_one(office: Office) -> None:
    plan = await office.plan(office.step("note", "post_note", {"text": "{{ input.text }}"}))
    made = [await office.start(plan, text=MANY) for _ in range(9)][::-1]
    viewer = office.people.vera.actor
    found = await plan_runs.list_runs(viewer, plan.id, PageRequest(limit=200))
    assert [one.id for one in found.items] == made[: len(found.items)]
    assert 1 < len(found.items) < 9
    assert all(one.input == {"text": MANY} for one in found.items)
    assert found.next_cursor is not None
    last = (await plan_outcomes.last_runs(viewer, [plan.id]))[plan.id]
    assert (last.id, last.status) == (made[0], "waiting")


async def test_a_small_run_of_a_large_plan_takes_no_page_for_itself(office: Office) -> None:
    """All of them have the same steps, which are read once."""
    plan = await office.plan(office.step("note", "post_note", {"text": MANY}))
    made = [await office.start(plan) for _ in range(9)]
    found = await plan_runs.list_runs(office.people.vera.actor, plan.id, PageRequest(limit=200))
    assert [one.id for one in found.items] == made[::-1]


async def test_a_list_of_events_leaves_their_data_where_it_is(office: Office) -> None:
    await events.publish(
        office.people.erin.actor, [EventIn(type="order.placed", data={"text": "x" * 500_000})]
    )
    found = await events.list_events(office.people.vera.actor, PageRequest(), event_type=None)
    assert "payload" in sa.inspect(found.items[0]).unloaded


async def test_the_plans_that_lose_a_step_are_counted_where_they_lie(office: Office) -> None:
    other = await plan_factory.connector(office.people.adam, "http://127.0.0.1:1", name="other")
    step = office.step("note", "post_note", {"text": f'"integration_id": "{other}"'})
    await office.plan(step)
    await office.plan(step, office.step("again", "post_note"))
    losses = await connectors.count_losses(office.people.adam.actor, office.connector)
    assert losses.users["plans"] == 2
    assert (await connectors.count_losses(office.people.adam.actor, other)).users["plans"] == 0


def test_one_row_makes_a_page_however_large_it_is() -> None:
    assert paging.fitting([2**30, 1]) == 1
    assert paging.fitting([]) == 0
    assert paging.fitting([1] * 200) == 200
