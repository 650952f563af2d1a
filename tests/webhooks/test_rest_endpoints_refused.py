"""Endpoints over REST that are refused: bad input, and callers who may not."""

import base64
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from sqlalchemy import update

from hub_app.identity.tables import ApiToken
from hub_app.kernel import db
from hub_app.kernel.clock import utcnow
from hub_app.kernel.ids import new_id
from hub_app.webhooks.tables import WebhookEndpoint
from tests import people as seeded
from tests.people import People
from tests.webhooks.rest_endpoints import (
    ALL,
    PLACES,
    SECRET,
    URL,
    WEBHOOKS,
    audited,
    count,
    make,
    refused_fields,
    stored,
)

BAD = [
    ({"colour": "red"}, "colour"),
    ({"url": None}, "url"),
    ({"url": 7}, "url"),
    ({"url": ""}, "url"),
    ({"url": "ftp://example.com/x"}, "url"),
    ({"url": "https://"}, "url"),
    ({"url": "https://exa mple.com/"}, "url"),
    ({"url": "https://user:pw@example.com/"}, "url"),
    ({"url": "https://example.com/#part"}, "url"),
    ({"url": "https://example.com:0/"}, "url"),
    ({"url": "https://2130706433/"}, "url"),
    ({"url": "https://example.com/" + "x" * 2048}, "url"),
    ({"url": "https://127.0.0.1/"}, "url"),
    ({"url": "https://10.1.2.3/"}, "url"),
    ({"url": "http://169.254.169.254/latest/meta-data"}, "url"),
    ({"url": "https://[::1]/"}, "url"),
    ({"url": "https://[::ffff:10.0.0.1]/"}, "url"),
    ({"url": "https://localhost/"}, "url"),
    ({"name": ""}, "name"),
    ({"name": "x" * 101}, "name"),
    ({"name": "two\nlines"}, "name"),
    ({"name": "a\ttab"}, "name"),
    ({"name": "turned \u202egnp.exe"}, "name"),
    ({"name": "\u200d"}, "name"),
    ({"name": ["x"]}, "name"),
    ({"events": "task.created"}, "events"),
    ({"events": {}}, "events"),
    ({"events": {"task.created": False}}, "events"),
    ({"events": {"task.created": "yes"}}, "events"),
    ({"events": {"task.created": True, "task.done": 1}}, "events"),
    ({"events": ["task.*.done"]}, "events"),
    ({"events": ["task created"]}, "events"),
    ({"events": [1]}, "events.0"),
    ({"events": ["x" * 101]}, "events"),
    ({"events": [f"t{n}" for n in range(201)]}, "events"),
    ({"retry_policy": "SOMETIMES"}, "retry_policy"),
    ({"headers": ["X-Team"]}, "headers"),
    ({"headers": {"X-Team": 1}}, "headers.X-Team"),
    ({"headers": {"X Team": "a"}}, "headers"),
    ({"headers": {"X-Team": "a\r\nX-Other: b"}}, "headers"),
    ({"headers": {"X-Team": "x" * 2001}}, "headers"),
    ({"headers": {"Webhook-Id": "a"}}, "headers"),
    ({"headers": {"HOST": "a"}}, "headers"),
    ({"headers": {f"X-{n}": "a" for n in range(21)}}, "headers"),
    ({"rate_limit": 1001}, "rate_limit"),
    ({"rate_limit": -1}, "rate_limit"),
    ({"rate_limit": "fast"}, "rate_limit"),
    ({"description": "x" * 501}, "description"),
    ({"description": "a\x00b"}, "description"),
    ({"enabled": "perhaps"}, "enabled"),
]


async def test_bad_input_names_the_field_and_writes_nothing(
    client: httpx.AsyncClient, adam: dict[str, str]
) -> None:
    made = await make(client, adam, **ALL)
    before = await stored()
    for given, field in [
        *BAD,
        ({"rate_limit": 0}, "rate_limit"),
        ({"secret": "whsec_"}, "secret"),
        ({"secret": "whsec_" + base64.b64encode(bytes(23)).decode()}, "secret"),
        ({"secret": "whsec_" + base64.b64encode(bytes(65)).decode()}, "secret"),
        ({"secret": SECRET.removeprefix("whsec_")}, "secret"),
        ({"secret": SECRET + "!"}, "secret"),
        ({"secret": 5}, "secret"),
    ]:
        answer = await client.post(WEBHOOKS, json={"name": "New", "url": URL, **given}, headers=adam)
        assert refused_fields(answer) == [field], given
    for given, field in [
        *[(given, field) for given, field in BAD if given != {"url": None}],
        ({"secret": SECRET}, "secret"),
    ]:
        answer = await client.patch(f"{WEBHOOKS}/{made['id']}", json={"name": "New", **given}, headers=adam)
        assert refused_fields(answer) == [field], given
    assert await stored() == before


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ('"name": "\\ud800"', "name"),
        ('"url": "https://example.com/\\ud800"', "url"),
        ('"description": "\\udfff"', "description"),
        ('"events": ["\\ud800"]', "events"),
        ('"events": {"\\ud800": true}', "events"),
        ('"headers": {"\\ud800": "a"}', "headers"),
        ('"headers": {"X-Team": "\\ud800"}', "headers"),
        ('"secret": "\\ud800"', "secret"),
    ],
)
async def test_half_characters_are_refused(
    client: httpx.AsyncClient, adam: dict[str, str], given: str, field: str
) -> None:
    """JSON can escape a lone surrogate, which no database and no receiver takes."""
    headers = {**adam, "Content-Type": "application/json"}
    body = f'{{"url": "{URL}", {given}}}'
    assert refused_fields(await client.post(WEBHOOKS, content=body, headers=headers)) == [field]
    assert await count(WebhookEndpoint) == 0


