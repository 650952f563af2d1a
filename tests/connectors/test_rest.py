"""REST of connectors: documents of them, imports, and plans."""

from uuid import UUID

import httpx
import pytest
from sqlmodel import select

from hub_app.connectors.service import connectors
from hub_app.connectors.tables import ConnectorCredential
from hub_app.kernel import db, search
from hub_app.kernel.ids import new_id
from tests import people as seeded
from tests.connectors.rest_connectors import HERE, KEY, create, document, oauth_config
from tests.people import People

pytestmark = pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32")


async def test_the_document_of_the_specification_is_taken_and_given_back(
    client: httpx.AsyncClient, people: People
) -> None:
    headers = await seeded.headers(people.adam)
    made = await create(client, headers)
    assert made["name"] == "my_api"
    assert made["oauth_config"]["base_url"] == "http://127.0.0.1:9/v1"
    (action,) = made["actions"]
    assert [(p["name"], p["in"]) for p in action["parameters"]] == [("q", "query"), ("limit", "query")]
    again = await client.get(f"{HERE}/{made['id']}", headers=headers)
    assert again.json() == made
    listed = await client.get(HERE, headers=headers)
    assert [one["name"] for one in listed.json()["items"]] == ["my_api"]
    assert listed.json()["next_cursor"] is None


