"""Deliveries over REST: their list and history, sending again, and tests."""

import asyncio
import base64
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from sqlalchemy import update
from sqlmodel import select

from hub_app.kernel import db
from hub_app.kernel.clock import utcnow
from hub_app.kernel.ids import new_id
from hub_app.kernel.tables import AuditEntry
from hub_app.webhooks import worker
from hub_app.webhooks.tables import WebhookDelivery
from tests import people as seeded
from tests.peers.receiver import Answer, Receiver
from tests.people import People

WEBHOOKS = "/v1/integration/webhooks"
DELIVERIES = "/v1/integration/deliveries"
EVENTS = "/v1/integration/events"
SECRET = "whsec_" + base64.b64encode(bytes(range(24))).decode()
pytestmark = pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32")


async def listen(
    client: httpx.AsyncClient, caller: dict[str, str], receiver: Receiver, path: str = "/hook", **more: object
) -> str:
    """The id of a new endpoint at this path of the receiver."""
    given = {"url": receiver.url + path, "secret": SECRET, **more}
    answer = await client.post(WEBHOOKS, json=given, headers=caller)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


async def publish(client: httpx.AsyncClient, caller: dict[str, str], *types: str) -> list[str]:
    events = [{"type": one, "data": {"n": n}} for n, one in enumerate(types)]
    answer = await client.post(EVENTS, json=events, headers=caller)
    assert answer.status_code == 202, answer.text
    return answer.json()["ids"]


async def listed(
    client: httpx.AsyncClient, caller: dict[str, str], endpoint: str, **query: object
) -> list[dict[str, Any]]:
    answer = await client.get(f"{WEBHOOKS}/{endpoint}/deliveries?{urlencode(query)}", headers=caller)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def try_out(
    client: httpx.AsyncClient, caller: dict[str, str], endpoint: str, **given: object
) -> dict[str, Any]:
    answer = await client.post(f"{WEBHOOKS}/{endpoint}/test", json=given, headers=caller)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def settled(client: httpx.AsyncClient, caller: dict[str, str], endpoint: str) -> list[dict[str, Any]]:
    """The endpoint's deliveries, as soon as nothing more will happen to them."""
    async with asyncio.timeout(60):
        while True:
            found = await listed(client, caller, endpoint)
            if not {one["status"] for one in found} & {"pending", "delivering"}:
                return found
            await asyncio.sleep(0.05)


async def test_a_new_delivery_waits_for_its_first_attempt(
    client: httpx.AsyncClient, receiver: Receiver, adam: dict[str, str]
) -> None:
    endpoint = await listen(client, adam, receiver)
    (event,) = await publish(client, adam, "task.created")
    (made,) = await listed(client, adam, endpoint)
    assert made == {
        "id": made["id"],
        "endpoint_id": endpoint,
        "event_id": event,
        "event_type": "task.created",
        "status": "pending",
        "attempts": 0,
        "trigger": "schedule",
        "next_attempt_at": made["created_at"],
        "status_code": None,
        "error_kind": "",
        "duration_ms": None,
        "created_at": made["created_at"],
        "finished_at": None,
    }
    shown = (await client.get(f"{DELIVERIES}/{made['id']}", headers=adam)).json()
    sent_at = (await client.get(f"{EVENTS}/{event}", headers=adam)).json()["created_at"]
    payload = f'{{"type":"task.created","timestamp":"{sent_at}","data":{{"n":0}}}}'
    assert shown == {**made, "attempts_made": [], "payload": payload}


