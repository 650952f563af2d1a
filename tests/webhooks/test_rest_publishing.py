"""Publishing: what is accepted, what is written of it, and who receives it."""

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import update
from sqlmodel import SQLModel, func, select

from hub_app.kernel import db
from hub_app.kernel.clock import utcnow
from hub_app.rest import MAX_BODY_BYTES
from hub_app.webhooks.service import subscriptions
from hub_app.webhooks.tables import Event, EventKey, EventType, WebhookDelivery, WebhookEndpoint
from tests import people as seeded
from tests.people import People

EVENTS = "/v1/integration/events"
WEBHOOKS = "/v1/integration/webhooks"
TASK = {"type": "task.created", "data": {"id": "tsk_8812"}}
JSON = {"Content-Type": "application/json"}


@pytest.fixture
async def adam(people: People) -> dict[str, str]:
    """The headers of Acme's customer admin. No other test's endpoints are remembered."""
    subscriptions.forget()
    return await seeded.headers(people.adam)


async def publish(
    client: httpx.AsyncClient, caller: dict[str, str], given: dict[str, Any] | Sequence[dict[str, Any]]
) -> list[str]:
    answer = await client.post(EVENTS, json=given, headers=caller)
    assert answer.status_code == 202, answer.text
    return answer.json()["ids"]


async def listen(client: httpx.AsyncClient, caller: dict[str, str], *types: str, **given: object) -> str:
    """The id of a new endpoint for these event types."""
    body = {"name": "e", "url": "https://example.com/hook", "events": types, **given}
    answer = await client.post(WEBHOOKS, json=body, headers=caller)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


async def count(table: type[SQLModel]) -> int:
    async with db.system("a test looks") as session:
        return (await session.exec(select(func.count()).select_from(table))).one()


async def counts() -> list[int]:
    return [await count(table) for table in (Event, EventKey, EventType, WebhookDelivery)]


async def fan_out() -> Counter[tuple[str, str]]:
    """How many deliveries there are, by endpoint and event."""
    async with db.system("a test looks") as session:
        rows = (await session.exec(select(WebhookDelivery))).all()
    return Counter((str(row.endpoint_id), str(row.event_id)) for row in rows)


async def test_an_event_is_kept_as_it_was_sent(
    client: httpx.AsyncClient, people: People, adam: dict[str, str]
) -> None:
    data = {"text": "Grüße 🎈 \x00", "deep": [{"n": 1.5, "none": None}], "big": 2**70 + 1, "": ""}
    given = {"type": "task.created", "data": data, "idempotency_key": "key-1"}
    (event,) = await publish(client, adam, given)
    assert UUID(event).version == 7
    kept = (await client.get(f"{EVENTS}/{event}", headers=adam)).json()
    assert kept == {"id": event, **given, "created_at": kept["created_at"]}
    mallory = await seeded.headers(people.mallory)
    missing = await client.get(f"{EVENTS}/{event}", headers=mallory)
    assert (missing.status_code, missing.json()["detail"]) == (404, "Event not found")
    assert (await client.get(EVENTS, headers=mallory)).json()["items"] == []


@pytest.mark.parametrize("data", ["text", 5, None, [], True])
async def test_any_json_is_data(client: httpx.AsyncClient, adam: dict[str, str], data: object) -> None:
    (event,) = await publish(client, adam, {"type": "task.created", "data": data})
    assert (await client.get(f"{EVENTS}/{event}", headers=adam)).json()["data"] == data


async def test_a_batch_answers_with_ids_in_its_order(client: httpx.AsyncClient, adam: dict[str, str]) -> None:
    batch = [{"type": f"task.kind_{n % 3}", "data": n} for n in range(1000)]
    ids = await publish(client, adam, batch)
    assert len(set(ids)) == 1000
    async with db.system("a test looks") as session:
        rows = (await session.exec(select(Event.id, Event.payload))).all()
    payloads = {str(event): payload for event, payload in rows}
    assert [payloads[one] for one in ids] == [str(n) for n in range(1000)]


async def test_events_are_listed_newest_first_and_by_type(
    client: httpx.AsyncClient, adam: dict[str, str]
) -> None:
    ids = [(await publish(client, adam, {"type": f"t{n % 2}", "data": n}))[0] for n in range(5)]
    first = (await client.get(EVENTS, params={"limit": 3}, headers=adam)).json()
    assert [one["id"] for one in first["items"]] == ids[:1:-1]
    rest = await client.get(EVENTS, params={"cursor": first["next_cursor"]}, headers=adam)
    assert [one["id"] for one in rest.json()["items"]] == ids[1::-1]
    odd = await client.get(EVENTS, params={"type": "t1"}, headers=adam)
    assert [one["id"] for one in odd.json()["items"]] == [ids[3], ids[1]]
    assert "data" not in odd.json()["items"][0]