async def test_what_was_read_can_be_put_back(client: httpx.AsyncClient, people: People) -> None:
    headers = await seeded.headers(people.adam)
    made = await create(client, headers)
    unchanging = {"id", "credentials", "created_at", "updated_at"}
    given = {name: value for name, value in made.items() if name not in unchanging}
    written = {"has_client_secret"}
    given["oauth_config"] = {n: v for n, v in made["oauth_config"].items() if n not in written}
    answer = await client.put(f"{HERE}/{made['id']}", json=given, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.json() | {"updated_at": ""} == made | {"updated_at": ""}


async def test_a_user_id_in_the_query_or_the_body_changes_nothing(
    client: httpx.AsyncClient, people: People
) -> None:
    headers = await seeded.headers(people.adam)
    theirs = str(people.mallory.user_id)
    answer = await client.post(
        HERE, params={"user_id": theirs}, json=document(user_id=theirs, workspace_id="w"), headers=headers
    )
    assert answer.status_code == 201
    mallorys = await client.get(
        HERE, params={"user_id": str(people.adam.user_id)}, headers=await seeded.headers(people.mallory)
    )
    assert mallorys.json()["items"] == []


async def test_put_replaces_actions_by_id(client: httpx.AsyncClient, people: People) -> None:
    headers = await seeded.headers(people.adam)
    made = await create(client, headers)
    actions = [
        {"id": "get_item", "method": "GET", "endpoint": "/items/{id}"},
        {"id": "list_items", "name": "All items", "method": "GET", "endpoint": "/items"},
    ]
    answer = await client.put(f"{HERE}/{made['id']}", json=document(actions=actions), headers=headers)
    assert [(one["id"], one["name"]) for one in answer.json()["actions"]] == [
        ("get_item", "get_item"),
        ("list_items", "All items"),
    ]
    assert answer.json()["actions"][0]["parameters"][0]["in"] == "path"
    assert answer.json()["actions"][1]["parameters"] == []


async def test_deleting_takes_everything_along(client: httpx.AsyncClient, people: People) -> None:
    headers = await seeded.headers(people.adam)
    made = await create(client, headers)
    where = f"{HERE}/{made['id']}"
    await client.post(f"{where}/credentials", json={"type": "api_key", "value": KEY}, headers=headers)
    assert (await client.delete(where, headers=headers)).status_code == 204
    assert (await client.get(where, headers=headers)).status_code == 404
    async with db.system("a test looks") as session:
        assert (await session.exec(select(ConnectorCredential))).all() == []


async def test_a_name_is_there_once_in_a_tenant_and_again_in_another(
    client: httpx.AsyncClient, people: People
) -> None:
    headers = await seeded.headers(people.adam)
    await create(client, headers)
    again = await client.post(HERE, json=document(), headers=headers)
    assert again.status_code == 409
    assert again.json()["detail"] == "A connector named my_api already exists. Choose another name."
    await create(client, await seeded.headers(people.mallory))


async def test_another_tenants_connector_is_not_found(client: httpx.AsyncClient, people: People) -> None:
    made = await create(client, await seeded.headers(people.adam))
    headers = await seeded.headers(people.mallory)
    where = f"{HERE}/{made['id']}"
    credential = {"type": "api_key", "value": KEY}
    answers = [
        await client.get(where, headers=headers),
        await client.put(where, json=document(), headers=headers),
        await client.delete(where, headers=headers),
        await client.post(f"{where}/credentials", json=credential, headers=headers),
        await client.delete(f"{where}/credentials/api_key", headers=headers),
    ]
    assert {(one.status_code, one.json()["detail"]) for one in answers} == {(404, "Integration not found")}


async def test_engineers_and_viewers_read_and_do_not_write(client: httpx.AsyncClient, people: People) -> None:
    made = await create(client, await seeded.headers(people.adam))
    where = f"{HERE}/{made['id']}"
    for person in (people.erin, people.vera):
        headers = await seeded.headers(person)
        assert (await client.get(where, headers=headers)).status_code == 200
    headers = await seeded.headers(people.erin)
    answers = [
        await client.post(HERE, json=document(name="other"), headers=headers),
        await client.put(where, json=document(), headers=headers),
        await client.delete(where, headers=headers),
        await client.post(f"{where}/credentials", json={"type": "api_key", "value": KEY}, headers=headers),
    ]
    assert {one.status_code for one in answers} == {403}
    assert answers[0].json()["detail"] == "Customer admin role required"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"auth_type": "magic"}, "auth_type"),
        ({"name": "My API"}, "name"),
        ({"colour": "red"}, "colour"),
        ({"oauth_config": {}}, "oauth_config.base_url"),
        ({"oauth_config": {"base_url": "ftp://example.com"}}, "oauth_config.base_url"),
        ({"oauth_config": {"base_url": "http://user:pw@example.com"}}, "oauth_config.base_url"),
        ({"oauth_config": {"base_url": "http://example.com/a/../b"}}, "oauth_config.base_url"),
        ({"oauth_config": {"base_url": "http://example.com?x=1"}}, "oauth_config.base_url"),
        ({"oauth_config": {"base_url": "http://10.0.0.1/"}}, "oauth_config.base_url"),
        ({"oauth_config": {"base_url": "http://169.254.169.254/latest"}}, "oauth_config.base_url"),
        ({"oauth_config": oauth_config(token_url="http://192.168.0.1/token")}, "auth_type"),
        (
            {"auth_type": "oauth", "oauth_config": oauth_config(token_url="http://192.168.0.1/token")},
            "oauth_config.token_url",
        ),
        ({"auth_type": "oauth", "oauth_config": oauth_config(client_id="")}, "oauth_config.client_id"),
        (
            {"auth_type": "oauth", "oauth_config": oauth_config(connection_id=str(new_id()))},
            "oauth_config.connection_id",
        ),
        ({"default_headers": {"Authorization": "Bearer x"}}, "default_headers"),
        ({"default_headers": {"X-A": "1\r\nX-B: 2"}}, "default_headers"),
        ({"default_headers": {"Host": "evil.example"}}, "default_headers"),
        ({"actions": [{"id": "a", "endpoint": "items"}]}, "actions.0.endpoint"),
        ({"actions": [{"id": "a", "endpoint": "//evil.example/"}]}, "actions.0.endpoint"),
        ({"actions": [{"id": "a", "endpoint": "/a/../b"}]}, "actions.0.endpoint"),
        ({"actions": [{"id": "a", "endpoint": "/a/%2e%2e/b"}]}, "actions.0.endpoint"),
        ({"actions": [{"id": "a", "endpoint": "/{id"}]}, "actions.0.endpoint"),
        ({"actions": [{"id": "a", "endpoint": "/a", "method": "TRACE"}]}, "actions.0.method"),
        ({"actions": [{"id": "a", "endpoint": "/a", "response": "items[?"}]}, "actions.0.response"),
        ({"actions": [{"id": "a", "endpoint": "/a"}, {"id": "a", "endpoint": "/b"}]}, "actions"),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_is_wrong_is_named(
    client: httpx.AsyncClient, people: People, changes: dict[str, object], field: str
) -> None:
    headers = await seeded.headers(people.adam)
    answer = await client.post(HERE, json=document(**changes), headers=headers)
    assert answer.status_code == 422, answer.text
    assert [one["field"] for one in answer.json()["errors"]] == [field]
    assert (await client.get(HERE, headers=headers)).json()["items"] == []


PETS = """
openapi: 3.1.0
info: {title: Pet shop, version: "1"}
servers: [{url: "http://127.0.0.1:9/v1"}]
paths:
  /pets/{id}:
    get: {operationId: getPet, parameters: [{name: id, in: path, required: true, schema: {type: string}}]}
"""


