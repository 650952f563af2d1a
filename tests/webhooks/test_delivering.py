"""What a receiver gets, and what is written down of it."""

import asyncio
import base64
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlmodel import select

from hub_app.kernel import db, outbound
from hub_app.kernel.clock import utcnow
from hub_app.kernel.settings import get_settings
from hub_app.kernel.tables import AuditEntry
from hub_app.webhooks.delivery import handoff, payload, store
from hub_app.webhooks.delivery.claimed import ClaimedDelivery
from hub_app.webhooks.schemas import EndpointPatch, TrialIn
from hub_app.webhooks.service import deliveries, endpoints, testing
from hub_app.webhooks.tables import Event
from tests.peers.receiver import Answer, Receiver
from tests.peers.scripted import ScriptedPeer, answering
from tests.webhooks.conftest import Acme

pytestmark = [
    pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32", webhook_retry_backoff_seconds=1),
    pytest.mark.usefixtures("dispatcher"),
]
OK = Answer()


async def secret_of(acme: Acme, endpoint_id: UUID) -> str:
    return (await endpoints.reveal_secret(acme.actor, endpoint_id)).secret


async def test_every_delivery_verifies_with_the_public_library(acme: Acme, receiver: Receiver) -> None:
    first, second = await acme.endpoint("/first"), await acme.endpoint("/second")
    await acme.publish(5, title="Zoë's album ☂", total=129.5, nothing=None)
    await acme.settled(first, 5)
    await acme.settled(second, 5)
    secrets = {"/first": await secret_of(acme, first), "/second": await secret_of(acme, second)}
    assert len(receiver.requests) == 10
    for request in receiver.requests:
        payload = request.verify(secrets[request.path])
        assert isinstance(payload, dict)
        assert payload["type"] == "task.created"
        assert payload["data"]["title"] == "Zoë's album ☂"
        assert datetime.fromisoformat(payload["timestamp"]).tzinfo == UTC
        assert request.method == "POST"
        assert request.headers["content-type"] == "application/json"
        assert request.headers["user-agent"].startswith("Hub-Webhooks/")
    assert len({one.headers["webhook-id"] for one in receiver.requests}) == 10


async def test_failing_twice_then_accepting(acme: Acme, receiver: Receiver) -> None:
    """The same id three times, each time freshly signed; the history shows what came back."""
    receiver.answers["/flaky"] = [Answer(500, body=b"not yet"), Answer(503), OK]
    endpoint_id = await acme.endpoint("/flaky")
    await acme.publish()
    (delivery,) = await acme.settled(endpoint_id)
    secret = await secret_of(acme, endpoint_id)
    assert len(receiver.requests) == 3
    assert len({one.headers["webhook-id"] for one in receiver.requests}) == 1
    # Times are whole seconds, and a retry after one second comes up to a tenth earlier: two may share one.
    times = [one.headers["webhook-timestamp"] for one in receiver.requests]
    assert times[0] != times[2]
    assert len({one.headers["webhook-signature"] for one in receiver.requests}) == len(set(times))
    assert len({one.body for one in receiver.requests}) == 1
    for one in receiver.requests:
        one.verify(secret)
        assert abs(int(one.headers["webhook-timestamp"]) - one.at) < 2
    assert delivery.status == "succeeded"
    assert [(a.number, a.status_code, a.error_kind) for a in delivery.attempts_made] == [
        (1, 500, "status"),
        (2, 503, "status"),
        (3, 200, ""),
    ]
    assert delivery.attempts_made[0].response_body == "not yet"
    assert "500 Internal Server Error" in delivery.attempts_made[0].error_detail


@pytest.mark.settings(webhook_max_retries=2)
async def test_after_the_last_retry_it_has_failed_and_can_be_resent(acme: Acme, receiver: Receiver) -> None:
    receiver.answers["/down"] = [Answer(500)] * 3 + [OK]
    endpoint_id = await acme.endpoint("/down", retry_policy="LINEAR")
    await acme.publish()
    (delivery,) = await acme.settled(endpoint_id)
    assert (delivery.status, delivery.attempts) == ("failed", 3)
    await deliveries.resend(acme.actor, delivery.id)
    (delivery,) = await acme.settled(endpoint_id)
    assert (delivery.status, delivery.attempts) == ("succeeded", 4)
    assert delivery.attempts_made[-1].trigger == "manual"
    assert len({one.headers["webhook-id"] for one in receiver.requests}) == 1


async def test_a_policy_without_retries_tries_once(acme: Acme, receiver: Receiver) -> None:
    receiver.answers["/down"] = [Answer(500)]
    endpoint_id = await acme.endpoint("/down", retry_policy="NONE")
    await acme.publish()
    (delivery,) = await acme.settled(endpoint_id)
    assert (delivery.status, delivery.attempts, len(receiver.requests)) == ("failed", 1, 1)


