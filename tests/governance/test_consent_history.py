"""Consents as they are kept: filtered, never changed, longer than what was connected."""

from datetime import timedelta

import httpx
import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select, update

from hub_app.governance.schemas.consents import ConsentIn
from hub_app.governance.service import consent_giving, consent_log
from hub_app.governance.tables import ConsentGrant, ConsentRevocation
from hub_app.identity.tables import Tenant
from hub_app.kernel import db
from hub_app.kernel.clock import utcnow
from tests import people as seeded
from tests.connectors.rest_connectors import HERE as CONNECTORS
from tests.connectors.rest_connectors import create
from tests.governance.consenting import HERE, SLACK, connector, list_consents
from tests.people import People

pytestmark = [pytest.mark.both_databases, pytest.mark.settings(outbound_allowed_networks="127.0.0.0/8")]


async def test_a_consent_is_never_changed_only_erased(people: People) -> None:
    made = await connector(people.adam, "shop")
    tenant = people.adam.tenant_id
    async with db.read(tenant) as session:
        grant = (await session.exec(select(ConsentGrant))).one()
    await consent_giving.revoke_consent(people.adam.actor, grant.id)
    for table, changes in (
        (ConsentGrant, {"description": "Something else"}),
        (ConsentGrant, {"policy_version": 9, "ip": ""}),
        (ConsentRevocation, {"ip": "198.51.100.7"}),
    ):
        with pytest.raises(DBAPIError, match="never changed"):
            async with db.begin(tenant) as session:
                await session.exec(update(table).values(**changes))
    async with db.begin(tenant) as session:  # A person's erasure.
        for table in (ConsentGrant, ConsentRevocation):
            await session.exec(update(table).values(ip="", user_id=None))
    assert (await consent_log.get_consent(people.vera.actor, grant.id)).user_id is None
    assert made


async def test_consents_go_with_their_tenant(people: People) -> None:
    await connector(people.mallory, "shop")
    given = ConsentIn.model_validate(SLACK)
    out = await consent_giving.give_consent(people.mallory.actor, given)
    await consent_giving.revoke_consent(people.mallory.actor, out.id)
    async with db.system("a test deletes a tenant", write=True) as session:
        await session.delete(await session.get_one(Tenant, people.mallory.tenant_id))
    async with db.system("a test looks") as session:
        mine = col(ConsentGrant.tenant_id) == people.mallory.tenant_id
        assert (await session.exec(select(ConsentGrant).where(mine))).all() == []
        ends = await session.exec(
            select(ConsentRevocation).where(ConsentRevocation.tenant_id == people.mallory.tenant_id)
        )
        assert ends.all() == []


async def test_deleting_what_was_connected_leaves_the_history(
    client: httpx.AsyncClient, people: People
) -> None:
    adam = await seeded.headers(people.adam)
    made = await create(client, adam)
    assert (await client.delete(f"{CONNECTORS}/{made['id']}", headers=adam)).status_code == 204
    (left,) = await list_consents(client, adam)
    assert (left["resource_id"], left["name"]) == (made["id"], "My API")
    assert (await client.get(f"{HERE}/status", headers=adam)).json()["items"] == []
    assert (await client.delete(f"{HERE}/{left['id']}", headers=adam)).status_code == 204


async def test_filters(client: httpx.AsyncClient, people: People) -> None:
    adam, erin = await seeded.headers(people.adam), await seeded.headers(people.erin)
    made = await create(client, adam)
    news = SLACK | {"consent_type": "MARKETING"}
    await client.post(HERE, json=news, headers=erin)
    await client.post(HERE, json=news, headers=adam)

    async def found(**chosen: str) -> list[tuple[str, str]]:
        return [
            (one["consent_type"], one["user_name"]) for one in await list_consents(client, adam, **chosen)
        ]

    every = [("MARKETING", "Adam Brandt"), ("MARKETING", "Erin Novak"), ("THIRD_PARTY", "Adam Brandt")]
    assert await found() == every
    assert await found(consent_type="MARKETING") == every[:2]
    assert await found(given_by=str(people.adam.user_id)) == [every[0], every[2]]
    assert await found(given_by=str(people.erin.user_id), consent_type="THIRD_PARTY") == []
    assert await found(resource_id=made["id"]) == [every[2]]
    assert await found(resource_id="slack_conn_123", given_by=str(people.erin.user_id)) == [every[1]]
    assert await found(state="revoked") == []
    soon = (utcnow() + timedelta(minutes=1)).isoformat()
    assert await found(since=soon) == []
    assert await found(until=soon, state="given") == every
    known = await consent_log.people(people.vera.actor)
    assert [name for _, name in known] == ["Adam Brandt", "Erin Novak"]
