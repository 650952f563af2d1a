"""One tenant's calls leave others their turn, however many they are and however long their answers take to be read."""

import asyncio
import json
from collections.abc import AsyncGenerator
from uuid import UUID

import pytest

from hub_app.connectors.schemas.connectors import ConnectorIn, CredentialIn
from hub_app.connectors.schemas.runs import RunIn, RunOut, TestIn
from hub_app.connectors.service import calling, connectors, credentials, runs
from hub_app.kernel.errors import RateLimited
from hub_app.kernel.settings import Settings
from hub_app.kernel.turns import Turns
from tests.peers.receiver import Answer, Receiver
from tests.people import Person
from tests.plans import plan_factory
from tests.plans.plan_factory import Office, answer

pytestmark = pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32")

# Encoded five times, the credential between: nothing takes longer to be read.
COSTLY = json.dumps(["%2525252561bcd "] * 25_000).encode()


@pytest.fixture
async def office(database: Settings) -> AsyncGenerator[Office]:
    del database
    async with Receiver() as receiver:
        receiver.answers["/costly"] = [Answer(200, {"Content-Type": "application/json"}, COSTLY)]
        receiver.answers["/slow"] = [Answer(200, {"Content-Type": "application/json"}, b"[]", wait=1)]
        receiver.answers["/small"] = [answer({"a": 1})]
        yield await plan_factory.open_office(receiver)


async def connector(office: Office, person: Person, path: str) -> UUID:
    """A connector of this person's tenant with one action, which calls this path."""
    given = ConnectorIn.model_validate(
        {
            "name": "it",
            "display_name": "It",
            "auth_type": "api_key",
            "oauth_config": {"base_url": office.receiver.url},
            "actions": [{"id": "it", "endpoint": path}],
        }
    )
    made = await connectors.create_connector(person.actor, given)
    await credentials.set_credential(person.actor, made.id, CredentialIn(type="api_key", value="abcd1234"))
    return made.id


def start(person: Person, connector_id: UUID) -> "asyncio.Task[RunOut]":
    return asyncio.create_task(runs.run_action(person.actor, connector_id, "it", RunIn()))


async def test_a_call_waits_for_the_reading_of_one_answer_of_another_tenant_at_most(office: Office) -> None:
    ours, theirs = office.people.adam, office.people.mallory
    costly = await connector(office, ours, "/costly")
    small = await connector(office, theirs, "/small")
    many = [start(ours, costly) for _ in range(16)]
    while not any(one.done() for one in many):  # noqa: ASYNC110 - all of them are on their way then
        await asyncio.sleep(0.01)
    assert (await start(theirs, small)).ok
    assert sum(one.done() for one in many) < 8
    assert all(one.ok for one in await asyncio.gather(*many))


async def test_a_tenant_has_so_many_calls_under_way_and_others_wait_for_none_of_them(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calling, "_calls", Turns(3, per_partition=2, waiting=3))
    ours, theirs = office.people.adam, office.people.mallory
    slow = await connector(office, ours, "/slow")
    small = await connector(office, theirs, "/small")
    many = [start(ours, slow) for _ in range(5)]
    await asyncio.sleep(0.5)
    assert len(office.receiver.requests) == 2
    with pytest.raises(RateLimited, match="calls are in progress"):
        await start(ours, slow)
    with pytest.raises(RateLimited, match="calls are in progress"):
        await runs.test_connector(ours.actor, slow, TestIn(endpoint="/slow"))
    assert (await start(theirs, small)).ok
    assert not any(one.done() for one in many)
    assert all(one.ok for one in await asyncio.gather(*many))
