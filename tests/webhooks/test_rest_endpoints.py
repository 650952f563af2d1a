"""Endpoints over the full plane: what can be said of one, and what comes back."""

import base64
import json
from datetime import timedelta

import httpx
import pytest
from sqlmodel import select

from hub_app.kernel import db
from hub_app.kernel.clock import utcnow
from hub_app.webhooks.tables import WebhookEndpoint, WebhookSecret
from tests import people as seeded
from tests.people import People
from tests.webhooks.rest_endpoints import ALL, PLACES, SECRET, WEBHOOKS, audited, count, make, refused_fields


@pytest.mark.parametrize(
    "name", ["Löschen: 50 % (neu) / «Zoë»", "倉庫 №7 ✓", "👩‍🔧 workshop", "a.b@c <d> & e"]
)
async def test_a_name_may_hold_whatever_can_be_printed(
    client: httpx.AsyncClient, adam: dict[str, str], name: str
) -> None:
    made = await make(client, adam, name=f" {name} ")
    assert made["name"] == name
    (listed,) = (await client.get("/customer/integrations", headers=adam)).json()["items"]
    assert listed["name"] == name


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
        "turned_on_at": None,
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
        times = {name: answer.json()[name] for name in ("updated_at", "turned_on_at")}
        assert answer.json() == {**made, **times}
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