async def test_filters_and_pages_of_the_list(
    client: httpx.AsyncClient, receiver: Receiver, adam: dict[str, str]
) -> None:
    receiver.answers["/hook"] = [Answer(204), Answer(500)]
    endpoint, other = await listen(client, adam, receiver), await listen(client, adam, receiver)
    good, bad = [(await try_out(client, adam, endpoint))["id"] for _ in range(2)]
    await publish(client, adam, "task.created", "task.done", "task.created")
    everything = [one["id"] for one in await listed(client, adam, endpoint)]
    assert everything[3:] == [bad, good]
    assert len(await listed(client, adam, other)) == 3

    async def chosen(**query: object) -> list[str]:
        return [one["id"] for one in await listed(client, adam, endpoint, **query)]

    assert await chosen(status="succeeded") == [good]
    assert await chosen(status="failed") == [bad]
    assert await chosen(status="pending") == everything[:3]
    assert await chosen(status="delivering") == await chosen(status="cancelled") == []
    assert await chosen(type="task.created", status="pending") == [everything[0], everything[2]]
    assert await chosen(type="task") == []
    times = {one["id"]: one["created_at"] for one in await listed(client, adam, endpoint)}
    assert await chosen(since=times[bad]) == everything[:4]
    assert await chosen(until=times[bad]) == [good]
    assert await chosen(since=times[good], until=times[bad]) == [good]
    pages: list[list[str]] = []
    cursor = None
    while True:
        query = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = await client.get(f"{WEBHOOKS}/{endpoint}/deliveries", params=query, headers=adam)
        pages.append([one["id"] for one in page.json()["items"]])
        cursor = page.json()["next_cursor"]
        if cursor is None:
            break
    assert pages == [everything[:2], everything[2:4], everything[4:]]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"status": "lost"}, "status"),
        ({"type": "task created"}, "type"),
        ({"since": "yesterday"}, "since"),
        ({"since": "2026-01-01T00:00:00"}, "since"),
        ({"until": "2026-01-01"}, "until"),
        ({"since": "0001-01-01T00:00:00+14:00"}, "since"),
        ({"until": "9999-12-31T23:59:59-14:00"}, "until"),
    ],
)
async def test_a_bad_filter_is_named(
    client: httpx.AsyncClient,
    receiver: Receiver,
    adam: dict[str, str],
    query: dict[str, str],
    field: str,
) -> None:
    endpoint = await listen(client, adam, receiver)
    answer = await client.get(f"{WEBHOOKS}/{endpoint}/deliveries", params=query, headers=adam)
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_a_test_is_sent_at_once_and_answers_with_the_attempt(
    client: httpx.AsyncClient, people: People, receiver: Receiver, adam: dict[str, str]
) -> None:
    receiver.answers["/hook"] = [Answer(201, {"X-Seen": "yes"}, b"thanks")]
    endpoint = await listen(client, adam, receiver, headers={"X-Team": "blue"}, enabled=False)
    erin = await seeded.headers(people.erin)
    sent = await try_out(client, erin, endpoint, type="order.paid", data={"total": 5})
    (arrived,) = receiver.requests
    assert arrived.verify(SECRET) == {
        "type": "order.paid",
        "timestamp": arrived.verify(SECRET)["timestamp"],  # type: ignore[index]
        "data": {"total": 5},
    }
    assert arrived.headers["x-team"] == "blue"
    assert sent["payload"] == arrived.body.decode()
    assert (sent["status"], sent["trigger"], sent["status_code"]) == ("succeeded", "test", 201)
    (attempt,) = sent["attempts_made"]
    assert attempt["response_headers"]["x-seen"] == "yes"
    assert (attempt["response_body"], attempt["error_kind"]) == ("thanks", "")
    assert (await client.get(f"{DELIVERIES}/{sent['id']}", headers=erin)).json() == sent
    standard = await client.post(f"{WEBHOOKS}/{endpoint}/test", headers=erin)
    assert (standard.status_code, standard.json()["event_type"]) == (200, "webhook.test")


async def test_a_test_that_fails_says_how_and_is_not_tried_again(
    client: httpx.AsyncClient, receiver: Receiver, adam: dict[str, str]
) -> None:
    receiver.answers["/hook"] = [Answer(500, body=b"no")]
    endpoint = await listen(client, adam, receiver)
    refused = await try_out(client, adam, endpoint)
    (attempt,) = refused["attempts_made"]
    assert (refused["status"], refused["next_attempt_at"]) == ("failed", None)
    assert (attempt["status_code"], attempt["error_kind"]) == (500, "status")
    unknown = {"url": "https://nobody.invalid/hook"}
    assert (await client.patch(f"{WEBHOOKS}/{endpoint}", json=unknown, headers=adam)).status_code == 200
    (attempt,) = (await try_out(client, adam, endpoint))["attempts_made"]
    assert (attempt["status_code"], attempt["error_kind"]) == (None, "dns")
    assert "nobody.invalid" in attempt["error_detail"]


async def test_bad_tests_are_refused_and_nothing_is_sent(
    client: httpx.AsyncClient, people: People, receiver: Receiver, adam: dict[str, str]
) -> None:
    endpoint = await listen(client, adam, receiver)
    url = f"{WEBHOOKS}/{endpoint}/test"
    for given, field in (
        ({"type": "no type"}, "type"),
        ({"kind": "task.created"}, "kind"),
        ({"type": None}, "type"),
    ):
        answer = await client.post(url, json=given, headers=adam)
        assert (answer.status_code, [e["field"] for e in answer.json()["errors"]]) == (422, [field])
    for body in (b'{"data": NaN}', b'{"data": "\\ud800"}', b'{"data": {"\\udfff": 1}}'):
        answer = await client.post(url, content=body, headers={**adam, "Content-Type": "application/json"})
        assert (answer.status_code, [e["field"] for e in answer.json()["errors"]]) == (422, ["data"])
    vera = await client.post(url, headers=await seeded.headers(people.vera))
    assert (vera.status_code, vera.json()["detail"]) == (403, "Engineer role required")
    assert receiver.count == 0
    assert await listed(client, adam, endpoint) == []