async def test_the_same_key_is_the_same_event(client: httpx.AsyncClient, adam: dict[str, str]) -> None:
    await listen(client, adam)
    keyed = {**TASK, "idempotency_key": "task-8812"}
    (first,) = await publish(client, adam, keyed)
    assert await publish(client, adam, {**keyed, "data": "other"}) == [first]
    other, again = await publish(client, adam, [{**keyed, "idempotency_key": "task-8813"}, keyed])
    assert again == first
    assert other != first
    assert await count(Event) == await count(WebhookDelivery) == 2
    assert (await client.get(f"{EVENTS}/{first}", headers=adam)).json()["data"] == TASK["data"]


async def test_a_batch_may_repeat_its_own_keys(client: httpx.AsyncClient, adam: dict[str, str]) -> None:
    await listen(client, adam)
    batch = [{**TASK, "data": n, "idempotency_key": key} for n, key in enumerate("abaacb")]
    ids = await publish(client, adam, batch)
    assert [ids.index(one) for one in ids] == [0, 1, 0, 0, 4, 1]
    assert await count(Event) == await count(WebhookDelivery) == 3
    assert (await client.get(f"{EVENTS}/{ids[0]}", headers=adam)).json()["data"] == 0


@pytest.mark.both_databases
@pytest.mark.parametrize("batched", [False, True])
async def test_publishers_at_the_same_time_make_one_event_of_one_key(
    client: httpx.AsyncClient, adam: dict[str, str], *, batched: bool
) -> None:
    await listen(client, adam)
    keyed = [{**TASK, "idempotency_key": key} for key in "ab"]
    given = [keyed, keyed[::-1]] * 5 if batched else keyed * 5
    answers = await asyncio.gather(*(publish(client, adam, one) for one in given))
    assert len({one for ids in answers for one in ids}) == 2
    assert await count(Event) == await count(WebhookDelivery) == 2


async def test_another_tenants_same_key_is_another_event(
    client: httpx.AsyncClient, people: People, adam: dict[str, str]
) -> None:
    keyed = {**TASK, "idempotency_key": "task-8812"}
    mallory = await seeded.headers(people.mallory)
    (ours,), (theirs,) = await publish(client, adam, keyed), await publish(client, mallory, keyed)
    assert ours != theirs
    assert await publish(client, mallory, keyed) == [theirs]
    assert await publish(client, adam, keyed) == [ours]


async def test_a_key_is_free_again_after_a_day(client: httpx.AsyncClient, adam: dict[str, str]) -> None:
    keyed = {**TASK, "idempotency_key": "task-8812"}
    (first,) = await publish(client, adam, keyed)
    async with db.system("a test looks") as session:
        (key,) = (await session.exec(select(EventKey))).all()
    assert abs(key.expires_at - utcnow() - timedelta(hours=24)) < timedelta(minutes=5)
    async with db.system("a test lets a key run out", write=True) as session:
        await session.exec(update(EventKey).values(expires_at=utcnow() - timedelta(seconds=1)))
    (second,) = await publish(client, adam, keyed)
    assert second != first
    assert await publish(client, adam, keyed) == [second]
    assert await count(Event) == 2


async def test_each_subscribed_endpoint_gets_one_delivery(
    client: httpx.AsyncClient, people: People, adam: dict[str, str]
) -> None:
    mallory = await seeded.headers(people.mallory)
    everything = await listen(client, adam)
    starred = await listen(client, adam, "*")
    tasks = await listen(client, adam, "task.*")
    exact = await listen(client, adam, "task.created", "task.*", "order.paid")
    theirs = await listen(client, mallory, "*")
    types = ["task.created", "task.item.done", "task", "tasks.created", "order.paid", "Task.created"]
    batch = await publish(client, adam, [{"type": one, "data": None} for one in types])
    singles = [(await publish(client, adam, {"type": one, "data": None}))[0] for one in types]
    for ids in (batch, singles):
        wanted = {everything: ids, starred: ids, tasks: ids[:2], exact: [*ids[:2], ids[4]]}
        made = {pair: n for pair, n in (await fan_out()).items() if pair[1] in ids}
        assert made == {(endpoint, event): 1 for endpoint, events in wanted.items() for event in events}
    assert theirs not in {endpoint for endpoint, _ in await fan_out()}
    async with db.system("a test looks") as session:
        tenants = (await session.exec(select(WebhookDelivery.tenant_id).distinct())).all()
    assert tenants == [people.adam.tenant_id]


