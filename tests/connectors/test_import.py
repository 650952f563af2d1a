"""Importing OpenAPI documents: real ones, from text, files and URLs, and what refuses them."""

import gzip
import json
from collections.abc import AsyncGenerator

import pytest
from fastapi import FastAPI
from pydantic import JsonValue, ValidationError

from hub_app.connectors.schemas.actions import Action
from hub_app.connectors.schemas.connectors import ConnectorIn, CredentialIn
from hub_app.connectors.schemas.imports import ImportIn, ImportOut
from hub_app.connectors.schemas.runs import RunIn
from hub_app.connectors.service import connectors, credentials, imports, runs
from hub_app.kernel import outbound
from hub_app.kernel.errors import Forbidden, Invalid
from tests import published
from tests.peers.api import Api
from tests.peers.receiver import Answer, Receiver
from tests.people import People

local = pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32")


@pytest.fixture
async def receiver() -> AsyncGenerator[Receiver]:
    async with Receiver() as running:
        yield running


def small(server: str = "https://api.example.com", **more: JsonValue) -> dict[str, JsonValue]:
    return {
        "openapi": "3.1.0",
        "info": {"title": "Shop"},
        "servers": [{"url": server}],
        "paths": {
            "/items": {"get": {"operationId": "list_items", "responses": {"200": {"description": "OK"}}}}
        },
        **more,
    }


def saveable(found: ImportOut, base_url: str) -> ConnectorIn:
    """What a client that chose everything posts back: the answer as it came, sent to the local peer."""
    answer = json.loads(found.model_dump_json(by_alias=True))["connector"]
    answer["oauth_config"]["base_url"] = base_url
    return ConnectorIn.model_validate(answer)


async def refused(people: People, **given: JsonValue) -> tuple[str, str]:
    """The field that the refusal names, and its message."""
    with pytest.raises(Invalid) as error:
        await imports.read_document(people.adam.actor, ImportIn.model_validate(given))
    (found,) = error.value.errors
    return found.field, found.message


@local
async def test_hubs_own_document_gives_an_action_for_each_of_its_json_operations(
    people: People, receiver: Receiver, rest: FastAPI
) -> None:
    document = rest.openapi()
    receiver.answers["/api/openapi.json"] = [Answer(body=json.dumps(document).encode())]
    given = ImportIn(url=f"{receiver.url}/api/openapi.json")
    found = await imports.read_document(people.adam.actor, given)
    operations = {
        (method.upper(), path)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if "application/json" in operation.get("requestBody", {"content": {"application/json": 0}})["content"]
    }
    assert {(one.method, one.endpoint) for one in found.connector.actions} >= operations
    assert {"list_webhooks", "create_webhook", "publish_events"} <= {
        one.id for one in found.connector.actions
    }
    assert found.connector.oauth_config.base_url == receiver.url
    assert (found.connector.auth_type, found.connector.oauth_config.auth_prefix) == ("api_key", "Bearer")
    saved = await connectors.create_connector(people.adam.actor, saveable(found, receiver.url))
    assert [one.id for one in saved.actions] == [one.id for one in found.connector.actions]


@local
async def test_a_public_apis_document_gives_usable_actions(people: People, receiver: Receiver) -> None:
    found = await imports.read_file(people.adam.actor, published.blockfrost())
    connector = found.connector
    assert len(connector.actions) == 121
    assert connector.oauth_config.base_url == "https://cardano-mainnet.blockfrost.io/api/v0"
    assert (connector.auth_type, connector.oauth_config.auth_header) == ("api_key", "project_id")
    assert connector.oauth_config.auth_prefix == ""
    action = next(one for one in connector.actions if one.endpoint == "/blocks/{hash_or_number}/txs")
    assert {one.name: (one.place, one.type, one.api_default) for one in action.parameters} == {
        "hash_or_number": ("path", "string", None),
        "count": ("query", "integer", 100),
        "page": ("query", "integer", 1),
        "order": ("query", "string", "asc"),
    }
    told = {one.where: one.message for one in found.findings}
    assert "application/cbor" in told["/paths/~1tx~1submit/post"]
    assert "another server" in told["/paths/~1ipfs~1add/post"]
    saved = await connectors.create_connector(people.adam.actor, saveable(found, receiver.url))
    assert [
        Action.model_validate(one.model_dump(by_alias=True)) for one in saved.actions
    ] == connector.actions


@local
async def test_an_imported_action_runs(people: People, api: Api) -> None:
    """As the document says: the path, the key in its own header, and nothing that was not given."""
    found = await imports.read_file(people.adam.actor, published.blockfrost())
    saved = await connectors.create_connector(people.adam.actor, saveable(found, f"{api.base('open')}/echo"))
    key = CredentialIn(type="api_key", value="mainnetKeyOfTheTests")
    await credentials.set_credential(people.adam.actor, saved.id, key)
    action = next(one for one in saved.actions if one.endpoint == "/blocks/{hash_or_number}/txs")
    given = RunIn(params={"hash_or_number": "4 873 401", "count": "5"})
    out = await runs.run_action(people.erin.actor, saved.id, action.id, given)
    assert out.ok
    (sent,) = api.requests
    assert sent.path == "/open/echo/blocks/4%20873%20401/txs"
    assert sent.query == [("count", "5")]
    assert sent.headers["project_id"] == "mainnetKeyOfTheTests"