async def test_an_engineer_sends_again_and_a_viewer_does_not(
    client: httpx.AsyncClient, people: People, receiver: Receiver, adam: dict[str, str]
) -> None:
    receiver.answers["/hook"] = [Answer(500), Answer(200)]
    endpoint = await listen(client, adam, receiver, retry_policy="NONE")
    vera, erin = await seeded.headers(people.vera), await seeded.headers(people.erin)
    async with worker.running():
        await publish(client, adam, "task.created")
        (failed,) = await settled(client, adam, endpoint)
        url = f"{DELIVERIES}/{failed['id']}"
        assert failed["status"] == "failed"
        refused = await client.post(f"{url}/resend", headers=vera)
        assert (refused.status_code, refused.json()["detail"]) == (403, "Engineer role required")
        assert (await client.get(url, headers=vera)).json()["attempts"] == 1
        again = await client.post(f"{url}/resend", headers=erin)
        assert (again.status_code, again.json()["id"], again.json()["trigger"]) == (
            202,
            failed["id"],
            "manual",
        )
        await settled(client, adam, endpoint)
    shown = (await client.get(url, headers=vera)).json()
    assert [(a["number"], a["trigger"], a["status_code"]) for a in shown["attempts_made"]] == [
        (1, "schedule", 500),
        (2, "manual", 200),
    ]
    first, second = receiver.requests
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    second.verify(SECRET)
    async with db.system("a test looks") as session:
        resent = select(AuditEntry).where(AuditEntry.action == "webhook.delivery.resent")
        assert [e.actor_id for e in (await session.exec(resent)).all()] == [people.erin.user_id]


async def test_what_cannot_be_sent_again_now(
    client: httpx.AsyncClient, receiver: Receiver, adam: dict[str, str]
) -> None:
    endpoint = await listen(client, adam, receiver)
    sent = await try_out(client, adam, endpoint)
    url = f"{DELIVERIES}/{sent['id']}/resend"
    await client.patch(f"{WEBHOOKS}/{endpoint}", json={"enabled": False}, headers=adam)
    off = await client.post(url, headers=adam)
    assert (off.status_code, off.json()["detail"]) == (
        409,
        "This endpoint is off. Turn it on, then resend.",
    )
    await client.patch(f"{WEBHOOKS}/{endpoint}", json={"enabled": True}, headers=adam)
    async with db.system("a test plays a dispatcher that is sending", write=True) as session:
        leased = {"status": "pending", "lease": new_id(), "due_at": utcnow() + timedelta(minutes=1)}
        await session.exec(update(WebhookDelivery).values(leased))
    assert [one["id"] for one in await listed(client, adam, endpoint, status="delivering")] == [sent["id"]]
    sending = await client.post(url, headers=adam)
    assert (sending.status_code, "being sent right now" in sending.json()["detail"]) == (409, True)


async def test_another_tenants_deliveries_do_not_exist(
    client: httpx.AsyncClient, people: People, receiver: Receiver, adam: dict[str, str]
) -> None:
    endpoint = await listen(client, adam, receiver)
    delivery = (await try_out(client, adam, endpoint))["id"]
    mallory = await seeded.headers(people.mallory)
    for one, caller in ((delivery, mallory), (new_id(), adam)):
        for answer in (
            await client.get(f"{DELIVERIES}/{one}", headers=caller),
            await client.post(f"{DELIVERIES}/{one}/resend", headers=caller),
        ):
            assert (answer.status_code, answer.json()["detail"]) == (404, "Delivery not found")
    assert (await client.get(f"{WEBHOOKS}/{endpoint}/deliveries", headers=mallory)).status_code == 404
    assert (await client.post(f"{WEBHOOKS}/{endpoint}/test", headers=mallory)).status_code == 404
    assert receiver.count == 1
    broken = await client.get(f"{DELIVERIES}/none", headers=adam)
    assert (broken.status_code, broken.json()["errors"][0]["field"]) == (422, "delivery_id")


async def test_scopes_narrow_what_may_be_seen_and_sent(
    client: httpx.AsyncClient, people: People, receiver: Receiver, adam: dict[str, str]
) -> None:
    endpoint = await listen(client, adam, receiver)
    delivery = (await try_out(client, adam, endpoint))["id"]
    events_only = await seeded.headers(people.adam, "read:events", "write:events")
    reading = await seeded.headers(people.adam, "read:webhooks")
    for path in (f"{WEBHOOKS}/{endpoint}/deliveries", f"{DELIVERIES}/{delivery}"):
        assert (await client.get(path, headers=reading)).status_code == 200
        refused = await client.get(path, headers=events_only)
        assert (refused.status_code, refused.json()["detail"]) == (403, "Scope read:webhooks required")
    for path in (f"{DELIVERIES}/{delivery}/resend", f"{WEBHOOKS}/{endpoint}/test"):
        refused = await client.post(path, headers=reading)
        assert (refused.status_code, refused.json()["detail"]) == (403, "Scope write:webhooks required")
        assert (await client.post(path)).status_code == 401
    assert receiver.count == 1


async def test_times_are_told_in_utc(
    client: httpx.AsyncClient, receiver: Receiver, adam: dict[str, str]
) -> None:
    endpoint = await listen(client, adam, receiver)
    sent = await try_out(client, adam, endpoint)
    for text in (sent["created_at"], sent["finished_at"], sent["attempts_made"][0]["started_at"]):
        assert datetime.fromisoformat(text).utcoffset() == timedelta(0)