async def test_a_redirect_is_not_followed(acme: Acme, receiver: Receiver) -> None:
    receiver.answers["/moved"] = [Answer(307, {"Location": "/elsewhere"})]
    endpoint_id = await acme.endpoint("/moved", retry_policy="NONE")
    await acme.publish()
    (delivery,) = await acme.settled(endpoint_id)
    assert (delivery.status, delivery.status_code) == ("failed", 307)
    assert [one.path for one in receiver.requests] == ["/moved"]


async def test_retry_after_is_waited_for(acme: Acme, receiver: Receiver) -> None:
    """Four seconds where the policy alone would wait one."""
    receiver.answers["/busy"] = [Answer(429, {"Retry-After": "4"}), OK]
    endpoint_id = await acme.endpoint("/busy")
    await acme.publish()
    (delivery,) = await acme.settled(endpoint_id)
    first, second = receiver.requests
    assert second.at - first.at >= 4
    assert delivery.status == "succeeded"


async def test_gone_turns_the_endpoint_off(acme: Acme, receiver: Receiver) -> None:
    """410 fails the delivery for good, turns the endpoint off, tells why, audits it, and publishes an event of it."""
    receiver.answers["/gone"] = [Answer(410)]
    endpoint_id = await acme.endpoint("/gone", name="Old shop")
    other = await acme.endpoint("/other", events=["webhook.*"])
    await acme.publish()
    (delivery,) = await acme.settled(endpoint_id)
    assert (delivery.status, delivery.attempts) == ("failed", 1)
    (told,) = await acme.settled(other)
    assert told.event_type == "webhook.endpoint.disabled"
    assert "Old shop" in told.payload
    endpoint = await endpoints.get_endpoint(acme.actor, endpoint_id)
    assert not endpoint.enabled
    assert "410 Gone" in endpoint.disabled_reason
    async with db.read(acme.actor.tenant_id) as session:
        entry = (
            await session.exec(select(AuditEntry).where(AuditEntry.action == "webhook.endpoint.disabled"))
        ).one()
        assert entry.target_id == str(endpoint_id)
        assert (await session.exec(select(Event).where(Event.type == "webhook.endpoint.disabled"))).one()


