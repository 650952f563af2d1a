"""Endpoints over the full plane: what can be said of one, what comes back, and what is refused."""

import base64
import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import update
from sqlmodel import SQLModel, func, select

from hub_app.identity.tables import ApiToken
from hub_app.kernel import db
from hub_app.kernel.clock import utcnow
from hub_app.kernel.ids import new_id
from hub_app.kernel.tables import AuditEntry
from hub_app.webhooks.tables import EventType, WebhookEndpoint, WebhookSecret
from tests import people as seeded
from tests.people import People

WEBHOOKS = "/v1/integration/webhooks"
URL = "https://hooks.example.com/services/T0/B0"
SECRET = "whsec_" + base64.b64encode(bytes(range(24))).decode()
ALL = {
    "name": "Warehouse",
    "url": URL,
    "secret": SECRET,
    "events": {"task.created": True, "task.done": False, "order.*": True},
    "retry_policy": "LINEAR",
    "headers": {"X-Team": "blue-17"},
    "rate_limit": 5,
    "description": "For the night shift",
    "enabled": False,
}
PLACES = ["", "/secret", "/deliveries"]


@pytest.fixture
async def adam(people: People) -> dict[str, str]:
    """The headers of Acme's customer admin."""
    return await seeded.headers(people.adam)


async def make(client: httpx.AsyncClient, caller: dict[str, str], **given: object) -> dict[str, Any]:
    answer = await client.post(WEBHOOKS, json={"url": URL, **given}, headers=caller)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def stored() -> list[dict[str, object]]:
    """Everything that is kept about endpoints, and how many entries the audit log has of them."""
    async with db.system("a test looks") as session:
        rows: list[dict[str, object]] = []
        for table in (WebhookEndpoint, WebhookSecret, EventType):
            rows += [one.model_dump() for one in (await session.exec(select(table))).all()]
        about = select(func.count()).where(AuditEntry.target_type == "webhook_endpoint")
        return [*rows, {"audited": (await session.exec(about)).one()}]


async def audited(action: str) -> list[AuditEntry]:
    async with db.system("a test looks") as session:
        return list((await session.exec(select(AuditEntry).where(AuditEntry.action == action))).all())


async def count(table: type[SQLModel]) -> int:
    async with db.system("a test looks") as session:
        return (await session.exec(select(func.count()).select_from(table))).one()


def refused_fields(answer: httpx.Response) -> list[str]:
    """The fields a 422 names."""
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return [error["field"] for error in answer.json()["errors"]]


async def test_an_endpoint_of_an_address_alone_has_sensible_defaults(
    client: httpx.AsyncClient, adam: dict[str, str]
) -> None:
    made = await make(client, adam)
    assert made["name"] == "hooks-example-com"
    assert made == {
        "id": made["id"],
        "name": "hooks-example-com",
        "url": "https://hooks.example.com",
        "events": [],
        "enabled": True,
        "retry_policy": "EXPONENTIAL",
        "rate_limit": None,
        "description": "",
        "disabled_reason": "",
        "failing_since": None,
        "created_at": made["created_at"],
        "updated_at": made["updated_at"],
    }
    secret = (await client.get(f"{WEBHOOKS}/{made['id']}/secret", headers=adam)).json()["secret"]
    assert len(base64.b64decode(secret.removeprefix("whsec_"))) == 32


async def test_everything_that_was_said_is_kept(client: httpx.AsyncClient, adam: dict[str, str]) -> None:
    made = await make(client, adam, **ALL)
    shown = {name: made[name] for name in ALL if name not in ("url", "secret", "headers", "events")}
    assert shown == {name: ALL[name] for name in shown}
    assert made["events"] == ["order.*", "task.created"]
    url = f"{WEBHOOKS}/{made['id']}"
    assert (await client.get(url, headers=adam)).json() == made
    assert (await client.get(WEBHOOKS, headers=adam)).json()["items"] == [made]
    kept = (await client.get(f"{url}/secret", headers=adam)).json()
    assert kept == {"secret": SECRET, "old_secret_expires_at": None}


@pytest.mark.parametrize("events", [[], None])
async def test_no_choice_of_events_means_all(
    client: httpx.AsyncClient, adam: dict[str, str], events: list[str] | None
) -> None:
    given: dict[str, object] = {} if events is None else {"events": events}
    assert (await make(client, adam, **given))["events"] == []


async def test_a_change_touches_what_was_sent_and_nothing_else(
    client: httpx.AsyncClient, adam: dict[str, str]
) -> None:
    made = await make(client, adam, **ALL)
    url = f"{WEBHOOKS}/{made['id']}"
    for sent, shown in (
        ({"name": " Depot "}, {"name": "Depot"}),
        ({"events": ["task.*", "task.*"]}, {"events": ["task.*"]}),
        ({"events": []}, {"events": []}),
        ({"url": "http://other.example.net/x?y=1"}, {"url": "http://other.example.net"}),
        ({"rate_limit": 0}, {"rate_limit": None}),
        ({"retry_policy": "NONE", "description": ""}, {"retry_policy": "NONE", "description": ""}),
        ({"enabled": True}, {"enabled": True}),
    ):
        made |= shown
        answer = await client.patch(url, json=sent, headers=adam)
        assert answer.status_code == 200, answer.text
        assert answer.json() == {**made, "updated_at": answer.json()["updated_at"]}
        assert answer.json()["updated_at"] > made["updated_at"]
        assert (await client.get(url, headers=adam)).json() == answer.json()


