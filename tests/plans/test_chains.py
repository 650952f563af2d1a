"""A plan that starts itself ends: its calls arrive at Hub again, over a real network, and are known."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from uuid import UUID

import httpx
import pytest
from granian.constants import Interfaces
from granian.server.embed import Server
from pydantic import JsonValue, ValidationError
from sqlmodel import col, select
from starlette.responses import PlainTextResponse

from hub_app.connectors.schemas.connectors import ConnectorIn, CredentialIn
from hub_app.connectors.schemas.runs import ExecutionFilter, RunIn
from hub_app.connectors.service import connectors, credentials, executions, runs
from hub_app.kernel import chain, db
from hub_app.kernel.errors import Conflict
from hub_app.kernel.paging import PageRequest
from hub_app.kernel.settings import Settings
from hub_app.plans import worker as runner
from hub_app.plans.schemas import PlanOut, PlanPatch
from hub_app.plans.service import plans
from hub_app.plans.tables import PlanRun
from hub_app.rest import create_rest
from hub_app.web import Web
from hub_app.webhooks.schemas import EndpointIn, EndpointPatch, EventIn
from hub_app.webhooks.service import endpoints, events
from hub_app.webhooks.tables import Event
from tests import people as seeded
from tests.peers.receiver import Receiver
from tests.plans import plan_factory
from tests.plans.plan_factory import Office
from tests.running import free_port

pytestmark = pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32")

ACTIONS: list[JsonValue] = [
    {
        "id": "publish",
        "method": "POST",
        "endpoint": "/v1/integration/events",
        "parameters": ["type", {"name": "data", "type": "object"}],
    },
    {"id": "run_plan", "method": "POST", "endpoint": "/api/custom-integrations/plans/{plan}/run"},
]


@pytest.fixture
async def office(database: Settings) -> AsyncGenerator[Office]:
    del database
    async with Receiver() as receiver:
        yield await plan_factory.open_office(receiver)


@asynccontextmanager
async def serving() -> AsyncGenerator[str]:
    """Hub's REST on a port of its own, in this process."""
    port = free_port()
    web = Web(rest=create_rest(), screens=PlainTextResponse("a screen"))
    server = Server(web, address="127.0.0.1", port=port, interface=Interfaces.ASGI, log_enabled=False)
    task = asyncio.create_task(server.serve())
    url = f"http://127.0.0.1:{port}"
    async with httpx.AsyncClient(trust_env=False) as client, asyncio.timeout(30):
        while True:
            try:
                await client.get(f"{url}/v1/integration/events")
                break
            except httpx.HTTPError:
                await asyncio.sleep(0.05)
    try:
        yield url
    finally:
        server.stop()
        await task


@pytest.fixture
async def hub(office: Office) -> AsyncGenerator[UUID]:
    """A connector of Acme's to this Hub itself, with Adam's token, while plans run."""
    async with serving() as url:
        given = {"name": "hub", "auth_type": "api_key", "oauth_config": {"base_url": url}, "actions": ACTIONS}
        adam = office.people.adam
        made = await connectors.create_connector(adam.actor, ConnectorIn.model_validate(given))
        token = await seeded.token(adam, "admin:*")
        await credentials.set_credential(adam.actor, made.id, CredentialIn(type="api_key", value=token))
        async with runner.running():
            yield made.id


def step(connector: UUID, action: str, **params: JsonValue) -> JsonValue:
    return {"id": action, "integration_id": str(connector), "action": action, "params": params}


async def quiet(office: Office, plan: PlanOut) -> list[PlanRun]:
    """The runs of the plan, oldest first, as soon as none waits and no further one comes."""
    async with asyncio.timeout(180):
        while True:
            runs = await office.runs(plan)
            if runs and all(run.finished_at for run in runs):
                await asyncio.sleep(0.3)
                if len(await office.runs(plan)) == len(runs):
                    break
            await asyncio.sleep(0.1)
    async with db.read(office.people.adam.tenant_id) as session:
        return list((await session.exec(select(PlanRun).order_by(col(PlanRun.id)))).all())


async def publish(office: Office, event_type: str) -> None:
    await events.publish(office.people.erin.actor, [EventIn(type=event_type, data={})])


async def test_a_plan_that_publishes_its_own_event_ends_at_ten_runs(office: Office, hub: UUID) -> None:
    plan = await office.plan(step(hub, "publish", type="loop.turn", data={}), event_type="loop.turn")
    await publish(office, "loop.turn")
    runs = await quiet(office, plan)
    assert [run.depth for run in runs] == list(range(1, 11))
    assert {run.status for run in runs} == {"succeeded"}
    async with db.read(office.people.adam.tenant_id) as session:
        depths = (await session.exec(select(Event.depth).order_by(col(Event.id)))).all()
    assert list(depths) == [None, *range(1, 11)]
    now = await plans.get_plan(office.people.vera.actor, plan.id)
    assert (now.not_started, now.too_deep) == (1, 1)
    # What people publish starts it as before.
    await publish(office, "loop.turn")
    assert len(await quiet(office, plan)) == 20


async def test_two_plans_that_start_each_other_end_too(office: Office, hub: UUID) -> None:
    first = await office.plan(step(hub, "publish", type="loop.b", data={}), event_type="loop.a")
    second = await office.plan(step(hub, "publish", type="loop.a", data={}), event_type="loop.b")
    await publish(office, "loop.a")
    await quiet(office, second)
    assert len(await quiet(office, first)) == 10


