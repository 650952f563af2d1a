"""Examples for pictures and for axe: endpoints in each state, with deliveries of each kind; an OAuth connection; a
connector and a plan.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from pydantic import JsonValue

from hub_app.connectors.schemas.runs import ExecutionFilter
from hub_app.connectors.service import executions
from hub_app.kernel.paging import PageRequest
from hub_app.oauth.schemas import AppIn
from hub_app.oauth.service import apps, connections
from hub_app.plans.schemas import PlanRunIn
from hub_app.plans.service import runs as plan_runs
from hub_app.webhooks.delivery.retry import RetryPolicy
from hub_app.webhooks.schemas import DeliveryFilter, EndpointIn, EndpointPatch, EventIn
from hub_app.webhooks.service import deliveries, endpoints, events
from tests import factories
from tests.people import People

SETTINGS = {"OUTBOUND_ALLOWED_NETWORKS": "127.0.0.1/32", "WEBHOOK_RETRY_BACKOFF_SECONDS": "600"}
"""What Hub needs for these to be delivered; the first retry comes long after the pictures are taken."""
_TYPES = ("order.created", "order.paid", "proofs.approved", "order.shipped")
_EVENTS = 40


@dataclass(frozen=True)
class Examples:
    """An endpoint with deliveries, one of them that failed and will be tried again, and an OAuth connection;
    a connector with an execution, and a plan that calls it, with a run.
    """

    endpoint_id: UUID
    delivery_id: UUID
    connection_id: UUID
    connector_id: UUID
    plan_id: UUID
    run_id: UUID
    execution_id: UUID

    @property
    def addresses(self) -> Mapping[str, list[str]]:
        """The addresses by which each page with a parameter is looked at, by the page's route."""
        endpoint = f"/webhooks/endpoints/{self.endpoint_id}"
        drawer = f"{endpoint}?tab=deliveries&delivery={self.delivery_id}"
        connector, plan = f"/connectors/{self.connector_id}", f"/connectors/plans/{self.plan_id}"
        tabs = ("run", "connection", "credentials", "import", "executions")
        return {
            "/connectors/[connector_id]": [
                connector,
                f"{connector}?action=list_orders",
                f"{connector}?new=1",
                *(f"{connector}?tab={tab}" for tab in tabs),
                "/connectors/unknown",
            ],
            "/connectors/new": [
                "/connectors/new",
                *(f"/connectors/new?from={start}" for start in ("hand", "openapi", "github")),
            ],
            "/connectors/plans/[plan_id]": [
                plan,
                f"{plan}?edit=orders",
                f"{plan}?tab=runs",
                f"{plan}?tab=runs&run={self.run_id}",
                f"{plan}?tab=settings",
            ],
            "/connectors/executions": [
                "/connectors/executions",
                f"/connectors/executions?execution={self.execution_id}",
                f"/connectors/executions?execution={self.execution_id}&part=headers",
            ],
            "/apps/connections": [
                "/apps/connections",
                "/apps/connections?of=everyone",
                f"/apps/connections?connection={self.connection_id}",
                "/apps/connections?outcome=denied",
            ],
            "/invite/[invitation]": ["/invite/unknown"],
            "/operator/oauth-apps/[app]": ["/operator/oauth-apps/github", "/operator/oauth-apps/unknown"],
            "/webhooks/endpoints/[endpoint_id]": [
                endpoint,
                f"{endpoint}?tab=deliveries",
                drawer,
                f"{drawer}&part=headers",
                f"{endpoint}?tab=settings",
                f"{endpoint}?tab=test",
                "/webhooks/endpoints/unknown",
            ],
        }


async def publish(people: People, receiver: str) -> Examples:
    """Make the endpoints and their events; a running Hub delivers them."""
    actor = people.adam.actor
    await _endpoint(people, "Old intranet", f"{receiver}/broken", "order.shipped")
    off = await _endpoint(people, "Newsletter", f"{receiver}/news")
    await endpoints.update_endpoint(actor, off, EndpointPatch(enabled=False))
    await _endpoint(people, "Warehouse", f"{receiver}/warehouse", "order.created")
    shop = await _endpoint(people, "Shop", f"{receiver}/moody", policy=RetryPolicy.EXPONENTIAL)
    for number in range(_EVENTS):
        data: JsonValue = {"order": f"A-{1001 + number}", "customer": "Nora Lindgren", "total": 49.0 + number}
        await events.publish(actor, [EventIn(type=_TYPES[number % len(_TYPES)], data=data)])
    while True:
        chosen = DeliveryFilter(status="pending")
        found = await deliveries.list_deliveries(actor, shop, chosen, PageRequest())
        tried = [one for one in found.items if one.attempts]
        if tried:
            connector = await factories.connector(people.adam, f"{receiver}/api", key="key_of_the_examples")
            connection = await _connection(people, receiver)
            plan = await factories.plan(people.adam, connector)
            run = await plan_runs.start_run(actor, plan, PlanRunIn())
            made = await executions.list_executions(actor, ExecutionFilter(), PageRequest(limit=1))
            return Examples(shop, tried[0].id, connection, connector, plan, run.id, made.items[0].id)
        await asyncio.sleep(0.1)


async def _connection(people: People, url: str) -> UUID:
    """A connection of Adam's with an app of the operator's."""
    given = AppIn(
        slug="ledger",
        name="Ledger",
        authorize_url=f"{url}/authorize",
        token_url=f"{url}/token",
        client_id="hub",
        client_auth="none",
        scopes={"invoices:read": "Read invoices", "invoices:write": "Write invoices"},
        default_scopes=["invoices:read"],
    )
    app = await apps.create_app(people.alice.actor, given)
    tokens = connections.Given(access_token="of-the-examples", refresh_token="of-the-examples-too")
    return (await connections.adopt(people.adam.actor, app.slug, tokens)).id


async def _endpoint(
    people: People, name: str, url: str, *types: str, policy: RetryPolicy = RetryPolicy.NONE
) -> UUID:
    given = EndpointIn(
        name=name,
        url=url,
        events=list(types),
        retry_policy=policy,
        rate_limit=50,
        description="Orders of the shop",
    )
    return (await endpoints.create_endpoint(people.adam.actor, given)).id