async def test_an_endpoint_that_is_off_is_passed_by_and_keeps_what_it_had(
    client: httpx.AsyncClient, adam: dict[str, str]
) -> None:
    """docs/decisions/0007."""
    endpoint = await listen(client, adam)
    (before,) = await publish(client, adam, TASK)
    url = f"{WEBHOOKS}/{endpoint}"
    assert (await client.patch(url, json={"enabled": False}, headers=adam)).status_code == 200
    (meanwhile,) = await publish(client, adam, TASK)
    assert (await client.get(f"{EVENTS}/{meanwhile}", headers=adam)).status_code == 200
    assert await fan_out() == {(endpoint, before): 1}
    assert (await client.patch(url, json={"enabled": True}, headers=adam)).status_code == 200
    (after,) = await publish(client, adam, TASK)
    assert await fan_out() == {(endpoint, before): 1, (endpoint, after): 1}
    waiting = (await client.get(f"{url}/deliveries?status=pending", headers=adam)).json()["items"]
    assert {one["event_id"] for one in waiting} == {before, after}


async def test_changes_of_endpoints_act_on_the_next_event(
    client: httpx.AsyncClient, adam: dict[str, str]
) -> None:
    endpoint = await listen(client, adam, "order.*")
    await publish(client, adam, TASK)
    await client.patch(f"{WEBHOOKS}/{endpoint}", json={"events": ["task.*"]}, headers=adam)
    (received,) = await publish(client, adam, TASK)
    assert await fan_out() == {(endpoint, received): 1}
    assert (await client.delete(f"{WEBHOOKS}/{endpoint}", headers=adam)).status_code == 204
    await publish(client, adam, TASK)
    assert await fan_out() == {}


async def test_an_endpoint_that_vanishes_unheard_of_stops_no_publisher(
    client: httpx.AsyncClient, adam: dict[str, str]
) -> None:
    """As when another process deleted it a moment ago."""
    gone, stays = await listen(client, adam), await listen(client, adam)
    await publish(client, adam, TASK)
    await publish(client, adam, TASK)  # By now the type is known, and both endpoints are remembered.
    async with db.system("a test deletes behind Hub's back", write=True) as session:
        await session.delete((await session.exec(select(WebhookEndpoint).filter_by(id=UUID(gone)))).one())
    ids = [*await publish(client, adam, TASK), *await publish(client, adam, [TASK, TASK])]
    made = await fan_out()
    assert [made[stays, event] for event in ids] == [1, 1, 1]
    assert gone not in {endpoint for endpoint, _ in made}


async def test_a_type_seen_for_the_first_time_is_registered(
    client: httpx.AsyncClient, adam: dict[str, str]
) -> None:
    await publish(client, adam, TASK)
    await publish(client, adam, [TASK, {**TASK, "type": "order.paid"}])
    async with db.system("a test looks") as session:
        rows = (await session.exec(select(EventType))).all()
    assert sorted((row.name, row.declared, row.archived) for row in rows) == [
        ("order.paid", False, False),
        ("task.created", False, False),
    ]


async def test_an_archived_type_is_refused_with_everything_beside_it(
    client: httpx.AsyncClient, people: People, adam: dict[str, str]
) -> None:
    async with db.begin(people.adam.tenant_id) as session:
        session.add(EventType(tenant_id=people.adam.tenant_id, name="task.created", archived=True))
    subscriptions.forget()
    before = await counts()
    for given in (TASK, [{**TASK, "type": "order.paid", "idempotency_key": "k"}, TASK]):
        answer = await client.post(EVENTS, json=given, headers=adam)
        assert (answer.status_code, answer.json()["errors"]) == (
            422,
            [{"field": "type", "message": "'task.created' is archived"}],
        )
    assert await counts() == before


BAD = [
    ({}, {"type", "data"}),
    ({"data": 1}, {"type"}),
    ({"type": "task.created"}, {"data"}),
    ({**TASK, "type": ""}, {"type"}),
    ({**TASK, "type": "task."}, {"type"}),
    ({**TASK, "type": "task.*"}, {"type"}),
    ({**TASK, "type": "task created"}, {"type"}),
    ({**TASK, "type": "task.created\n"}, {"type"}),
    ({**TASK, "type": "x" * 101}, {"type"}),
    ({**TASK, "type": 5}, {"type"}),
    ({**TASK, "idempotency_key": ""}, {"idempotency_key"}),
    ({**TASK, "idempotency_key": "a b"}, {"idempotency_key"}),
    ({**TASK, "idempotency_key": "ä"}, {"idempotency_key"}),
    ({**TASK, "idempotency_key": "x" * 201}, {"idempotency_key"}),
    ({**TASK, "idempotency_key": 5}, {"idempotency_key"}),
    ({**TASK, "id": "x"}, {"id"}),
]


