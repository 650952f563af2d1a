"""The OpenAPI document and REST agree: schemathesis makes up requests for every operation, good ones and bad ones."""

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, assume, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from schemathesis import APIOperation, Case, CheckFunction, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from sqlmodel import select

from hub_app.connectors.schemas.connectors import ConnectorIn
from hub_app.connectors.schemas.runs import RunIn
from hub_app.connectors.service import connectors, runs
from hub_app.identity.tables import ApiToken
from hub_app.kernel import db
from hub_app.kernel.paging import PageRequest
from hub_app.oauth.schemas import AppIn
from hub_app.oauth.service import apps, connections
from hub_app.plans.schemas import PlanIn, PlanRunIn
from hub_app.plans.service import plans
from hub_app.plans.service import runs as plan_runs
from hub_app.rest import create_rest
from hub_app.webhooks.schemas import DeliveryFilter, EndpointIn, EventIn
from hub_app.webhooks.service import deliveries, endpoints, events
from tests import people as seeded
from tests.governance.consenting import consent_of
from tests.people import People

EXAMPLES = 20
# Where nothing but ids varies: each is one that Hub knows, or is not.
EXAMPLES_OF_IDS = 8
CHECKS: list[CheckFunction] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
DOCUMENT = create_rest().openapi()
API = schemathesis.openapi.from_dict(DOCUMENT)
OPERATIONS = {
    f"{found.ok().method.upper()} {found.ok().path}": found.ok()
    for found in API.get_all_operations()
    if isinstance(found, Ok)
}
# Nothing listens there either.
APP = {
    "slug": "peer",
    "name": "Peer",
    "authorize_url": "http://127.0.0.1:9/authorize",
    "token_url": "http://127.0.0.1:9/token",
    "client_id": "hub",
    "client_secret": "secret",
}
AnyOperation = APIOperation[Any, Any, Any, Any]
AnyCase = Case[AnyOperation]
CALLS = [
    pytest.param(name, mode, id=f"{name} {mode.value}")
    for name, one in OPERATIONS.items()
    for mode in GenerationMode
    # Where nothing is sent, nothing can be wrong.
    if mode is GenerationMode.POSITIVE or one.body or one.path_parameters or one.query
]
Send = Callable[[AnyCase], httpx.Response]


@pytest.fixture
async def known(people: People) -> Mapping[str, str]:
    """Values that Hub takes, by the names of parameters and fields: ids of what exists, an address, a name."""
    actor = people.adam.actor
    # Nothing listens there: a test send is refused at once.
    made = await endpoints.create_endpoint(actor, EndpointIn(url="http://127.0.0.1:9/hook"))
    (event,) = await events.publish(actor, [EventIn(type="task.created", data={"n": 1})])
    sent = await deliveries.list_deliveries(actor, made.id, DeliveryFilter(), PageRequest())
    await seeded.token(people.erin)
    await apps.create_app(people.alice.actor, AppIn.model_validate(APP))
    adopted = await connections.adopt(people.alice.actor, "peer", connections.Given(access_token="made-up"))
    async with db.system("a test looks") as session:
        theirs = select(ApiToken.id).where(ApiToken.user_id == people.erin.user_id)
        token = (await session.exec(theirs)).one()
    return {
        "integration_id": str(made.id),
        "webhook_id": str(made.id),
        "event_id": str(event),
        "delivery_id": str(sent.items[0].id),
        "token_id": str(token),
        "user_id": str(people.vera.user_id),
        "url": "http://127.0.0.1:9/other",
        "webhook_url": "http://127.0.0.1:9/other",
        "name": "Warehouse",
        "app_id": "peer",
        "oauth_app_id": "peer",
        "connection_id": str(adopted.id),
        "consent_id": str((await consent_of(people.alice, adopted.id)).id),
        "resource_id": str(adopted.id),
    }


def assert_conforms(case: AnyCase, answer: httpx.Response) -> None:
    case.validate_response(answer, checks=CHECKS)
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"