async def test_several_mistakes_are_all_named(client: httpx.AsyncClient, adam: dict[str, str]) -> None:
    given = {"name": "", "events": {}, "rate_limit": "x", "colour": 1}
    answer = await client.post(WEBHOOKS, json=given, headers=adam)
    assert set(refused_fields(answer)) == {"name", "url", "events", "rate_limit", "colour"}


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 422), (b"{", 400), (b'{"url": "\xff"}', 400), (b"[]", 422), (b"null", 422), (b'"url"', 422)],
)
async def test_a_body_that_is_no_object_is_refused(
    client: httpx.AsyncClient, adam: dict[str, str], body: bytes, status: int
) -> None:
    made = await make(client, adam)
    before = await stored()
    headers = {**adam, "Content-Type": "application/json"}
    for method, path in (("POST", WEBHOOKS), ("PATCH", f"{WEBHOOKS}/{made['id']}")):
        answer = await client.request(method, path, content=body, headers=headers)
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
    assert await stored() == before


async def test_ids_of_nothing(client: httpx.AsyncClient, adam: dict[str, str]) -> None:
    calls = [("GET", place) for place in PLACES] + [
        ("DELETE", ""),
        ("POST", "/secret/rotate"),
        ("POST", "/test"),
    ]
    before = await stored()
    for method, place in calls:
        answer = await client.request(method, f"{WEBHOOKS}/{new_id()}{place}", headers=adam)
        assert (answer.status_code, answer.json()["detail"]) == (404, "Integration not found")
        answer = await client.request(method, f"{WEBHOOKS}/none{place}", headers=adam)
        assert refused_fields(answer) == ["webhook_id"]
    answer = await client.patch(f"{WEBHOOKS}/{new_id()}", json={"enabled": True}, headers=adam)
    assert answer.status_code == 404
    assert await stored() == before


async def test_another_tenants_endpoint_does_not_exist(
    client: httpx.AsyncClient, people: People, adam: dict[str, str]
) -> None:
    url = f"{WEBHOOKS}/{(await make(client, adam))['id']}"
    mallory = await seeded.headers(people.mallory)
    before = await stored()
    for method, place, body in [
        *[("GET", place, None) for place in PLACES],
        ("PATCH", "", {"name": "Mine now"}),
        ("DELETE", "", None),
        ("POST", "/secret/rotate", None),
        ("POST", "/test", {}),
    ]:
        answer = await client.request(method, url + place, json=body, headers=mallory)
        assert (answer.status_code, answer.json()["detail"]) == (404, "Integration not found")
    assert (await client.get(WEBHOOKS, headers=mallory)).json()["items"] == []
    assert await stored() == before


async def test_roles_and_scopes_decide_who_changes_endpoints(
    client: httpx.AsyncClient, people: People, adam: dict[str, str]
) -> None:
    url = f"{WEBHOOKS}/{(await make(client, adam))['id']}"
    before = await stored()
    for headers, missing in (
        (await seeded.headers(people.vera), "Customer admin role required"),
        (await seeded.headers(people.erin), "Customer admin role required"),
        (await seeded.headers(people.adam, "read:*", "write:events"), "Scope write:webhooks required"),
    ):
        for answer in (
            await client.post(WEBHOOKS, json={"url": URL}, headers=headers),
            await client.patch(url, json={"enabled": False}, headers=headers),
            await client.delete(url, headers=headers),
        ):
            assert (answer.status_code, answer.json()["detail"]) == (403, missing)
            assert answer.headers["content-type"] == "application/problem+json"
        assert (await client.get(url, headers=headers)).status_code == 200
    narrow = await seeded.headers(people.adam, "read:events")
    for answer in (await client.get(WEBHOOKS, headers=narrow), await client.get(url, headers=narrow)):
        assert (answer.status_code, answer.json()["detail"]) == (403, "Scope read:webhooks required")
    assert await stored() == before
    assert len(await audited("access.refused")) == 11


async def test_nobody_known_gets_nothing(client: httpx.AsyncClient, people: People) -> None:
    adam = await seeded.token(people.adam)
    made = await make(client, {"Authorization": f"Bearer {adam}"})
    before = await stored()
    tokens = (await client.get("/v1/integration/tokens", headers={"Authorization": f"Bearer {adam}"})).json()
    async with db.system("a test lets a token expire", write=True) as session:
        ended = {"expires_at": utcnow() - timedelta(seconds=1)}
        mine = ApiToken.id == UUID(tokens["items"][0]["id"])
        await session.exec(
            update(ApiToken).where(mine).values(ended)  # pyright: ignore[reportArgumentType] - a column
        )
        db.notify(session, "identity")
    for credentials in ({"Authorization": f"Bearer {adam}"}, {"Authorization": "Bearer hub_pat_x"}, {}):
        for method in ("GET", "PATCH", "DELETE"):
            answer = await client.request(
                method, f"{WEBHOOKS}/{made['id']}", json={"enabled": False}, headers=credentials
            )
            assert answer.status_code == 401
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.headers["www-authenticate"].startswith("Bearer")
        answer = await client.post(WEBHOOKS, json={"url": URL}, headers=credentials)
        assert answer.status_code == 401
    assert await stored() == before


async def test_a_revoked_token_changes_nothing(client: httpx.AsyncClient, people: People) -> None:
    alice, adam = await seeded.headers(people.alice), await seeded.headers(people.adam)
    await make(client, adam)
    (token,) = (await client.get("/v1/integration/tokens", headers=adam)).json()["items"]
    await client.delete(f"/v1/integration/tokens/{token['id']}", headers=alice)
    before = await stored()
    assert (await client.post(WEBHOOKS, json={"url": URL}, headers=adam)).status_code == 401
    assert await stored() == before