async def test_an_address_is_checked_again_at_every_attempt(
    acme: Acme, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was allowed when the endpoint was made may not be any more: told clearly, and no connection."""
    endpoint_id = await acme.endpoint("/hook", retry_policy="NONE")
    await outbound.close_client()
    monkeypatch.setenv("OUTBOUND_ALLOWED_NETWORKS", "")
    get_settings.cache_clear()
    await acme.publish()
    (delivery,) = await acme.settled(endpoint_id)
    assert (delivery.status, delivery.error_kind) == ("failed", "refused_address")
    assert delivery.attempts_made[0].error_detail == (
        "127.0.0.1 is a loopback address. Hub connects to public addresses only; "
        "the operator can open others with OUTBOUND_ALLOWED_NETWORKS."
    )
    assert receiver.connections == 0


async def test_after_a_rotation_both_secrets_verify(acme: Acme, receiver: Receiver) -> None:
    endpoint_id = await acme.endpoint()
    old = await secret_of(acme, endpoint_id)
    await acme.publish()
    await acme.settled(endpoint_id)
    new = (await endpoints.rotate_secret(acme.actor, endpoint_id)).secret
    await acme.publish()
    await acme.settled(endpoint_id, 2)
    before, after = receiver.requests
    before.verify(old)
    assert "refused" in before.verdict(new)
    after.verify(old)
    after.verify(new)


async def test_own_headers_go_along(acme: Acme, receiver: Receiver) -> None:
    endpoint_id = await acme.endpoint(headers={"X-Customer": "acme", "Authorization": "Bearer of-acme"})
    await acme.publish()
    await acme.settled(endpoint_id)
    (request,) = receiver.requests
    assert request.headers["x-customer"] == "acme"
    assert request.headers["authorization"] == "Bearer of-acme"


async def test_own_headers_do_not_come_back_with_an_answer(acme: Acme, receiver: Receiver) -> None:
    """They are kept sealed, and a receiver may echo them, whole or as far as its answer is read."""
    token = "t0ken/of+acme"
    echoed = f'{{"authorization": "Bearer {token}", "coded": "{base64.b64encode(token.encode()).decode()}"}}'
    cut = "x" * (4096 - 6)
    receiver.answers["/hook"] = [
        Answer(headers={"X-Echo": token}, body=echoed.encode()),
        Answer(body=f"{cut}{token}".encode()),
    ]
    endpoint_id = await acme.endpoint(headers={"X-Customer": "acme", "Authorization": f"Bearer {token}"})
    for count in (1, 2):
        await acme.publish()
        await acme.settled(endpoint_id, count)
    (first,), (last,) = [one.attempts_made for one in await acme.settled(endpoint_id, 2)]
    assert first.response_headers["x-echo"] == "••••••acme"
    assert first.response_body == '{"authorization": "••••••acme", "coded": "••••••acme"}'
    assert last.response_body == cut


async def test_a_changed_url_holds_for_the_next_attempt(acme: Acme, receiver: Receiver) -> None:
    receiver.answers["/wrong"] = [Answer(404)]
    endpoint_id = await acme.endpoint("/wrong")
    await acme.publish()
    await acme.until(endpoint_id, lambda found: bool(found) and found[0].attempts == 1)
    await endpoints.update_endpoint(acme.actor, endpoint_id, EndpointPatch(url=f"{receiver.url}/right"))
    (delivery,) = await acme.settled(endpoint_id)
    assert delivery.status == "succeeded"
    assert [one.path for one in receiver.requests] == ["/wrong", "/right"]


async def test_a_test_goes_to_an_endpoint_that_is_off(acme: Acme, receiver: Receiver) -> None:
    """Once, with the answer; the endpoint's health is not judged by it."""
    receiver.answers["/hook"] = [Answer(500)]
    endpoint_id = await acme.endpoint(enabled=False)
    sent = await testing.send_test(acme.actor, endpoint_id, TrialIn())
    assert (sent.status, sent.status_code, sent.attempts) == ("failed", 500, 1)
    receiver.requests[0].verify(await secret_of(acme, endpoint_id))
    assert (await endpoints.get_endpoint(acme.actor, endpoint_id)).failing_since is None


async def test_a_test_whose_sender_was_stopped_is_not_sent_again(acme: Acme, receiver: Receiver) -> None:
    """It may have arrived: the delivery says so, once somebody takes its lease over."""
    receiver.answers["/hook"] = [Answer(wait=60)]
    endpoint_id = await acme.endpoint()
    sender = asyncio.create_task(testing.send_test(acme.actor, endpoint_id, TrialIn()))
    await receiver.wait_for(1)
    sender.cancel()
    async with db.system("a process starts", write=True) as session:
        await store.QUEUE.release_all(session, utcnow())
        db.notify(session, "deliveries")
    (delivery,) = await acme.settled(endpoint_id)
    assert (delivery.status, delivery.attempts, len(receiver.requests)) == ("failed", 1, 1)
    assert "It may have arrived" in delivery.attempts_made[0].error_detail


@pytest.mark.both_databases
@pytest.mark.parametrize("way", ["handed over", "queue"])
async def test_a_large_payload_does_not_wait_in_memory(
    acme: Acme, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """It is read when it is sent: hundreds of deliveries wait for slow receivers, and each may be as large as Hub takes."""
    held: list[bytes | None] = []
    payload_of = store.payload_of

    async def watched(delivery: ClaimedDelivery) -> bytes | None:
        held.append(delivery.payload)
        return await payload_of(delivery)

    monkeypatch.setattr(store, "payload_of", watched)
    endpoint_id = await acme.endpoint()
    await acme.publish(text="registers the type")
    await acme.settled(endpoint_id)
    if way == "queue":
        handoff.open_to(None)
    text = "☂" * payload.CARRIED
    await acme.publish(text=text)
    await acme.settled(endpoint_id, 2)
    first, second = receiver.requests
    assert held == [first.body, None]
    body = second.verify(await secret_of(acme, endpoint_id))
    assert isinstance(body, dict)
    assert body["data"] == {"n": 0, "text": text}


async def test_only_the_beginning_of_an_answer_is_kept(acme: Acme, receiver: Receiver) -> None:
    receiver.answers["/hook"] = [Answer(headers={"X-Note": "seen"}, body=b"x" * 9000)]
    endpoint_id = await acme.endpoint()
    await acme.publish()
    (delivery,) = await acme.settled(endpoint_id)
    (attempt,) = delivery.attempts_made
    assert attempt.response_body == "x" * 4096
    assert attempt.response_headers["x-note"] == "seen"


@pytest.mark.both_databases
async def test_an_answer_that_no_database_takes_holds_up_nobody(acme: Acme, receiver: Receiver) -> None:
    """PostgreSQL stores no NUL, and a turn records many receivers' answers at once."""
    hostile = b"HTTP/1.1 500 No\x00\r\nX-A: a\x00b\xff\r\nContent-Length: 4\r\n\r\na\x00\xffb"
    async with ScriptedPeer("127.0.0.1", [answering(hostile)]) as peer:
        await acme.endpoint(url=peer.url, name="Hostile", retry_policy="NONE")
        endpoint_id = await acme.endpoint("/hook")
        await acme.publish(3)
        await receiver.wait_for(3)
        await acme.until(endpoint_id, lambda all_: all(one.status == "succeeded" for one in all_))