async def test_a_deleted_endpoint_is_gone_with_its_secret(
    client: httpx.AsyncClient, adam: dict[str, str]
) -> None:
    url = f"{WEBHOOKS}/{(await make(client, adam))['id']}"
    answer = await client.delete(url, headers=adam)
    assert (answer.status_code, answer.content) == (204, b"")
    for place in PLACES:
        assert (await client.get(url + place, headers=adam)).status_code == 404
    assert (await count(WebhookEndpoint), await count(WebhookSecret)) == (0, 0)


async def test_the_list_comes_in_pages_newest_first(client: httpx.AsyncClient, adam: dict[str, str]) -> None:
    names = [(await make(client, adam, name=f"number {n}"))["name"] for n in range(5)]
    pages: list[list[str]] = []
    cursor = ""
    while cursor is not None:
        query = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        page = (await client.get(WEBHOOKS, params=query, headers=adam)).json()
        pages.append([one["name"] for one in page["items"]])
        cursor = page["next_cursor"]
    assert pages == [names[:2:-1], names[2:0:-1], names[:1]]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=many", "limit"),
        ("cursor=nonsense", "cursor"),
        (f"cursor={'x' * 1001}", "cursor"),
    ],
)
async def test_bad_paging_is_refused(
    client: httpx.AsyncClient, adam: dict[str, str], query: str, field: str
) -> None:
    assert refused_fields(await client.get(f"{WEBHOOKS}?{query}", headers=adam)) == [field]


async def test_a_secret_is_revealed_to_admins_and_audited(
    client: httpx.AsyncClient, people: People, adam: dict[str, str]
) -> None:
    made = await make(client, adam, secret=SECRET)
    url = f"{WEBHOOKS}/{made['id']}/secret"
    for person in (people.alice, people.adam):
        answer = await client.get(url, headers=await seeded.headers(person))
        assert answer.json()["secret"] == SECRET
        assert answer.headers["cache-control"] == "no-store"
    entries = await audited("webhook.endpoint.secret_revealed")
    assert [(e.actor_id, e.target_id) for e in entries] == [
        (people.alice.user_id, made["id"]),
        (people.adam.user_id, made["id"]),
    ]
    for person in (people.erin, people.vera):
        headers = await seeded.headers(person)
        for answer in (
            await client.get(url, headers=headers),
            await client.post(f"{url}/rotate", headers=headers),
        ):
            assert (answer.status_code, answer.json()["detail"]) == (403, "Customer admin role required")
    assert len(await audited("webhook.endpoint.secret_revealed")) == 2


async def test_after_a_rotation_the_old_secret_has_a_day(
    client: httpx.AsyncClient, adam: dict[str, str]
) -> None:
    url = f"{WEBHOOKS}/{(await make(client, adam, secret=SECRET))['id']}/secret"
    first = (await client.post(f"{url}/rotate", headers=adam)).json()
    assert first["secret"] != SECRET
    ends = (await client.get(url, headers=adam)).json()["old_secret_expires_at"]
    assert first == {"secret": first["secret"], "old_secret_expires_at": ends}
    second = (await client.post(f"{url}/rotate", headers=adam)).json()
    assert second["secret"] not in (first["secret"], SECRET)
    async with db.system("a test looks") as session:
        rows = (await session.exec(select(WebhookSecret))).all()
    old = [row.expires_at for row in rows if row.expires_at is not None]
    assert (len(rows), len(old)) == (2, 1)
    assert abs(old[0] - utcnow() - timedelta(hours=24)) < timedelta(minutes=5)
    assert len(await audited("webhook.endpoint.secret_rotated")) == 2


async def test_header_values_and_paths_never_come_back(
    client: httpx.AsyncClient, adam: dict[str, str]
) -> None:
    made = await make(client, adam, **ALL)
    url = f"{WEBHOOKS}/{made['id']}"
    changed = await client.patch(url, json={"headers": {"X-Team": "blue-18"}}, headers=adam)
    texts = [
        json.dumps(made),
        changed.text,
        (await client.get(url, headers=adam)).text,
        (await client.get(WEBHOOKS, headers=adam)).text,
        str([e.model_dump() for e in await audited("webhook.endpoint.created")]),
        str([e.model_dump() for e in await audited("webhook.endpoint.updated")]),
    ]
    for text in texts:
        assert "hooks.example.com" in text or "X-Team" in text
        assert not [one for one in ("blue-1", "/services", SECRET) if one in text]


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
    ({"name": "Löschen"}, "name"),
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
