"""Giving and revoking consent in tests."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import Connection, event

from hub_app.connectors.schemas.connectors import ConnectorIn
from hub_app.connectors.service import connectors
from hub_app.governance.schemas.consents import Agreement, ConsentFilter, ConsentIn, ConsentOut
from hub_app.governance.service import consent_giving, consent_log
from hub_app.kernel import db
from hub_app.kernel.paging import PageRequest
from tests import people as seeded
from tests.connectors.rest_connectors import HERE as CONNECTORS
from tests.people import People, Person

HERE = "/v1/integration/consents"
Headers = dict[str, str]
SLACK = {
    "consent_type": "THIRD_PARTY",
    "resource_type": "slack_integration",
    "resource_id": "slack_conn_123",
    "description": "Messages about orders.",
}


async def consent_of(person: Person, resource_id: UUID) -> ConsentOut:
    """The newest consent to a connection."""
    chosen = ConsentFilter(resource_id=str(resource_id))
    return (await consent_log.list_consents(person.actor, chosen, PageRequest())).items[0]


async def revoke(person: Person, resource_id: UUID) -> None:
    await consent_giving.revoke_consent(person.actor, (await consent_of(person, resource_id)).id)


async def give_again(person: Person, kind: str, resource_id: UUID) -> None:
    given = ConsentIn(consent_type="THIRD_PARTY", resource_type=kind, resource_id=str(resource_id))
    await consent_giving.give_consent(person.actor, given)


async def list_consents(client: httpx.AsyncClient, headers: Headers, **chosen: str) -> list[dict[str, Any]]:
    answer = await client.get(HERE, params=chosen, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def status_of(client: httpx.AsyncClient, headers: Headers, one: str) -> dict[str, Any]:
    answer = await client.get(f"{HERE}/status", headers=headers)
    assert answer.status_code == 200, answer.text
    return next(found for found in answer.json()["items"] if found["resource_id"] == one)


async def ask_explicitly(client: httpx.AsyncClient, people: People, *, on: bool = True) -> None:
    alice = await seeded.headers(people.alice)
    answer = await client.patch(f"{HERE}/settings", json={"ask_explicitly": on}, headers=alice)
    assert answer.json() == {"ask_explicitly": on, "policy_version": 1}


async def run(client: httpx.AsyncClient, headers: Headers, connector: str) -> httpx.Response:
    return await client.post(
        f"{CONNECTORS}/{connector}/actions/list_items/run", json={"params": {}}, headers=headers
    )


async def connector(person: Person, name: str) -> UUID:
    given = ConnectorIn.model_validate({"name": name, "oauth_config": {"base_url": "http://127.0.0.1:9"}})
    return (await connectors.create_connector(person.actor, given, Agreement("screen"))).id


@contextmanager
def transactions() -> Generator[list[None]]:
    """The transactions that are begun on the connected database, as a list that grows."""
    begun: list[None] = []
    engine = db.current().engine.sync_engine

    def count(_connection: Connection) -> None:
        begun.append(None)

    event.listen(engine, "begin", count)
    try:
        yield begun
    finally:
        event.remove(engine, "begin", count)