async def test_bad_events_are_refused_whole_with_the_field_named(
    client: httpx.AsyncClient, adam: dict[str, str]
) -> None:
    await listen(client, adam)
    before = await counts()
    for given, fields in BAD:
        alone = await client.post(EVENTS, json=given, headers=adam)
        among = await client.post(EVENTS, json=[TASK, given], headers=adam)
        for answer, place in ((alone, ""), (among, "1.")):
            assert answer.status_code == 422, given
            assert answer.headers["content-type"] == "application/problem+json"
            assert {e["field"] for e in answer.json()["errors"]} == {place + f for f in fields}, given
    assert await counts() == before


async def test_a_batch_over_the_limit_or_empty_is_refused(
    client: httpx.AsyncClient, adam: dict[str, str]
) -> None:
    for batch, rule in (([TASK] * 1001, "at most 1000 entries"), ([], "at least 1 entries")):
        answer = await client.post(EVENTS, json=batch, headers=adam)
        assert answer.status_code == 422
        assert rule in answer.json()["detail"]
        assert answer.json()["errors"][0]["field"] == "body"
    assert await count(Event) == 0


@pytest.mark.parametrize("body", [b"", b"{", b"[{}", b'{"type": "\xff"}', b'{"type": "\\ud800"}'])
async def test_malformed_json_is_400(client: httpx.AsyncClient, adam: dict[str, str], body: bytes) -> None:
    answer = await client.post(EVENTS, content=body, headers={**adam, **JSON})
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert "not valid JSON" in answer.json()["detail"]


@pytest.mark.parametrize("body", [b"5", b"null", b'"task.created"', b"[5]", b"[[]]"])
async def test_json_of_another_kind_is_refused(
    client: httpx.AsyncClient, adam: dict[str, str], body: bytes
) -> None:
    answer = await client.post(EVENTS, content=body, headers={**adam, **JSON})
    assert answer.status_code == 422, answer.text
    assert "must be an object" in answer.json()["errors"][0]["message"]


@pytest.mark.parametrize("data", ["NaN", "[-Infinity]", '{"n": 1e999}'])
async def test_numbers_that_json_does_not_have_are_refused(
    client: httpx.AsyncClient, adam: dict[str, str], data: str
) -> None:
    body = f'[{{"type": "a", "data": 1}}, {{"type": "a", "data": {data}}}]'
    answer = await client.post(EVENTS, content=body, headers={**adam, **JSON})
    assert (answer.status_code, [e["field"] for e in answer.json()["errors"]]) == (422, ["1.data"])
    assert await count(Event) == 0


@pytest.mark.settings(webhook_max_payload_size_kb=1)
async def test_data_over_the_limit_is_413_and_nothing_is_published(
    client: httpx.AsyncClient, adam: dict[str, str]
) -> None:
    fits, over = {"type": "a", "data": "x" * 1022}, {"type": "a", "data": "x" * 1023}
    assert len(json.dumps(fits["data"])) == 1024
    (event,) = await publish(client, adam, fits)
    for given in (over, [fits, over], {"type": "a", "data": "ä" * 512}):
        answer = await client.post(EVENTS, json=given, headers=adam)
        assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")
        assert "larger than 1 KB" in answer.json()["detail"]
    assert await count(Event) == 1
    assert (await client.get(f"{EVENTS}/{event}", headers=adam)).json()["data"] == fits["data"]


async def test_a_body_over_the_limit_of_all_bodies_is_413(
    client: httpx.AsyncClient, adam: dict[str, str]
) -> None:
    answer = await client.post(EVENTS, content=b"[" + b" " * MAX_BODY_BYTES, headers={**adam, **JSON})
    assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")


async def test_who_may_publish_and_read_events(
    client: httpx.AsyncClient, people: People, adam: dict[str, str]
) -> None:
    (event,) = await publish(client, adam, TASK)
    await publish(client, await seeded.headers(people.erin), TASK)
    before = await counts()
    vera = await seeded.headers(people.vera)
    narrow = await seeded.headers(people.adam, "write:webhooks", "read:webhooks")
    for headers, missing in ((vera, "Engineer role required"), (narrow, "Scope write:events required")):
        answer = await client.post(EVENTS, json=TASK, headers=headers)
        assert (answer.status_code, answer.json()["detail"]) == (403, missing)
    assert (await client.get(f"{EVENTS}/{event}", headers=vera)).status_code == 200
    for path in (EVENTS, f"{EVENTS}/{event}"):
        answer = await client.get(path, headers=narrow)
        assert (answer.status_code, answer.json()["detail"]) == (403, "Scope read:events required")
    assert (await client.post(EVENTS, json=TASK)).status_code == 401
    assert await counts() == before
