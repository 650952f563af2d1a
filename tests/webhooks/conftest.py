"""The dispatcher at work in this process, on a database of each kind, and a receiver to deliver to."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from uuid import UUID

import pytest
from pydantic import JsonValue

from hub_app.kernel.paging import PageRequest
from hub_app.kernel.settings import Settings
from hub_app.webhooks import worker
from hub_app.webhooks.schemas import DeliveryDetail, DeliveryFilter, EndpointIn, EventIn
from hub_app.webhooks.service import deliveries, endpoints, events
from tests import people as seeded
from tests.peers.receiver import Receiver
from tests.people import People


class Acme:
    """A tenant that publishes: Adam's endpoints and events."""

    def __init__(self, people: People, receiver: Receiver) -> None:
        self.actor = people.adam.actor
        self._receiver = receiver

    async def endpoint(self, path: str = "/hook", **more: object) -> UUID:
        """A new endpoint at this path of the receiver."""
        given = EndpointIn.model_validate({"url": f"{self._receiver.url}{path}", **more})
        return (await endpoints.create_endpoint(self.actor, given)).id

    async def publish(
        self, count: int = 1, event_type: str = "task.created", **data: JsonValue
    ) -> list[UUID]:
        given = [EventIn(type=event_type, data={"n": n, **data}) for n in range(count)]
        return await events.publish(self.actor, given)

    async def deliveries(self, endpoint_id: UUID) -> list[DeliveryDetail]:
        """An endpoint's deliveries with their attempts, oldest first."""
        page = PageRequest(limit=100)
        found = await deliveries.list_deliveries(self.actor, endpoint_id, DeliveryFilter(), page)
        return [await deliveries.get_delivery(self.actor, one.id) for one in reversed(found.items)]

    async def until(
        self, endpoint_id: UUID, holds: Callable[[list[DeliveryDetail]], bool]
    ) -> list[DeliveryDetail]:
        """The endpoint's deliveries, as soon as this holds of them."""
        async with asyncio.timeout(60):
            while not holds(found := await self.deliveries(endpoint_id)):  # noqa: ASYNC110 - the database changes
                await asyncio.sleep(0.05)
        return found

    async def settled(self, endpoint_id: UUID, count: int = 1) -> list[DeliveryDetail]:
        """The endpoint's deliveries, as soon as there are `count` and nothing more will happen to them."""
        open_ones = {"pending", "delivering"}
        return await self.until(
            endpoint_id, lambda found: len(found) >= count and not any(d.status in open_ones for d in found)
        )


@pytest.fixture
async def receiver() -> AsyncGenerator[Receiver]:
    async with Receiver() as running:
        yield running


@pytest.fixture
async def adam(people: People) -> dict[str, str]:
    """The headers of Acme's customer admin."""
    return await seeded.headers(people.adam)


@pytest.fixture
async def acme(people: People, receiver: Receiver) -> Acme:
    """Acme, with nobody who sends yet."""
    return Acme(people, receiver)


@pytest.fixture
async def dispatcher(database: Settings) -> AsyncGenerator[None]:
    """The dispatcher runs, as in a serving process."""
    del database
    async with worker.running():
        yield