async def test_a_document_is_given_as_an_object_as_text_or_as_a_file(people: People) -> None:
    actor = people.adam.actor
    as_object = await imports.read_document(actor, ImportIn(document=small()))
    as_text = await imports.read_document(actor, ImportIn(document=json.dumps(small(), indent=2)))
    as_yaml = await imports.read_file(
        actor, b"openapi: 3.1.0\ninfo: {title: Shop}\nservers: [{url: https://api.example.com}]\n"
        b"paths:\n  /items:\n    get:\n      operationId: list_items\n      responses: {200: {description: OK}}\n",
    )  # fmt: skip
    assert as_object == as_text == as_yaml
    assert [one.id for one in as_object.connector.actions] == ["list_items"]


@pytest.mark.parametrize("given", [{}, {"document": {}, "url": "https://example.com"}])
def test_exactly_one_of_document_and_url_is_given(given: dict[str, JsonValue]) -> None:
    with pytest.raises(ValidationError, match="must hold either document or url"):
        ImportIn.model_validate(given)


async def test_only_customer_admins_import(people: People) -> None:
    for person in (people.erin, people.vera):
        with pytest.raises(Forbidden, match="Customer admin role required"):
            await imports.read_document(person.actor, ImportIn(document=small()))
        with pytest.raises(Forbidden, match="Customer admin role required"):
            await imports.read_file(person.actor, b"")


async def test_a_broken_document_is_refused_with_the_place(people: People) -> None:
    assert await refused(people, document='{"openapi": "3.1.0",\n "paths": }') == (
        "document",
        "is not valid JSON: Expecting value at line 2, column 11.",
    )
    assert await refused(people, document=small(paths={"/a": {"get": {"parameters": [{}]}}})) == (
        "document",
        "is broken at /paths/~1a/get/parameters/0: it must have 'in'.",
    )
    field, message = await refused(people, document={"swagger": "2.0"})
    assert (field, "Swagger 2.0" in message) == ("document", True)


@pytest.mark.parametrize(
    "server", ["http://127.0.0.1:9000/v1", "http://[::1]", "http://169.254.169.254/latest"]
)
async def test_a_server_at_an_address_that_hub_does_not_call_is_refused(people: People, server: str) -> None:
    field, message = await refused(people, document=small(server))
    assert field == "servers"
    assert message.startswith(outbound.scheme_host(server))


async def test_token_urls_are_checked_as_servers_are(people: People) -> None:
    flow: JsonValue = {
        "authorizationUrl": "https://login.example",
        "tokenUrl": "http://10.0.0.1/token",
        "scopes": {},
    }
    schemes: JsonValue = {"securitySchemes": {"o": {"type": "oauth2", "flows": {"authorizationCode": flow}}}}
    field, message = await refused(people, document=small(components=schemes))
    assert (field, message.startswith("http://10.0.0.1")) == ("securitySchemes", True)


@local
@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (
            Answer(302, {"Location": "/v2/openapi.json"}),
            "leads on to http://127.0.0.1:{port}/v2/openapi.json.",
        ),
        (Answer(302, {"Location": "http://[evil"}), "leads on to an invalid URL."),
        (Answer(404), "the server answered 404. Check the URL."),
        (Answer(401), "the server answered 401. It asks for a login. Download the document"),
        (Answer(body=b"<!doctype html>"), "gave a web page or XML."),
        (Answer(body=b" " * (imports.MAX_BYTES + 1)), "gave a document of more than 4 MiB."),
        (
            Answer(headers={"Content-Encoding": "gzip"}, body=gzip.compress(b"{}")),
            "gave a compressed document",
        ),
        (Answer(body=b"{}" * 1000, cut_after=100), "closed the connection before its response was complete"),
    ],
    ids=["redirect", "bad redirect", "missing", "login", "page", "large", "compressed", "cut"],
)
async def test_a_url_that_gives_no_document_is_refused_with_the_reason(
    people: People, receiver: Receiver, answer: Answer, message: str
) -> None:
    receiver.answers["/openapi.json"] = [answer]
    field, found = await refused(people, url=f"{receiver.url}/openapi.json")
    assert field == "url"
    assert message.format(port=receiver.port) in found
    assert receiver.count == 1


async def test_a_document_is_fetched_from_public_addresses_only(people: People, receiver: Receiver) -> None:
    field, message = await refused(people, url=f"{receiver.url}/openapi.json")
    assert (field, "loopback" in message) == ("url", True)
    assert receiver.count == 0


@local
async def test_a_document_fetched_from_a_url_has_servers_relative_to_it(
    people: People, receiver: Receiver
) -> None:
    receiver.answers["/docs/openapi.json"] = [Answer(body=json.dumps(small("../v1")).encode())]
    given = ImportIn(url=f"{receiver.url}/docs/openapi.json")
    found = await imports.read_document(people.adam.actor, given)
    assert found.connector.oauth_config.base_url == f"{receiver.url}/v1"
