"""Consent to what is connected: recorded, revoked, given again, renewed; who may, over REST."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select, update

from hub_app.connectors.schemas.connectors import ConnectorIn
from hub_app.connectors.service import connectors
from hub_app.governance.schemas.consents import Agreement, ConsentIn, ConsentStatus
from hub_app.governance.service import consent_log, consent_status
from hub_app.governance.tables import ConsentGrant, ConsentRevocation
from hub_app.identity.tables import Tenant
from hub_app.kernel import db
from hub_app.kernel.actor import Actor
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Forbidden
from hub_app.kernel.paging import PageRequest
from hub_app.kernel.settings import get_settings
from hub_app.oauth.schemas import AppIn
from hub_app.oauth.service import apps, connections
from tests import people as seeded
from tests.connectors.rest_connectors import HERE as CONNECTORS
from tests.connectors.rest_connectors import create, document
from tests.people import People, Person

HERE = "/v1/integration/consents"
pytestmark = [pytest.mark.both_databases, pytest.mark.settings(outbound_allowed_networks="127.0.0.0/8")]
Headers = dict[str, str]


async def consents(client: httpx.AsyncClient, headers: Headers, **chosen: str) -> list[dict[str, Any]]:
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


async def test_connecting_over_rest_is_consent(client: httpx.AsyncClient, people: People) -> None:
    adam, vera = await seeded.headers(people.adam), await seeded.headers(people.vera)
    made = await create(client, adam)
    (found,) = await consents(client, vera)
    shown = {
        name: found[name]
        for name in (
            "consent_type",
            "resource_type",
            "resource_id",
            "name",
            "source",
            "user_name",
            "policy_version",
        )
    }
    assert shown == {
        "consent_type": "THIRD_PARTY",
        "resource_type": "connector",
        "resource_id": made["id"],
        "name": "My API",
        "source": "rest",
        "user_name": "Adam Brandt",
        "policy_version": 1,
    }
    assert "Hub may send requests to 127.0.0.1:9, " in found["description"]
    assert (await client.get(f"{HERE}/{found['id']}", headers=vera)).json() == found
    stood = await status_of(client, vera, made["id"])
    assert (stood["state"], stood["mine"], stood["consent"]) == ("given", False, found)
    log = await client.get("/v1/integration/audit", params={"action": "consent"}, headers=adam)
    (entry,) = log.json()["items"]
    assert (entry["action"], entry["target_id"]) == ("consent.given", found["id"])
    assert entry["summary"]["resource_id"] == made["id"]


async def test_a_call_may_say_what_is_agreed_to(client: httpx.AsyncClient, people: People) -> None:
    adam = await seeded.headers(people.adam)
    await create(client, adam, consent={"description": "Agreed with our DPO."})
    assert (await consents(client, adam))[0]["description"] == "Agreed with our DPO."


async def test_a_tenant_may_want_it_said(client: httpx.AsyncClient, people: People) -> None:
    """Refused by name, and nothing is half there; another tenant is not concerned."""
    await ask_explicitly(client, people)
    adam, mallory = await seeded.headers(people.adam), await seeded.headers(people.mallory)
    answer = await client.post(CONNECTORS, json=document(), headers=adam)
    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["errors"]] == ["consent"]
    assert (await client.get(CONNECTORS, headers=adam)).json()["items"] == []
    await create(client, adam, consent={})
    await create(client, mallory)
    await ask_explicitly(client, people, on=False)
    await create(client, adam, name="other")


async def test_only_an_owner_changes_how_the_tenant_asks(client: httpx.AsyncClient, people: People) -> None:
    for person in (people.adam, people.erin):
        answer = await client.patch(
            f"{HERE}/settings", json={"ask_explicitly": True}, headers=await seeded.headers(person)
        )
        assert answer.status_code == 403
    vera = await seeded.headers(people.vera)
    assert (await client.get(f"{HERE}/settings", headers=vera)).json()["ask_explicitly"] is False
    alice = await seeded.headers(people.alice)
    assert (await client.patch(f"{HERE}/settings", json={}, headers=alice)).status_code == 400


async def run(client: httpx.AsyncClient, headers: Headers, connector: str) -> httpx.Response:
    return await client.post(
        f"{CONNECTORS}/{connector}/actions/list_items/run", json={"params": {}}, headers=headers
    )


async def test_what_is_revoked_is_not_called_until_it_is_given_again(
    client: httpx.AsyncClient, people: People
) -> None:
    adam, erin = await seeded.headers(people.adam), await seeded.headers(people.erin)
    made = await create(client, adam, auth_type="none")
    assert (await run(client, erin, made["id"])).status_code == 200  # Nothing listens: it was called.
    (given,) = await consents(client, adam)
    assert (await client.delete(f"{HERE}/{given['id']}", headers=adam)).status_code == 204
    for refused in (
        await run(client, erin, made["id"]),
        await client.post(f"{CONNECTORS}/{made['id']}/test", json={}, headers=erin),
    ):
        assert refused.status_code == 409
        assert refused.json()["title"] == "Consent revoked"
        assert refused.json()["detail"].startswith("Consent for My API was revoked on ")
    assert (await status_of(client, erin, made["id"]))["state"] == "revoked"
    # Once more changes nothing.
    assert (await client.delete(f"{HERE}/{given['id']}", headers=adam)).status_code == 204
    again = {"consent_type": "THIRD_PARTY", "resource_type": "connector", "resource_id": made["id"]}
    assert (await client.post(HERE, json=again, headers=adam)).status_code == 201
    assert (await run(client, erin, made["id"])).status_code == 200
    newest, former = await consents(client, adam)
    assert (former["id"], former["replaced_by"]) == (given["id"], newest["id"])
    assert former["revoked_by_name"] == "Adam Brandt"
    assert [one["id"] for one in await consents(client, adam, state="revoked")] == [given["id"]]
    assert [one["id"] for one in await consents(client, adam, state="given")] == [newest["id"]]
    assert [one["id"] for one in await consents(client, adam, resource_id=made["id"])] == [
        newest["id"],
        given["id"],
    ]


async def test_a_consent_that_was_replaced_is_not_the_one_to_revoke(
    client: httpx.AsyncClient, people: People
) -> None:
    adam = await seeded.headers(people.adam)
    made = await create(client, adam)
    (given,) = await consents(client, adam)
    again = {"consent_type": "THIRD_PARTY", "resource_type": "connector", "resource_id": made["id"]}
    newer = (await client.post(HERE, json=again, headers=adam)).json()
    answer = await client.delete(f"{HERE}/{given['id']}", headers=adam)
    assert answer.status_code == 409
    assert newer["id"] in answer.json()["detail"]


async def test_deleting_what_was_connected_leaves_the_history(
    client: httpx.AsyncClient, people: People
) -> None:
    adam = await seeded.headers(people.adam)
    made = await create(client, adam)
    assert (await client.delete(f"{CONNECTORS}/{made['id']}", headers=adam)).status_code == 204
    (left,) = await consents(client, adam)
    assert (left["resource_id"], left["name"]) == (made["id"], "My API")
    assert (await client.get(f"{HERE}/status", headers=adam)).json()["items"] == []
    assert (await client.delete(f"{HERE}/{left['id']}", headers=adam)).status_code == 204


SLACK = {
    "consent_type": "THIRD_PARTY",
    "resource_type": "slack_integration",
    "resource_id": "slack_conn_123",
    "description": "Messages about orders.",
}


async def test_what_hub_does_not_know_is_recorded(client: httpx.AsyncClient, people: People) -> None:
    erin, adam = await seeded.headers(people.erin), await seeded.headers(people.adam)
    made = await client.post(HERE, json=SLACK, headers=erin)
    assert made.status_code == 201
    assert made.json() | SLACK == made.json()
    # Each person's own: nobody's takes another one's place.
    adams = (await client.post(HERE, json=SLACK, headers=adam)).json()
    assert {one["replaced_by"] for one in await consents(client, adam)} == {None}
    assert (await client.delete(f"{HERE}/{adams['id']}", headers=erin)).status_code == 403
    assert (await client.delete(f"{HERE}/{made.json()['id']}", headers=erin)).status_code == 204


async def test_filters(client: httpx.AsyncClient, people: People) -> None:
    adam, erin = await seeded.headers(people.adam), await seeded.headers(people.erin)
    made = await create(client, adam)
    news = SLACK | {"consent_type": "MARKETING"}
    await client.post(HERE, json=news, headers=erin)
    await client.post(HERE, json=news, headers=adam)

    async def found(**chosen: str) -> list[tuple[str, str]]:
        return [(one["consent_type"], one["user_name"]) for one in await consents(client, adam, **chosen)]

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


async def test_another_host_takes_another_consent(client: httpx.AsyncClient, people: People) -> None:
    """A revoked one is not given by the way."""
    adam = await seeded.headers(people.adam)
    made = await create(client, adam)
    path = f"{CONNECTORS}/{made['id']}"
    moved = document(oauth_config={"base_url": "http://127.0.0.2:9/v1"})
    assert (
        await client.put(path, json=document(description="Other words."), headers=adam)
    ).status_code == 200
    assert len(await consents(client, adam)) == 1
    await ask_explicitly(client, people)
    refused = await client.put(path, json=moved, headers=adam)
    assert [one["field"] for one in refused.json()["errors"]] == ["consent"]
    answer = await client.put(path, json={**moved, "consent": {}}, headers=adam)
    assert answer.status_code == 200, answer.text
    newest, former = await consents(client, adam)
    assert ("127.0.0.2" in newest["description"], former["replaced_by"]) == (True, newest["id"])
    await client.delete(f"{HERE}/{newest['id']}", headers=adam)
    back = await client.put(path, json=document(consent={}), headers=adam)
    assert back.status_code == 200
    assert (await status_of(client, adam, made["id"]))["state"] == "revoked"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("consent_type", "COOKIES"),
        ("resource_type", "Slack Integration"),
        ("resource_id", "two words"),
        ("resource_id", ""),
        ("description", "a\x00b"),
        ("surprise", 1),
    ],
)
async def test_bad_input_names_its_field(
    client: httpx.AsyncClient, people: People, field: str, value: object
) -> None:
    answer = await client.post(HERE, json=SLACK | {field: value}, headers=await seeded.headers(people.erin))
    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["errors"]] == [field]


async def test_a_known_kind_must_be_there(client: httpx.AsyncClient, people: People) -> None:
    """Another tenant's is not."""
    made = await create(client, await seeded.headers(people.mallory))
    adam = await seeded.headers(people.adam)
    for one in (made["id"], "slack_conn_123"):
        given = {"consent_type": "THIRD_PARTY", "resource_type": "connector", "resource_id": one}
        answer = await client.post(HERE, json=given, headers=adam)
        assert answer.status_code == 422
        assert [error["field"] for error in answer.json()["errors"]] == ["resource_id"]


