"""A CRM that somebody declares, behind a connector: tried, connected, imported, and what becomes of it without its connector."""

from collections.abc import AsyncGenerator
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlmodel import col, select

from hub_app.connectors.schemas.connectors import ConnectorIn, CredentialIn
from hub_app.connectors.service import connectors, credentials
from hub_app.connectors.tables import Connector
from hub_app.crm.state.custom import STARTER, source_of
from hub_app.identity.service import members
from hub_app.kernel import audit, db, rows
from hub_app.kernel.errors import Invalid
from hub_app.kernel.ids import new_id
from hub_app.oauth.tables import OauthApp, OauthConnection
from tests import people as seeded
from tests.crm.acme import Acme
from tests.peers.custom import SOURCE, Counterpart
from tests.people import People

pytestmark = pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32")
HERE = "/api/crm/integrations"
RECORDS = 60


@pytest.fixture
async def peer() -> AsyncGenerator[Counterpart]:
    async with Counterpart(RECORDS) as running:
        yield running


async def connector(acme: Acme, peer: Counterpart, token: str = "") -> UUID:
    document = {
        "name": "studio",
        "display_name": "Studio API",
        "auth_type": "api_key",
        "oauth_config": {"base_url": peer.base},
    }
    made = await connectors.create_connector(acme.admin, ConnectorIn.model_validate(document))
    given = CredentialIn(type="api_key", value=token or peer.token)
    await credentials.set_credential(acme.admin, made.id, given)
    return made.id


async def members_account(acme: Acme) -> UUID:
    """An account that Erin has authorized."""
    app = OauthApp(slug="studio", name="Studio")
    async with db.system("an app of the catalogue", write=True) as session:
        session.add(app)
    async with db.begin(acme.tenant_id) as session:
        held = OauthConnection(tenant_id=acme.tenant_id, app_id=app.id, user_id=acme.people.erin.user_id)
        session.add(held)
        return held.id


def body(connector_id: UUID, **changes: object) -> dict[str, Any]:
    return {
        "crm_provider": "custom",
        "connection_name": "Ours",
        "auth_config": {"connector_id": str(connector_id)},
        "source": SOURCE,
    } | changes