async def of_connectors(people: People) -> Mapping[str, str]:
    """The same for connectors, where some names stand for something else."""
    actor = people.adam.actor
    access = {"base_url": "http://127.0.0.1:9/v1"}
    action = {"id": "list_items", "endpoint": "/items"}
    declared = {"name": "my_api", "oauth_config": access, "actions": [action]}
    made = await connectors.create_connector(actor, ConnectorIn.model_validate(declared))
    ran = await runs.run_action(actor, made.id, "list_items", RunIn())
    step = {"id": "one", "integration_id": made.id, "action": "list_items"}
    plan = await plans.create_plan(actor, PlanIn.model_validate({"name": "Nightly", "steps": [step]}))
    run = await plan_runs.start_run(actor, plan.id, PlanRunIn())
    return {
        "integration_id": str(made.id),
        "action_id": "list_items",
        "credential_type": "api_key",
        "execution_id": str(ran.execution_id),
        "plan_id": str(plan.id),
        "run_id": str(run.id),
    }


def try_out(operation: str, mode: GenerationMode, known: Mapping[str, str], send: Send) -> None:
    """Some requests for this operation, the same ones every time, about half of them with known values."""

    tried = OPERATIONS[operation]

    @hypothesis_settings(
        derandomize=True,
        max_examples=EXAMPLES if tried.body or tried.query else EXAMPLES_OF_IDS,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    @given(case=tried.as_strategy(generation_mode=mode), familiar=st.booleans())
    def requests(case: AnyCase, *, familiar: bool) -> None:
        for place in (case.path_parameters, case.body):
            if familiar and isinstance(place, dict):
                place.update({name: known[name] for name in place if name in known})
        # The word of another operation in an id's place (`consents/settings`) is that operation.
        assume(
            case.formatted_path == tried.path
            or f"{tried.method.upper()} {case.formatted_path}" not in OPERATIONS
        )
        assert_conforms(case, send(case))

    requests()


def _as_file(part: object) -> tuple[str, bytes]:
    """A part of a form as httpx takes it; schemathesis makes it for requests, of whatever type."""
    content = part[-1] if isinstance(part, tuple) else part
    return "file", content if isinstance(content, bytes) else str(content).encode("utf-8", "replace")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("operation", "mode"), CALLS)
@pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32", rate_limit_tier_pro_req_per_min=100_000)
async def test_answers_are_as_documented(
    client: httpx.AsyncClient,
    people: People,
    known: Mapping[str, str],
    operation: str,
    mode: GenerationMode,
) -> None:
    loop = asyncio.get_running_loop()
    headers = {**await seeded.headers(people.alice), "Origin": "http://hub.test"}

    async def request(case: AnyCase) -> httpx.Response:
        client.cookies.clear()
        request = case.as_transport_kwargs(base_url="http://hub.test", headers=headers)
        request.pop("cookies")
        if isinstance(request.get("data"), bytes | str):
            request["content"] = request.pop("data")  # requests has one word for both, httpx has two.
        if isinstance(request.get("files"), list):
            request["files"] = [(name, _as_file(part)) for name, part in request["files"]]
        made = client.build_request(**request)
        await made.aread()  # schemathesis looks at what was sent.
        return await client.send(made)

    def send(case: AnyCase) -> httpx.Response:
        return asyncio.run_coroutine_threadsafe(request(case), loop).result()

    if "/custom-integrations" in operation:
        known = {**known, **await of_connectors(people)}
    await asyncio.to_thread(try_out, operation, mode, known, send)


def test_every_reference_leads_somewhere_and_every_operation_says_what_it_does() -> None:
    names = DOCUMENT["components"]["schemas"]
    references = set(re.findall(r'"\$ref": "([^"]+)"', json.dumps(DOCUMENT)))
    assert {one for one in references if one.removeprefix("#/components/schemas/") not in names} == set()
    operations = [one for path in DOCUMENT["paths"].values() for one in path.values()]
    assert len({one["operationId"] for one in operations}) == len(operations) == len(OPERATIONS)
    for one in operations:
        assert one["summary"]
        assert one["tags"]
        problems = one["responses"]["default"]["content"]
        assert problems == {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