async def test_roles_and_scopes(client: httpx.AsyncClient, people: People) -> None:
    adam = await seeded.headers(people.adam)
    made = await create(client, adam)
    (given,) = await consents(client, adam)
    again = {"consent_type": "THIRD_PARTY", "resource_type": "connector", "resource_id": made["id"]}
    # An engineer's own consents, and no connector is one's own.
    erin, vera = await seeded.headers(people.erin), await seeded.headers(people.vera)
    for headers in (erin, vera, await seeded.headers(people.adam, "read:consents", "write:connectors")):
        assert (await client.delete(f"{HERE}/{given['id']}", headers=headers)).status_code == 403
        assert (await client.post(HERE, json=again, headers=headers)).status_code == 403
    assert (await client.post(HERE, json=SLACK, headers=vera)).status_code == 403
    assert (await client.post(f"{HERE}/renew", headers=vera)).status_code == 403
    connectors_only = await seeded.headers(people.adam, "read:connectors")
    for path in (HERE, f"{HERE}/status", f"{HERE}/settings", f"{HERE}/{given['id']}"):
        assert (await client.get(path, headers=connectors_only)).status_code == 403
    mallory = await seeded.headers(people.mallory)
    assert await consents(client, mallory) == []
    assert (await client.get(f"{HERE}/{given['id']}", headers=mallory)).status_code == 404
    assert (await client.delete(f"{HERE}/{given['id']}", headers=mallory)).status_code == 404
    offered = (await client.get("/v1/integration/tokens/scopes", headers=adam)).text
    assert "read:consents" in offered
    assert "write:consents" in offered


