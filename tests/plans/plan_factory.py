"""A tenant that plans: its people, a connector to a local API, and plans of its actions."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from pydantic import JsonValue

from hub_app.connectors.schemas.connectors import ConnectorIn
from hub_app.connectors.service import connectors
from hub_app.kernel.paging import PageRequest
from hub_app.plans.schemas import PlanIn, PlanOut, PlanRunIn, PlanRunOut
from hub_app.plans.service import plans
from hub_app.plans.service import runs as plan_runs
from tests import people as seeded
from tests.peers.receiver import Answer, Receiver
from tests.people import People, Person

ACTIONS: list[JsonValue] = [
    {"id": "list_items", "endpoint": "/items", "response": "items"},
    {"id": "get_item", "endpoint": "/items/{id}"},
    {
        "id": "post_note",
        "method": "POST",
        "endpoint": "/notes",
        "parameters": [{"name": "item", "type": "integer"}, "name", "text"],
    },
]


def answer(value: JsonValue, status: int = 200) -> Answer:
    return Answer(status, {"Content-Type": "application/json"}, json.dumps(value).encode())


@dataclass
class Office:
    """Acme with a connector to `receiver`. Adam makes plans, Erin runs them."""

    people: People
    receiver: Receiver
    connector: UUID

    def step(self, name: str, action: str, params: JsonValue = None, **more: JsonValue) -> JsonValue:
        return {
            "id": name,
            "integration_id": str(self.connector),
            "action": action,
            "params": params or {},
            **more,
        }

    async def plan(self, *steps: JsonValue, **more: JsonValue) -> PlanOut:
        """A plan of these steps, or of one that lists items."""
        given = {"name": "Nightly", "steps": list(steps) or [self.step("list_items", "list_items")], **more}
        return await plans.create_plan(self.people.adam.actor, PlanIn.model_validate(given))

    async def start(self, plan: PlanOut, **given: JsonValue) -> UUID:
        started = await plan_runs.start_run(self.people.erin.actor, plan.id, PlanRunIn(input=given))
        return started.id

    async def run(self, run_id: UUID) -> PlanRunOut:
        return await plan_runs.get_run(self.people.vera.actor, run_id)

    async def runs(self, plan: PlanOut) -> list[PlanRunOut]:
        """The plan's runs, newest first."""
        return (await plan_runs.list_runs(self.people.vera.actor, plan.id, PageRequest())).items

    async def until(self, run_id: UUID, holds: Callable[[PlanRunOut], bool]) -> PlanRunOut:
        """The run, as soon as this holds of it."""
        async with asyncio.timeout(60):
            while not holds(found := await self.run(run_id)):  # noqa: ASYNC110 - the database changes
                await asyncio.sleep(0.05)
        return found

    async def ended(self, run_id: UUID) -> PlanRunOut:
        return await self.until(run_id, lambda run: run.finished_at is not None)


def statuses(run: PlanRunOut) -> list[str]:
    return [step.status for step in run.steps]


async def open_office(receiver: Receiver) -> Office:
    """People and a connector in the connected database, which must be empty."""
    people = await seeded.seed()
    return Office(people, receiver, await connector(people.adam, receiver.url))


async def connector(person: Person, url: str, name: str = "shop") -> UUID:
    """A connector to this API with ACTIONS."""
    given = {"name": name, "display_name": "Shop", "oauth_config": {"base_url": url}, "actions": ACTIONS}
    return (await connectors.create_connector(person.actor, ConnectorIn.model_validate(given))).id