async def test_an_imported_document_can_be_posted_as_it_is(client: httpx.AsyncClient, people: People) -> None:
    headers = await seeded.headers(people.adam)
    as_text = await client.post(f"{HERE}/import/openapi", json={"document": PETS}, headers=headers)
    as_file = await client.post(
        f"{HERE}/import/openapi", files={"file": ("pets.yaml", PETS.encode())}, headers=headers
    )
    assert as_text.status_code == 200, as_text.text
    assert as_file.json() == as_text.json()
    proposal = as_text.json()["connector"]
    saved = await client.post(HERE, json=proposal, headers=headers)
    assert saved.status_code == 201, saved.text
    assert [one["endpoint"] for one in saved.json()["actions"]] == ["/pets/{id}"]


async def test_an_import_says_what_is_wrong(client: httpx.AsyncClient, people: People) -> None:
    headers = await seeded.headers(people.adam)
    where = f"{HERE}/import/openapi"
    broken = await client.post(where, json={"document": "openapi: 3.1.0\npaths: ["}, headers=headers)
    assert broken.status_code == 422
    assert "line" in broken.json()["detail"]
    neither = await client.post(where, json={}, headers=headers)
    assert neither.json()["detail"] == "body: must hold either document or url"
    assert (await client.post(where, content=b"{", headers=headers)).status_code == 400
    viewer = await client.post(where, json={"document": PETS}, headers=await seeded.headers(people.erin))
    assert viewer.status_code == 403


async def test_deleting_says_how_many_plans_lose_a_step(client: httpx.AsyncClient, people: People) -> None:
    headers = await seeded.headers(people.adam)
    made = await create(client, headers)
    step = {"id": "one", "integration_id": made["id"], "action": "list_items"}
    plan = await client.post(f"{HERE}/plans", json={"name": "Nightly", "steps": [step]}, headers=headers)
    assert plan.status_code == 201, plan.text
    losses = await connectors.count_losses(people.adam.actor, UUID(made["id"]))
    assert (losses.actions, losses.executions, losses.users) == (1, 0, {"crm_connections": 0, "plans": 1})


async def test_plans_over_rest(client: httpx.AsyncClient, people: People) -> None:
    headers = await seeded.headers(people.adam)
    made = await create(client, headers, auth_type="none")
    step = {"id": "one", "integration_id": made["id"], "action": "list_items"}
    given = {
        "name": "Nightly",
        "steps": [step],
        "schedule": {"cron": "0 3 * * *", "timezone": "Europe/Berlin"},
    }
    plan = (await client.post(f"{HERE}/plans", json=given, headers=headers)).json()
    where = f"{HERE}/plans/{plan['id']}"
    assert plan["next_run_at"]
    assert (await client.get(where, headers=headers)).json() == plan
    assert [one["id"] for one in (await client.get(f"{HERE}/plans", headers=headers)).json()["items"]] == [
        plan["id"]
    ]
    changed = await client.patch(where, json={"schedule": {}, "event_type": "order.paid"}, headers=headers)
    assert (changed.json()["schedule"], changed.json()["event_type"]) == (None, "order.paid")
    engineer = await seeded.headers(people.erin)
    assert (await client.patch(where, json={"name": "Mine"}, headers=engineer)).status_code == 403
    run = await client.post(f"{where}/run", json={"input": {"who": "Nora"}}, headers=engineer)
    assert (run.status_code, run.json()["status"]) == (202, "waiting")
    assert [one["id"] for one in (await client.get(f"{where}/runs", headers=headers)).json()["items"]] == [
        run.json()["id"]
    ]
    one_run = f"{HERE}/plan-runs/{run.json()['id']}"
    mallory = await seeded.headers(people.mallory)
    assert (await client.get(one_run, headers=mallory)).status_code == 404
    cancelled = await client.post(f"{one_run}/cancel", headers=engineer)
    assert (cancelled.status_code, cancelled.json()["status"]) == (202, "cancelled")
    assert (await client.delete(where, headers=headers)).status_code == 204
    assert (await client.get(one_run, headers=headers)).status_code == 404


async def test_connectors_and_plans_are_found_by_their_names(
    client: httpx.AsyncClient, people: People
) -> None:
    headers = await seeded.headers(people.adam)
    made = await create(client, headers)
    step = {"id": "one", "integration_id": made["id"], "action": "list_items"}
    await client.post(f"{HERE}/plans", json={"name": "My nightly", "steps": [step]}, headers=headers)
    found = await search.search(people.vera.actor, "my")
    assert [(one.name, one.kind) for one in found] == [("My API", "Connector"), ("My nightly", "Plan")]
    assert await search.search(people.mallory.actor, "my") == []
    counts = (await client.get("/v1/integration/status", headers=headers)).json()["integrations"][
        "connectors"
    ]
    assert counts == {"connectors": 1, "connectors_refused": 0, "plans": 1, "plans_active": 1}
