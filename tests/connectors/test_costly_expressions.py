"""Expressions in actions and plans that cost as much as they can: the run fails in words, and Hub goes on meanwhile."""

import json
from collections.abc import AsyncGenerator

import pytest
from pydantic import JsonValue

from hub_app.connectors.schemas.connectors import ConnectorIn
from hub_app.connectors.schemas.runs import RunIn, RunOut
from hub_app.connectors.service import connectors, runs
from hub_app.kernel.settings import Settings
from hub_app.plans import worker as runner
from tests.kernel.ticks import Ticks, memory
from tests.peers.receiver import Receiver
from tests.plans import plan_factory
from tests.plans.plan_factory import Office, answer

pytestmark = pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32")

# Of a doubled tree every second value is compared with itself, which it is only after millions of steps.
COMPARING = f"{' | '.join(['[@, @][]'] * 20)} | [?@ == @] | length(@)"
ROW: list[JsonValue] = [0] * 100
ROWS: list[JsonValue] = [ROW[:] for _ in range(1_000)]
EMPTY: list[JsonValue] = [""] * 13_000


@pytest.fixture
async def office(database: Settings) -> AsyncGenerator[Office]:
    del database
    async with Receiver() as receiver:
        yield await plan_factory.open_office(receiver)


async def call(office: Office, **action: JsonValue) -> RunOut:
    """Run an action of a new connector to the API."""
    given: dict[str, JsonValue] = {
        "name": "costly",
        "display_name": "Costly",
        "oauth_config": {"base_url": office.receiver.url},
        "actions": [{"id": "it", "endpoint": "/items", **action}],
    }
    made = await connectors.create_connector(office.people.adam.actor, ConnectorIn.model_validate(given))
    return await runs.run_action(office.people.erin.actor, made.id, "it", RunIn())


async def test_join_of_an_answer_is_refused_before_it_fills_the_memory(office: Office) -> None:
    office.receiver.answers["/items"] = [answer({"by": "x" * 200_000, "of": EMPTY})]
    before = memory()
    async with Ticks() as ticks:
        out = await call(office, response="join(by, of)")
    assert memory() - before < 200 * 2**20
    assert ticks.longest_share < 0.5
    assert out.error is not None
    assert out.error.kind == "selection"
    assert out.error.detail.startswith("The action's response takes more than 3,000,000 steps.")


async def test_comparing_an_answer_does_not_hold_up_others(office: Office) -> None:
    office.receiver.answers["/items"] = [answer(ROWS)]
    async with Ticks() as ticks:
        out = await call(office, response=COMPARING)
    assert ticks.longest_share < 0.5
    assert out.error is not None
    assert out.error.detail.startswith("The action's response makes more than 64 MiB on the way.")


async def test_comparing_the_pages_of_a_list_does_not_hold_up_others(office: Office) -> None:
    office.receiver.answers["/items"] = [answer(ROWS)]
    async with Ticks() as ticks:
        out = await call(office, pagination={"type": "link", "items": COMPARING})
    assert ticks.longest_share < 0.5
    assert out.error is not None
    assert out.error.kind == "pagination"
    assert out.error.detail.startswith("The pagination's items makes more than 64 MiB on the way.")


@pytest.mark.parametrize(
    ("expression", "given"),
    [
        ("join(by, of)", {"by": "x" * 200_000, "of": EMPTY}),
        (f"rows | {COMPARING}", {"rows": ROWS[:500]}),
    ],
    ids=["joins", "compares"],
)
async def test_a_plan_that_costs_much_does_not_hold_up_others_and_names_the_reference(
    office: Office, expression: str, given: dict[str, JsonValue]
) -> None:
    reference = f"{{{{ input | {expression} }}}}"
    plan = await office.plan(office.step("note", "post_note", {"text": reference}))
    before = memory()
    async with runner.running(), Ticks() as ticks:
        run = await office.ended(await office.start(plan, **given))
    assert ticks.longest_share < 0.5
    assert memory() - before < 200 * 2**20
    assert run.status == "failed"
    assert reference[:200] in run.error


async def test_a_step_with_many_expressions_is_answered_at_once(office: Office) -> None:
    """All of them cross to the child together."""
    params: dict[str, JsonValue] = {
        "text": " ".join(f"{{{{ input.rows[?@ > `{n}`] | length(@) }}}}" for n in range(150))
    }
    plan = await office.plan(office.step("note", "post_note", params))
    async with runner.running():
        run = await office.ended(await office.start(plan, rows=list(range(150))))
    assert run.status == "succeeded"
    assert json.loads(office.receiver.requests[-1].body)["text"] == " ".join(str(149 - n) for n in range(150))
