"""Operators' pages of a Hub in which a job has failed, and in which work of a suspended tenant is on hold."""

from hub_app.identity.schemas.operator import NewTenantIn
from hub_app.identity.service import operated, suspending
from hub_app.kernel.actor import system_actor
from hub_app.webhooks.schemas import EndpointIn, EventIn
from hub_app.webhooks.service import endpoints, events
from tests.examples import Samples
from tests.operation import failing
from tests.people import People

FORM = {"tenant_id": "01890000-0000-7000-8000-000000000000"}


async def make(people: People, _receiver: str) -> Samples:
    await failing.job_of(people.adam)
    await _on_hold(people)
    return Samples(
        {
            "/operator/queues": [
                "/operator/queues",
                f"/operator/queues?queue=jobs&tenant={people.adam.tenant_id}",
                "/operator/queues?queue=plan_runs&span=7d",
            ]
        }
    )


async def _on_hold(people: People) -> None:
    """Events of a tenant that is suspended before they were delivered."""
    given = NewTenantIn(name="Elm Events", owner_email="owner@elm.example")
    tenant, _ = await operated.create_tenant(people.alice.actor, given)
    actor = system_actor(tenant.id, "Samples")
    await endpoints.create_endpoint(actor, EndpointIn(url="https://hooks.example.com/elm"))
    await suspending.suspend(people.alice.actor, tenant.id)
    await events.publish(actor, [EventIn(type="order.paid", data={"number": n}) for n in range(3)])
