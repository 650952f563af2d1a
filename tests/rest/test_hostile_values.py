"""Values that JSON can write and a database cannot keep, in every place of every request: refused in words, never a 500."""

import copy
import json
from collections.abc import Iterator, Mapping
from typing import Any, cast
from urllib.parse import quote

import httpx
import pytest
from sqlmodel import select

from hub_app.kernel import db
from hub_app.rest import create_rest
from hub_app.webhooks.tables import WebhookSecret
from tests import people as seeded
from tests import seals
from tests.people import People

DOCUMENT = create_rest().openapi()
# As they stand in JSON text: half a character, NUL, whole numbers and powers without end, nesting, and no numbers at all.
HOSTILE = [
    '"a\\ud800"',
    '"a\\u0000b"',
    str(10**30),
    "1e999",
    "NaN",
    '{"a\\ud800": {"b\\u0000": -1e400}}',
    '["\\u0000", "\\udc00", 99999999999999999999]',
    "[" * 600 + "]" * 600,
]
IN_ADDRESSES = ["a\x00b", "%00", "\ud800", "%ED%A0%80", "1" + "0" * 30, "\uffff"]
_MARK = "hostile-7f3a"
_PASSWORD = "a few words in a row"
_URL = "http://127.0.0.1:9/hook"
# What takes more than its type to be accepted, by the names of fields.
_ACCEPTED: dict[str, Any] = {
    "action": "abc_def",
    "allowed_ips": ["10.0.0.0/8"],
    "authorize_url": _URL,
    "base_url": _URL,
    "connection_id": None,
    "document": {"openapi": "3.1.0", "info": {"title": "a", "description": "b"}, "paths": {}},
    "email": "nora@acme.example",
    "endpoint": "/items",
    "event_type": "task.created",
    "items": "items",
    "integration_id": "018f0000-0000-7000-8000-000000000000",
    "method": "POST",
    "new_password": _PASSWORD,
    "omit": [],
    "pagination": {},
    "parameters": [{"name": "a", "in": "body", "type": "object", "default": {"b": 1}, "api_default": ["c"]}],
    "params": {"a": {"b": ["c", 1]}},
    "cache_seconds": 0,
    "password": _PASSWORD,
    "response": "items",
    "return_to": "/connectors",
    "revoke_url": _URL,
    "schedule": {"cron": "0 9 * * 1-5", "timezone": "Europe/Berlin"},
    "scopes": ["read:connectors"],
    "secret": "whsec_" + "YWJj" * 8,
    "steps": [
        {"id": "one", "integration_id": "", "action": "abc_def", "params": {"a": ["b"]}, "on_error": "stop"}
    ],
    "token_url": _URL,
    "url": _URL,
    "value": "a-key-of-mine",
    "webhook_url": _URL,
}
_SAMPLES: dict[str, object] = {
    "uuid": "018f0000-0000-7000-8000-000000000000",
    "date-time": "2036-01-31T12:00:00Z",
}
_OF_TYPE: dict[str, object] = {"integer": 1, "number": 1, "boolean": True, "null": None}