async def test_a_plan_that_runs_itself_over_rest_ends(office: Office, hub: UUID) -> None:
    plan = await office.plan(step(hub, "run_plan", plan="{{ input.plan }}"))
    # A path's parameter: it is the same in every run, so the steps name it.
    steps = [step(hub, "run_plan", plan=str(plan.id))]
    await plans.update_plan(office.people.adam.actor, plan.id, PlanPatch.model_validate({"steps": steps}))
    await office.start(plan)
    runs = await quiet(office, plan)
    assert [run.depth for run in runs] == list(range(1, 11))
    assert runs[-1].status == "failed"
    assert "chain of 10 runs" in (await office.run(runs[-1].id)).error


async def test_an_action_that_runs_itself_over_rest_ends(office: Office, hub: UUID) -> None:
    """No plan has to be in it: each call waits for the next one."""
    adam = office.people.adam.actor
    itself: JsonValue = {
        "id": "itself",
        "method": "POST",
        "endpoint": "/api/custom-integrations/{connector}/actions/itself/run",
        "parameters": [{"name": "connector", "in": "path", "default": str(hub)}],
        "body": {},
    }
    base = (await connectors.get_connector(adam, hub)).oauth_config.base_url
    config: JsonValue = {"base_url": base}
    given = {"name": "hub", "auth_type": "api_key", "oauth_config": config, "actions": [itself]}
    await connectors.replace_connector(adam, hub, ConnectorIn.model_validate(given))
    await runs.run_action(adam, hub, "itself", RunIn())
    made = await executions.list_executions(adam, ExecutionFilter(), PageRequest(limit=200))
    assert len(made.items) == chain.MOST


async def test_every_call_of_a_step_carries_the_depth_and_nobody_can_set_it(office: Office) -> None:
    office.receiver.answers["/items"] = [plan_factory.answer({"items": []})]
    plan = await office.plan()
    async with runner.running():
        await office.ended(await office.start(plan))
    (call,) = office.receiver.requests
    assert chain.read([call.headers[chain.HEADER]]) == 1
    base: JsonValue = {"base_url": office.receiver.url}
    for document in (
        {
            "oauth_config": {"base_url": office.receiver.url, "auth_header": "Hub-Chain"},
            "auth_type": "api_key",
        },
        {"oauth_config": base, "default_headers": {"hub-chain": "x"}},
        {
            "oauth_config": base,
            "actions": [{"id": "a", "endpoint": "/a", "parameters": [{"name": "HUB-CHAIN", "in": "header"}]}],
        },
    ):
        with pytest.raises(ValidationError, match="set by Hub itself"):
            ConnectorIn.model_validate({"name": "other", **document})


async def test_an_endpoint_turned_on_by_a_run_is_as_deep_when_it_is_turned_off(office: Office) -> None:
    """The loop of a plan that turns on what was just turned off goes through the dispatcher, which has no depth of its own."""
    adam = office.people.adam
    endpoint = await endpoints.create_endpoint(adam.actor, EndpointIn(url=f"{office.receiver.url}/hook"))
    plan = await office.plan(event_type="webhook.endpoint.disabled")
    for depth in (0, 3, 9, 10):
        with chain.at(depth):
            await endpoints.update_endpoint(adam.actor, endpoint.id, EndpointPatch(enabled=False))
            await endpoints.update_endpoint(adam.actor, endpoint.id, EndpointPatch(enabled=True))
        await endpoints.disable_endpoint(adam.tenant_id, endpoint.id, "It is gone.")
    assert [run.depth for run in await office.runs(plan)] == [10, 4, 1]
    assert (await plans.get_plan(adam.actor, plan.id)).too_deep == 1


async def test_an_endpoint_turned_off_for_a_runs_event_is_as_deep_as_that(office: Office) -> None:
    adam = office.people.adam
    endpoint = await endpoints.create_endpoint(adam.actor, EndpointIn(url=f"{office.receiver.url}/hook"))
    plan = await office.plan(event_type="webhook.endpoint.disabled")
    with chain.at(5):
        (event_id,) = await events.publish(adam.actor, [EventIn(type="any.thing", data={})])
    await endpoints.disable_endpoint(adam.tenant_id, endpoint.id, "It is gone.", event_id=event_id)
    assert [run.depth for run in await office.runs(plan)] == [6]


@pytest.mark.both_databases
async def test_published_in_one_group_each_event_keeps_its_own_depth(office: Office) -> None:
    """Events of many requests are written together, by the task of one of them."""
    plan = await office.plan(event_type="loop.turn")

    async def at(depth: int) -> None:
        with chain.at(depth):
            await publish(office, "loop.turn")

    await asyncio.gather(*(at(depth) for depth in (0, 4, 2, 7)))
    assert sorted(run.depth for run in await office.runs(plan)) == [1, 3, 5, 8]


async def test_by_hand_a_chain_that_is_long_enough_starts_no_run(office: Office) -> None:
    plan = await office.plan()
    with chain.at(10), pytest.raises(Conflict, match="chain of 10 runs"):
        await office.start(plan)
    assert await office.runs(plan) == []
