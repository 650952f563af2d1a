"""What connects something is recorded as consent, or refused until it states it."""

import httpx
import pytest

from tests import people as seeded
from tests.connectors.rest_connectors import HERE as CONNECTORS
from tests.connectors.rest_connectors import create, document
from tests.governance.consenting import HERE, ask_explicitly, list_consents, status_of
from tests.people import People

pytestmark = [pytest.mark.both_databases, pytest.mark.settings(outbound_allowed_networks="127.0.0.0/8")]


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


async def test_a_call_may_say_what_is_agreed_to(client: httpx.AsyncClient, people: People) -> None:
    adam = await seeded.headers(people.adam)
    await create(client, adam, consent={"description": "Agreed with our DPO."})
    assert (await list_consents(client, adam))[0]["description"] == "Agreed with our DPO."


async def test_connecting_over_rest_is_consent(client: httpx.AsyncClient, people: People) -> None:
    adam, vera = await seeded.headers(people.adam), await seeded.headers(people.vera)
    made = await create(client, adam)
    (found,) = await list_consents(client, vera)
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


async def test_another_host_takes_another_consent(client: httpx.AsyncClient, people: People) -> None:
    """A revoked one is not given by the way."""
    adam = await seeded.headers(people.adam)
    made = await create(client, adam)
    path = f"{CONNECTORS}/{made['id']}"
    moved = document(oauth_config={"base_url": "http://127.0.0.2:9/v1"})
    assert (
        await client.put(path, json=document(description="Other words."), headers=adam)
    ).status_code == 200
    assert len(await list_consents(client, adam)) == 1
    await ask_explicitly(client, people)
    refused = await client.put(path, json=moved, headers=adam)
    assert [one["field"] for one in refused.json()["errors"]] == ["consent"]
    answer = await client.put(path, json={**moved, "consent": {}}, headers=adam)
    assert answer.status_code == 200, answer.text
    newest, former = await list_consents(client, adam)
    assert ("127.0.0.2" in newest["description"], former["replaced_by"]) == (True, newest["id"])
    await client.delete(f"{HERE}/{newest['id']}", headers=adam)
    back = await client.put(path, json=document(consent={}), headers=adam)
    assert back.status_code == 200
    assert (await status_of(client, adam, made["id"]))["state"] == "revoked"