def sample(schema: Mapping[str, Any], name: str = "") -> Any:
    """A value of this schema with all of its properties."""
    if name in _ACCEPTED:
        return copy.deepcopy(_ACCEPTED[name])
    if "$ref" in schema:
        return sample(DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    for key in ("anyOf", "oneOf", "allOf", "enum"):
        if key in schema:
            return schema[key][0] if key == "enum" else sample(schema[key][0])
    match schema.get("type", ""):
        case "object":
            found: Any = {one: sample(of, one) for one, of in schema.get("properties", {}).items()} or {
                "a": "b"
            }
        case "array":
            found = [sample(schema["items"])]
        case "string":
            found = schema.get("const", _SAMPLES.get(schema.get("format", ""), "abc_def"))
        case kind:
            found = _OF_TYPE.get(kind, {"a": ["b"]})
    return found


def required(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema with nothing that can be left out: what does not go together hides what would be wrong with each."""
    if "$ref" in schema:
        return required(DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    names = schema.get("required", ())
    of = {name: one for name, one in schema.get("properties", {}).items() if name in names}
    return {**schema, "properties": of} if of else schema


def places(value: Any, way: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The ways to the value itself and to all of its parts."""
    yield way
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, one in parts:
        yield from places(one, (*way, name))


def spoilt(value: Any, way: tuple[str | int, ...], hostile: str) -> Iterator[str]:
    """The value as JSON text with the hostile one in place of this part, and beside it under a hostile name."""
    yield json.dumps(_put(value, way, _MARK)).replace(f'"{_MARK}"', hostile)
    if hostile.startswith('"'):
        part = value
        for name in way:
            part = part[name]
        if isinstance(part, dict):
            yield json.dumps(_put(value, way, {**part, _MARK: 1})).replace(f'"{_MARK}"', hostile)


def _put(value: Any, way: tuple[str | int, ...], new: Any) -> Any:
    if not way:
        return new
    whole = copy.deepcopy(value)
    at = whole
    for name in way[:-1]:
        at = at[name]
    at[way[-1]] = new
    return whole


OPERATIONS = [
    (method.upper(), path, cast("Mapping[str, Any]", one))
    for path, found in DOCUMENT["paths"].items()
    for method, one in found.items()
]


def body_of(operation: Mapping[str, Any]) -> Mapping[str, Any] | None:
    content = operation.get("requestBody", {}).get("content", {})
    return content.get("application/json", {}).get("schema")


class Caller:
    """Alice, with the ids of what there is; `failed` are the requests that Hub could not answer."""

    def __init__(self, client: httpx.AsyncClient, headers: Mapping[str, str], ids: Mapping[str, str]) -> None:
        self._client, self._headers, self._ids = client, dict(headers), ids
        self.failed: list[str] = []

    def path(self, template: str, **other: str) -> str:
        theirs = {"integration_id": self._ids["webhook_id"]} if template.startswith("/customer/") else {}
        for name, value in {**self._ids, **theirs, **other}.items():
            template = template.replace(f"{{{name}}}", value)
        return template

    def body(self, path: str, sampled: Any) -> Any:
        """The body with the connector that is there."""
        for step in sampled.get("steps", []) if "/plans" in path else []:
            step["integration_id"] = self._ids["integration_id"]
        if path.endswith("import/openapi"):
            sampled.pop("url", None)
        return sampled

    async def send(self, method: str, path: str, content: str | None = None, **more: Any) -> None:
        self._client.cookies.clear()
        headers = {**self._headers, "Content-Type": "application/json"}
        body = content.encode("utf-8", "surrogatepass") if content is not None else None
        answer = await self._client.request(method, path, content=body, headers=headers, **more)
        if answer.status_code >= 500:
            self.failed.append(f"{answer.status_code} {method} {path} {(content or '')[:300]}")


@pytest.fixture
async def caller(client: httpx.AsyncClient, people: People) -> Caller:
    headers = {**await seeded.headers(people.alice), "Origin": "http://hub.test"}

    async def made(path: str, body: object) -> str:
        answer = await client.post(path, json=body, headers=headers)
        assert answer.is_success, answer.text
        found = answer.json()
        return str(found["id"] if "id" in found else found["events"][0]["id"])

    action = {
        "id": "abc_def",
        "method": "POST",
        "endpoint": "/items",
        "parameters": [{"name": "a", "type": "object"}],
    }
    declared = {
        "name": "my_api",
        "auth_type": "api_key",
        "oauth_config": {"base_url": _URL},
        "actions": [action],
    }
    connector = await made("/api/custom-integrations", declared)
    step = {"id": "one", "integration_id": connector, "action": "abc_def"}
    plan = await made("/api/custom-integrations/plans", {"name": "Nightly", "steps": [step]})
    return Caller(
        client,
        headers,
        {
            "integration_id": connector,
            "action_id": "abc_def",
            "plan_id": plan,
            "run_id": await made(f"/api/custom-integrations/plans/{plan}/run", {}),
            "webhook_id": await made("/v1/integration/webhooks", {"url": "http://127.0.0.1:9/hook"}),
            "token_id": await made("/v1/integration/tokens", {"name": "CI", "scopes": ["read:connectors"]}),
            "user_id": str(people.vera.user_id),
            "credential_type": "api_key",
        },
    )


pytestmark = [
    pytest.mark.both_databases,
    pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32", rate_limit_tier_pro_req_per_min=1_000_000),
]


async def test_no_body_makes_hub_fail(caller: Caller) -> None:
    """Each part of a body that Hub takes, or would but for one thing, becomes hostile in its turn."""
    for method, path, operation in OPERATIONS:
        schema = body_of(operation)
        if schema is None:
            continue
        for good in (caller.body(path, sample(schema)), caller.body(path, sample(required(schema)))):
            for way in places(good):
                for hostile in HOSTILE:
                    for content in spoilt(good, way, hostile):
                        await caller.send(method, caller.path(path), content)
    assert not caller.failed, "\n".join(caller.failed[:20])


async def test_no_address_and_no_header_makes_hub_fail(caller: Caller) -> None:
    for method, path, operation in OPERATIONS:
        for one in operation.get("parameters", []):
            for hostile in IN_ADDRESSES:
                text = quote(hostile.encode("utf-8", "surrogatepass"))
                match one["in"]:
                    case "path":
                        await caller.send(method, caller.path(path, **{one["name"]: text}))
                    case "query":
                        await caller.send(method, f"{caller.path(path)}?{one['name']}={text}")
                    case _:
                        continue
    assert not caller.failed, "\n".join(caller.failed[:20])


async def test_a_secret_that_does_not_open_is_a_problem_with_a_way_out(
    client: httpx.AsyncClient, caller: Caller, people: People
) -> None:
    async with db.system("a test looks") as session:
        secret = (await session.exec(select(WebhookSecret.id))).one()
    await seals.lose(WebhookSecret, secret, "secret")
    headers = await seeded.headers(people.alice)
    answer = await client.get(caller.path("/v1/integration/webhooks/{webhook_id}/secret"), headers=headers)
    assert answer.status_code == 409
    assert answer.json()["title"] == "Stored secret cannot be opened"
    assert "ENCRYPTION_KEYS_OLD" in answer.json()["detail"]
    assert (await client.get("/v1/integration/webhooks", headers=headers)).status_code == 200
