"""REST of connectors' credentials: kept, replaced, and never given back."""

import httpx
import pytest
from sqlmodel import select

from hub_app.connectors.tables import ConnectorCredential
from hub_app.kernel import db
from hub_app.kernel.tables import AuditEntry
from tests import people as seeded
from tests.connectors.rest_connectors import CLIENT_SECRET, HERE, KEY, create, document, oauth_config
from tests.people import People

pytestmark = pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32")


async def test_a_credential_never_comes_back(client: httpx.AsyncClient, people: People) -> None:
    headers = await seeded.headers(people.adam)
    made = await create(client, headers)
    where = f"{HERE}/{made['id']}"
    saved = await client.post(f"{where}/credentials", json={"type": "api_key", "value": KEY}, headers=headers)
    assert saved.status_code == 201
    assert saved.json()["hint"] == "••••••ghij"
    assert saved.json()["is_valid"] is None
    read = await client.get(where, headers=headers)
    assert read.json()["credentials"] == [saved.json()]
    assert KEY not in saved.text + read.text
    async with db.system("a test looks") as session:
        entries = (await session.exec(select(AuditEntry))).all()
        (row,) = (await session.exec(select(ConnectorCredential))).all()
    assert "connector.credential_set" in {one.action for one in entries}
    assert KEY not in str([one.summary for one in entries])
    assert KEY.encode() not in row.value


async def test_a_second_credential_of_a_type_replaces_the_first(
    client: httpx.AsyncClient, people: People
) -> None:
    headers = await seeded.headers(people.adam)
    made = await create(client, headers)
    where = f"{HERE}/{made['id']}/credentials"
    for value in (KEY, "another-key-9999"):
        await client.post(where, json={"type": "api_key", "value": value}, headers=headers)
    shown = (await client.get(f"{HERE}/{made['id']}", headers=headers)).json()["credentials"]
    assert [one["hint"] for one in shown] == ["••••••9999"]
    assert (await client.delete(f"{where}/api_key", headers=headers)).status_code == 204
    assert (await client.delete(f"{where}/api_key", headers=headers)).status_code == 404


async def test_basic_takes_a_user_name_and_a_password(client: httpx.AsyncClient, people: People) -> None:
    headers = await seeded.headers(people.adam)
    made = await create(client, headers, auth_type="basic")
    where = f"{HERE}/{made['id']}/credentials"
    login = {"username": "hub", "password": "a long password"}
    saved = await client.post(where, json={"type": "basic", "value": login}, headers=headers)
    assert saved.status_code == 201
    assert saved.json()["hint"] == "••••••"
    for value, field in [
        ("hub:password", "value"),
        ({"username": "a:b", "password": "x"}, "value.username"),
        ({"username": "a"}, "value.password"),
    ]:
        refused = await client.post(where, json={"type": "basic", "value": value}, headers=headers)
        assert refused.status_code == 422
        assert [one["field"] for one in refused.json()["errors"]] == [field]


async def test_a_credential_must_fit_the_connector(client: httpx.AsyncClient, people: People) -> None:
    headers = await seeded.headers(people.adam)
    made = await create(client, headers)
    where = f"{HERE}/{made['id']}/credentials"
    for given, field in [
        ({"type": "basic", "value": {"username": "a", "password": "b"}}, "type"),
        ({"type": "password", "value": "x"}, "type"),
        ({"type": "api_key", "value": "two\r\nlines"}, "value"),
        ({"type": "api_key", "value": ""}, "value"),
        ({"type": "api_key", "value": 7}, "value"),
    ]:
        refused = await client.post(where, json=given, headers=headers)
        assert refused.status_code == 422, given
        assert [one["field"] for one in refused.json()["errors"]] == [field]


async def test_a_secret_stays_with_the_host_that_it_was_given_for(
    client: httpx.AsyncClient, people: People
) -> None:
    headers = await seeded.headers(people.adam)
    made = await create(client, headers)
    where = f"{HERE}/{made['id']}"
    credential = {"type": "api_key", "value": KEY}
    await client.post(f"{where}/credentials", json=credential, headers=headers)
    same = document(oauth_config={"base_url": "http://127.0.0.1:9/v2"})
    assert len((await client.put(where, json=same, headers=headers)).json()["credentials"]) == 1
    elsewhere = document(oauth_config={"base_url": "http://127.0.0.1:10/v1"})
    assert (await client.put(where, json=elsewhere, headers=headers)).json()["credentials"] == []


async def test_an_oauth_client_of_the_connectors_own_is_kept_without_showing_its_secret(
    client: httpx.AsyncClient, people: People
) -> None:
    headers = await seeded.headers(people.adam)
    made = await create(client, headers, auth_type="oauth", oauth_config=oauth_config())
    shown = made["oauth_config"]
    assert shown["has_client_secret"]
    assert (shown["client_id"], shown["scopes"], shown["pkce"]) == ("hub", ["items.read"], True)
    assert CLIENT_SECRET not in str(made)
    where = f"{HERE}/{made['id']}"
    kept = document(auth_type="oauth", oauth_config=oauth_config(client_secret=None, scopes=["items.write"]))
    changed = (await client.put(where, json=kept, headers=headers)).json()["oauth_config"]
    assert (changed["has_client_secret"], changed["scopes"]) == (True, ["items.write"])
    elsewhere = oauth_config(client_secret=None, token_url="http://127.0.0.1:10/token")
    moved = await client.put(where, json=document(auth_type="oauth", oauth_config=elsewhere), headers=headers)
    assert [one["field"] for one in moved.json()["errors"]] == ["oauth_config.client_secret"]
    plain = (await client.put(where, json=document(), headers=headers)).json()["oauth_config"]
    assert (plain["client_id"], plain["has_client_secret"]) == ("", False)