async def test_a_raised_policy_asks_again_and_stops_nothing(
    client: httpx.AsyncClient, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    adam, erin = await seeded.headers(people.adam), await seeded.headers(people.erin)
    made = await create(client, adam, auth_type="none")
    other = await create(client, adam, name="other", auth_type="none")
    (given, _) = await consents(client, adam)
    await client.delete(f"{HERE}/{given['id']}", headers=adam)
    monkeypatch.setenv("CONSENT_POLICY_VERSION", "2")
    get_settings.cache_clear()
    assert (await status_of(client, erin, made["id"]))["state"] == "outdated"
    assert (await run(client, erin, made["id"])).status_code == 200
    assert [one.name for one in await consent_status.outdated(people.adam.actor)] == ["My API"]
    assert await consent_status.outdated(people.erin.actor) == []
    assert (await client.post(f"{HERE}/renew", headers=erin)).json() == {"renewed": 0}
    assert (await client.post(f"{HERE}/renew", headers=adam)).json() == {"renewed": 1}
    renewed = await status_of(client, erin, made["id"])
    assert (renewed["state"], renewed["consent"]["policy_version"]) == ("given", 2)
    # What was revoked is not given again by the way.
    assert (await status_of(client, erin, other["id"]))["state"] == "revoked"
    assert (await client.post(f"{HERE}/renew", headers=adam)).json() == {"renewed": 0}


async def test_a_renewal_does_not_undo_a_revocation_made_meanwhile(
    client: httpx.AsyncClient, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    adam = await seeded.headers(people.adam)
    made = await create(client, adam, auth_type="none")
    (given,) = await consents(client, adam)
    monkeypatch.setenv("CONSENT_POLICY_VERSION", "2")
    get_settings.cache_clear()
    listed = consent_status.outdated

    async def revoked_once_listed(actor: Actor) -> list[ConsentStatus]:
        found = await listed(actor)
        await client.delete(f"{HERE}/{given['id']}", headers=adam)
        return found

    monkeypatch.setattr(consent_status, "outdated", revoked_once_listed)
    assert (await client.post(f"{HERE}/renew", headers=adam)).json() == {"renewed": 0}
    assert (await status_of(client, adam, made["id"]))["state"] == "revoked"


async def connector(person: Person, name: str) -> UUID:
    given = ConnectorIn.model_validate({"name": name, "oauth_config": {"base_url": "http://127.0.0.1:9"}})
    return (await connectors.create_connector(person.actor, given, Agreement("screen"))).id


async def test_pages_of_the_status_hold_each_connection_once(people: People) -> None:
    """From one kind to the next, and back again."""
    here = "http://127.0.0.1:9"
    given = AppIn(
        slug="peer", name="Peer", authorize_url=here, token_url=here, client_id="h", client_auth="none"
    )
    await apps.create_app(people.alice.actor, given)
    for n in range(3):
        await connector(people.adam, f"c{n}")
        await connections.adopt(people.erin.actor, "peer", connections.Given(access_token=f"t{n}"))
    actor, cursor = people.adam.actor, None
    pages: list[list[UUID]] = []
    while True:
        found = await consent_status.list_status(actor, PageRequest(2, cursor))
        pages.append([one.resource_id for one in found.items])
        if found.next_cursor is None:
            break
        cursor = found.next_cursor
    whole = await consent_status.list_status(actor, PageRequest(50))
    assert [one for page in pages for one in page] == [one.resource_id for one in whole.items]
    assert [len(page) for page in pages] == [2, 2, 2]
    assert whole.next_cursor is None
    back = found.previous_cursor
    for page in reversed(pages[:-1]):
        found = await consent_status.list_status(actor, PageRequest(2, back))
        assert [one.resource_id for one in found.items] == page
        back = found.previous_cursor
    assert back is None
    # Of other people's accounts only customer admins hear.
    seen = await consent_status.list_status(people.vera.actor, PageRequest(50))
    assert {one.resource_type for one in seen.items} == {"connector"}
    erins = await consent_status.list_status(people.erin.actor, PageRequest(50))
    assert {one.resource_type for one in erins.items if one.mine} == {"oauth_connection"}


async def test_a_consent_is_never_changed_only_erased(people: People) -> None:
    made = await connector(people.adam, "shop")
    tenant = people.adam.tenant_id
    async with db.read(tenant) as session:
        grant = (await session.exec(select(ConsentGrant))).one()
    await consent_log.revoke_consent(people.adam.actor, grant.id)
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
    out = await consent_log.give_consent(people.mallory.actor, given)
    await consent_log.revoke_consent(people.mallory.actor, out.id)
    async with db.system("a test deletes a tenant", write=True) as session:
        await session.delete(await session.get_one(Tenant, people.mallory.tenant_id))
    async with db.system("a test looks") as session:
        mine = col(ConsentGrant.tenant_id) == people.mallory.tenant_id
        assert (await session.exec(select(ConsentGrant).where(mine))).all() == []
        ends = await session.exec(
            select(ConsentRevocation).where(ConsentRevocation.tenant_id == people.mallory.tenant_id)
        )
        assert ends.all() == []


async def test_an_engineer_does_not_revoke_for_the_tenant(people: People) -> None:
    await connector(people.adam, "shop")
    async with db.read(people.adam.tenant_id) as session:
        grant = (await session.exec(select(ConsentGrant))).one()
    with pytest.raises(Forbidden, match="customer admins"):
        await consent_log.revoke_consent(people.erin.actor, grant.id)
