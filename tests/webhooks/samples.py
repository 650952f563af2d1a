"""Endpoints in each state, with deliveries of each kind, of which one has failed and will be tried again."""

import asyncio
from uuid import UUID

from pydantic import JsonValue

from hub_app.kernel.paging import PageRequest
from hub_app.webhooks.delivery.retry import RetryPolicy
from hub_app.webhooks.schemas import DeliveryFilter, EndpointIn, EndpointPatch, EventIn
from hub_app.webhooks.service import deliveries, endpoints, events
from tests.examples import Samples
from tests.people import People, Person

FORM = {
    "name": "Taken over",
    "url": "https://evil.example/hook",
    "type": "taken.over",
    "data": "{}",
}
_TYPES = ("order.created", "order.paid", "proofs.approved", "order.shipped")
_EVENTS = 40


async def make(people: People, receiver: str) -> Samples:
    actor = people.adam.actor
    await _endpoint(people, "Old intranet", f"{receiver}/broken", "order.shipped")
    off = await _endpoint(people, "Newsletter", f"{receiver}/news")
    await endpoints.update_endpoint(actor, off, EndpointPatch(enabled=False))
    await _endpoint(people, "Warehouse", f"{receiver}/warehouse", "order.created")
    shop = await _endpoint(people, "Shop", f"{receiver}/moody", policy=RetryPolicy.EXPONENTIAL)
    for number in range(_EVENTS):
        data: JsonValue = {"order": f"A-{1001 + number}", "customer": "Nora Lindgren", "total": 49.0 + number}
        await events.publish(actor, [EventIn(type=_TYPES[number % len(_TYPES)], data=data)])
    endpoint = f"/webhooks/endpoints/{shop}"
    drawer = f"{endpoint}?tab=deliveries&delivery={await _tried(people.adam, shop)}"
    return Samples(
        {
            "/webhooks/endpoints/[endpoint_id]": [
                endpoint,
                f"{endpoint}?tab=deliveries",
                drawer,
                f"{drawer}&part=headers",
                f"{drawer}&part=verify",
                f"{endpoint}?tab=settings",
                f"{endpoint}?tab=test",
                "/webhooks/endpoints/unknown",
            ]
        },
        [
            ("/webhooks/endpoints", "Add endpoint"),
            (f"{endpoint}?tab=settings", "Edit"),
            (f"{endpoint}?tab=settings", "Rotate"),
            (f"{endpoint}?tab=settings", "Delete endpoint"),
            (f"{endpoint}?tab=deliveries", "Resend failed"),
        ],
    )


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


async def _tried(person: Person, endpoint: UUID) -> UUID:
    """A delivery that waits for its next attempt."""
    while True:
        chosen = DeliveryFilter(status="pending")
        found = await deliveries.list_deliveries(person.actor, endpoint, chosen, PageRequest())
        tried = [one for one in found.items if one.attempts]
        if tried:
            return tried[0].id
        await asyncio.sleep(0.1)