async def created(client: httpx.AsyncClient, people: People, given: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post(HERE, json=given, headers=await seeded.headers(people.adam))
    assert answer.status_code == 201, answer.text
    return answer.json()["integration"]


@pytest.mark.both_databases
async def test_what_is_declared_is_connected_mapped_and_imported_whole(
    acme: Acme, peer: Counterpart, client: httpx.AsyncClient
) -> None:
    made = await created(client, acme.people, body(await connector(acme, peer)))
    assert (made["connection_status"], made["account_name"]) == (
        "connected",
        peer.base.removeprefix("http://"),
    )
    assert made["auth_type"] == "api_key"
    job = await acme.sync(UUID(made["id"]))
    assert (job.outcome, job.error_details) == ("success", None)
    reconciled = await acme.reconciled(UUID(made["id"]))
    for one in ("clients", "projects", "invoices", "events", "contracts"):
        assert (reconciled[one].here, reconciled[one].not_explained) == (RECORDS, 0)
    assert reconciled["clients"].stated == RECORDS
    # What surely belongs together was mapped by the test.
    first = await acme.record(peer.ids("clients")[0])
    assert (first.name, first.email) == ("Client 0", "0@example.com")
    async with db.read(acme.tenant_id) as session:
        used = select(audit.AuditEntry.action).where(col(audit.AuditEntry.action).endswith("credential_used"))
        actions = (await session.exec(used)).all()
    # One for the test, one for the job; none of an account of its own.
    assert list(actions) == ["connector.credential_used"] * 2


async def test_a_test_says_what_each_list_holds(
    acme: Acme, peer: Counterpart, client: httpx.AsyncClient
) -> None:
    made = await created(client, acme.people, body(await connector(acme, peer)))
    answer = await client.post(f"{HERE}/{made['id']}/test", headers=await seeded.headers(acme.people.adam))
    told = {one["resource"]: one for one in answer.json()["resources"]}
    assert answer.json()["success"] is True
    assert (told["clients"]["rows"], told["clients"]["total"], told["clients"]["more"]) == (50, RECORDS, True)
    assert told["clients"]["first_modified"] is not None
    assert told["clients"]["first_row"] is None
    assert (told["events"]["rows"], told["events"]["total"], told["events"]["more"]) == (RECORDS, None, False)


async def test_a_declaration_is_tried_before_anything_is_kept(
    acme: Acme, peer: Counterpart, client: httpx.AsyncClient
) -> None:
    wrong = {"name": "clients", "path": "/people", "query": {"size": "5", "page": "1"}, "id": "number"}
    lost = {"name": "projects", "path": "/nowhere"}
    wrong["pagination"] = {"type": "none", "items": "rows"}
    given = {"connector_id": str(await connector(acme, peer)), "source": {"resources": [wrong, lost]}}
    answer = await client.post(
        "/api/crm/custom-sources/try", json=given, headers=await seeded.headers(acme.people.adam)
    )
    clients, projects = answer.json()["resources"]
    assert (clients["rows"], clients["unreadable"]) == (5, 5)
    assert "has no id at number" in clients["problem"]
    assert clients["first_row"]["full_name"].startswith("Client")
    assert "404" in projects["problem"]
    assert (await client.get(HERE, headers=await seeded.headers(acme.people.adam))).json()["items"] == []


@pytest.mark.parametrize(
    ("source", "field", "rule"),
    [
        (None, "source", "is required"),
        ({"resources": []}, "source.resources", "must have at least 1 entries"),
        ({"resources": [{"name": "guests", "path": "/x"}]}, "source.resources.0.name", "must be one of"),
        ({"resources": [{"name": "clients", "path": "x"}]}, "source.resources.0.path", "must begin with /"),
        (
            {"resources": [{"name": "clients", "path": "/x", "id": "a[?b]"}]},
            "source.resources.0.id",
            "must be names",
        ),
        (
            {"resources": [{"name": "clients", "path": "/x", "one": "/y"}]},
            "source.resources.0",
            "must contain {id}",
        ),
        (
            {"resources": [{"name": "clients", "path": "/x", "since": "s"}]},
            "source.resources.0",
            "need modified",
        ),
        (
            {"resources": [{"name": "clients", "path": "/x", "colour": 1}]},
            "source.resources.0.colour",
            "not a known",
        ),
        ({"resources": [{"name": "clients", "path": "/x"}] * 2}, "source", "only once"),
    ],
)
async def test_what_is_wrong_with_a_declaration_is_said_beside_its_field(
    source: object, field: str, rule: str, acme: Acme, client: httpx.AsyncClient
) -> None:
    given = body(new_id(), source=source)
    answer = await client.post(HERE, json=given, headers=await seeded.headers(acme.people.adam))
    assert answer.status_code == 422
    errors = {one["field"]: one["message"] for one in answer.json()["errors"]}
    assert rule in errors[field]


async def test_only_connectors_of_the_tenant_can_be_used_and_by_those_who_may_use_them(
    acme: Acme, peer: Counterpart, client: httpx.AsyncClient
) -> None:
    headers = await seeded.headers(acme.people.adam)
    answer = await client.post(HERE, json=body(new_id()), headers=headers)
    assert answer.json()["errors"][0]["field"] == "auth_config.connector_id"
    given = body(await connector(acme, peer))
    limited = await seeded.headers(acme.people.adam, "write:crm", "read:crm")
    assert (await client.post(HERE, json=given, headers=limited)).status_code == 403
    mallorys = await client.post(HERE, json=given, headers=await seeded.headers(acme.people.mallory))
    assert mallorys.json()["errors"][0]["message"] == "is none of your connectors"


async def test_a_source_can_grow_and_never_forgets_what_it_has_read(
    acme: Acme, peer: Counterpart, client: httpx.AsyncClient
) -> None:
    headers = await seeded.headers(acme.people.adam)
    clients, projects, *_ = SOURCE["resources"]  # type: ignore[misc]
    made = await created(
        client, acme.people, body(await connector(acme, peer), source={"resources": [clients]})
    )
    here = f"{HERE}/{made['id']}"
    refused = await client.patch(here, json={"source": {"resources": [projects]}}, headers=headers)
    assert refused.json()["errors"][0]["message"].startswith("must still have clients")
    grown = await client.patch(here, json={"source": {"resources": [clients, projects]}}, headers=headers)
    assert grown.status_code == 200, grown.text
    assert [one["name"] for one in grown.json()["source"]["resources"]] == ["clients", "projects"]
    await acme.sync(UUID(made["id"]))
    assert (await acme.reconciled(UUID(made["id"])))["projects"].here == RECORDS


async def test_what_has_no_writing_is_import_only(
    acme: Acme, peer: Counterpart, client: httpx.AsyncClient
) -> None:
    given = body(
        await connector(acme, peer),
        source={"resources": [{"name": "events", "path": "/dates"}]},
        sync_config={"sync_direction": "bidirectional"},
    )
    answer = await client.post(HERE, json=given, headers=await seeded.headers(acme.people.adam))
    assert answer.json()["errors"][0]["field"] == "sync_config.sync_direction"


async def test_a_wrong_credential_makes_an_error_that_does_not_tell_it(
    acme: Acme, peer: Counterpart, client: httpx.AsyncClient
) -> None:
    made = await created(client, acme.people, body(await connector(acme, peer, token="a-wrong-one-of-acme")))
    assert made["connection_status"] == "error"
    assert "401" in made["sync_error_details"]
    assert "a-wrong-one-of-acme" not in str(made)


@pytest.mark.both_databases
async def test_without_its_connector_a_crm_has_an_error_until_it_has_another(
    acme: Acme, peer: Counterpart, client: httpx.AsyncClient
) -> None:
    headers = await seeded.headers(acme.people.adam)
    first = await connector(acme, peer)
    made = await created(client, acme.people, body(first))
    losses = await connectors.count_losses(acme.admin, first)
    assert losses.users["crm_connections"] == 1
    await connectors.delete_connector(acme.admin, first)
    here = f"{HERE}/{made['id']}"
    found = (await client.get(here, headers=headers)).json()
    assert (found["connection_status"], found["sync_error_details"]) == (
        "error",
        "Its connector was deleted. Choose another one.",
    )
    second = await connector(acme, peer)
    given = {"auth_config": {"connector_id": str(second)}}
    assert (await client.patch(here, json=given, headers=headers)).json()["connection_status"] == "connected"


async def test_a_connector_that_is_off_stops_its_crm(
    acme: Acme, peer: Counterpart, client: httpx.AsyncClient
) -> None:
    chosen = await connector(acme, peer)
    made = await created(client, acme.people, body(chosen))
    await connectors.switch_connector(acme.admin, chosen, on=False)
    job = await acme.sync(UUID(made["id"]))
    assert job.job_status == "failed"
    assert "is off" in (job.error_details or "")
    assert (await acme.integration()).connection_status == "error"


@pytest.mark.both_databases
async def test_when_the_member_leaves_whose_account_it_uses_it_has_an_error(
    acme: Acme, peer: Counterpart, client: httpx.AsyncClient
) -> None:
    chosen = await connector(acme, peer)
    made = await created(client, acme.people, body(chosen))
    held = await members_account(acme)
    async with db.begin(acme.tenant_id) as session:
        row = await rows.get(session, Connector, chosen)
        row.oauth_connection_id = held
        session.add(row)
    owner, leaving = acme.people.alice.actor, acme.people.erin.user_id
    assert (await members.losses(owner, leaving)).crm_connections == 1
    assert (await members.losses(owner, acme.people.vera.user_id)).crm_connections == 0
    await members.remove_member(owner, leaving)
    found = await client.get(f"{HERE}/{made['id']}", headers=await seeded.headers(acme.people.adam))
    assert found.json()["connection_status"] == "error"
    assert "Reconnect it" in found.json()["sync_error_details"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is not valid JSON"),
        ('{"resources": [{"name": "clients"}]}', "resources.0.path is required"),
        ('{"resources": [{"name": "clients", "path": "x"}]}', "resources.0.path must begin with /"),
    ],
)
def test_what_was_typed_is_refused_with_the_place(text: str, said: str) -> None:
    with pytest.raises(Invalid) as refused:
        source_of(text)
    (error,) = refused.value.errors
    assert error.field == "source"
    assert said in error.message


def test_the_example_that_the_form_begins_with_is_a_declaration() -> None:
    assert [one.name for one in source_of(STARTER).resources] == ["clients"]
