"""Consent that binds: revoked and given again, what Hub does not know, and who may, over REST."""

import httpx
import pytest
from sqlmodel import select

from hub_app.governance.service import consent_giving
from hub_app.governance.tables import ConsentGrant
from hub_app.kernel import db
from hub_app.kernel.errors import Forbidden
from tests import people as seeded
from tests.connectors.rest_connectors import HERE as CONNECTORS
from tests.connectors.rest_connectors import create
from tests.governance.consenting import HERE, SLACK, connector, list_consents, run, status_of
from tests.people import People

pytestmark = [pytest.mark.both_databases, pytest.mark.settings(outbound_allowed_networks="127.0.0.0/8")]


async def test_what_is_revoked_is_not_called_until_it_is_given_again(
    client: httpx.AsyncClient, people: People
) -> None:
    adam, erin = await seeded.headers(people.adam), await seeded.headers(people.erin)
    made = await create(client, adam, auth_type="none")
    assert (await run(client, erin, made["id"])).status_code == 200  # Nothing listens: it was called.
    (given,) = await list_consents(client, adam)
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
    newest, former = await list_consents(client, adam)
    assert (former["id"], former["replaced_by"]) == (given["id"], newest["id"])
    assert former["revoked_by_name"] == "Adam Brandt"
    assert [one["id"] for one in await list_consents(client, adam, state="revoked")] == [given["id"]]
    assert [one["id"] for one in await list_consents(client, adam, state="given")] == [newest["id"]]
    assert [one["id"] for one in await list_consents(client, adam, resource_id=made["id"])] == [
        newest["id"],
        given["id"],
    ]


async def test_a_consent_that_was_replaced_is_not_the_one_to_revoke(
    client: httpx.AsyncClient, people: People
) -> None:
    adam = await seeded.headers(people.adam)
    made = await create(client, adam)
    (given,) = await list_consents(client, adam)
    again = {"consent_type": "THIRD_PARTY", "resource_type": "connector", "resource_id": made["id"]}
    newer = (await client.post(HERE, json=again, headers=adam)).json()
    answer = await client.delete(f"{HERE}/{given['id']}", headers=adam)
    assert answer.status_code == 409
    assert newer["id"] in answer.json()["detail"]


async def test_what_hub_does_not_know_is_recorded(client: httpx.AsyncClient, people: People) -> None:
    erin, adam = await seeded.headers(people.erin), await seeded.headers(people.adam)
    made = await client.post(HERE, json=SLACK, headers=erin)
    assert made.status_code == 201
    assert made.json() | SLACK == made.json()
    # Each person's own: nobody's takes another one's place.
    adams = (await client.post(HERE, json=SLACK, headers=adam)).json()
    assert {one["replaced_by"] for one in await list_consents(client, adam)} == {None}
    assert (await client.delete(f"{HERE}/{adams['id']}", headers=erin)).status_code == 403
    assert (await client.delete(f"{HERE}/{made.json()['id']}", headers=erin)).status_code == 204


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
    (given,) = await list_consents(client, adam)
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
    assert await list_consents(client, mallory) == []
    assert (await client.get(f"{HERE}/{given['id']}", headers=mallory)).status_code == 404
    assert (await client.delete(f"{HERE}/{given['id']}", headers=mallory)).status_code == 404
    offered = (await client.get("/v1/integration/tokens/scopes", headers=adam)).text
    assert "read:consents" in offered
    assert "write:consents" in offered


async def test_an_engineer_does_not_revoke_for_the_tenant(people: People) -> None:
    await connector(people.adam, "shop")
    async with db.read(people.adam.tenant_id) as session:
        grant = (await session.exec(select(ConsentGrant))).one()
    with pytest.raises(Forbidden, match="customer admin"):
        await consent_giving.revoke_consent(people.erin.actor, grant.id)
