"""Endpoints that fail: since when, when Hub gives up on one, and what becomes of what waits for it."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from hub_app.kernel import db
from hub_app.kernel.clock import utcnow
from hub_app.kernel.tables import AuditEntry
from hub_app.webhooks import worker
from hub_app.webhooks.delivery import sending, store
from hub_app.webhooks.delivery.claimed import ClaimedDelivery
from hub_app.webhooks.delivery.store import QUEUE
from hub_app.webhooks.schemas import EndpointPatch
from hub_app.webhooks.service import endpoints, failing
from hub_app.webhooks.tables import WebhookEndpoint, WebhookHour
from tests.peers.receiver import Answer, Receiver
from tests.webhooks.conftest import Acme

pytestmark = pytest.mark.settings(
    outbound_allowed_networks="127.0.0.1/32", webhook_retry_backoff_seconds=1, webhook_disable_after_days=2
)


async def failing_since(endpoint_id: UUID, days: float) -> None:
    async with db.system("days of failures", write=True) as session:
        await session.exec(
            update(WebhookEndpoint)
            .where(col(WebhookEndpoint.id) == endpoint_id)
            .values(failing_since=utcnow() - timedelta(days=days))
        )
        db.notify(session, "endpoints")


async def turned_on(endpoint_id: UUID, days: float) -> None:
    async with db.system("days since it was turned on", write=True) as session:
        await session.exec(
            update(WebhookEndpoint)
            .where(col(WebhookEndpoint.id) == endpoint_id)
            .values(turned_on_at=utcnow() - timedelta(days=days))
        )
        db.notify(session, "endpoints")


async def deliver_one(acme: Acme) -> None:
    """Publish an event, deliver it, and note what that tells of the endpoint."""
    await acme.publish()
    results = [await sending.deliver(delivery) for delivery in await claimed()]
    done = [one for one in results if one is not None]
    async with db.system("the dispatcher writes", write=True) as session:
        await store.write(session, done)
    await failing.follow(done)


async def audited(action: str) -> list[str | None]:
    async with db.system("a test looks") as session:
        return list(
            (
                await session.exec(
                    select(AuditEntry.target_id)
                    .where(AuditEntry.action == action)
                    .order_by(col(AuditEntry.sequence))
                )
            ).all()
        )


@pytest.mark.usefixtures("dispatcher")
async def test_an_endpoint_fails_from_its_first_failure_to_its_next_success(
    acme: Acme, receiver: Receiver
) -> None:
    receiver.answers["/hook"] = [Answer(500), Answer(500), Answer(), Answer()]
    endpoint_id = await acme.endpoint(retry_policy="NONE")
    await acme.publish()
    (first,) = await acme.settled(endpoint_id)
    # Health is noted after the delivery.
    async with asyncio.timeout(60):
        while (since := (await endpoints.get_endpoint(acme.actor, endpoint_id)).failing_since) is None:  # noqa: ASYNC110 - the dispatcher notes it
            await asyncio.sleep(0.05)
    assert first.created_at <= since
    await acme.publish()
    await acme.settled(endpoint_id, 2)
    assert (await endpoints.get_endpoint(acme.actor, endpoint_id)).failing_since == since
    await acme.publish()
    await acme.settled(endpoint_id, 3)
    # The next one's record comes after it.
    await acme.publish()
    await acme.settled(endpoint_id, 4)
    assert (await endpoints.get_endpoint(acme.actor, endpoint_id)).failing_since is None


@pytest.mark.parametrize(("days", "enabled"), [(1.9, True), (2.1, False)])
async def test_an_endpoint_that_failed_for_days_is_turned_off(
    acme: Acme, receiver: Receiver, days: float, *, enabled: bool
) -> None:
    """Not before its time; then it is said why, audited, and published."""
    receiver.answers["/hook"] = [Answer(500)]
    endpoint_id = await acme.endpoint(name="Old shop", events=["a.b"], retry_policy="NONE")
    other = await acme.endpoint("/other", events=["webhook.*", "c.d"])
    await failing_since(endpoint_id, days)
    async with worker.running():
        await acme.publish(1, "a.b")
        await acme.settled(endpoint_id)
        # Health is noted before the dispatcher's next turn.
        await acme.publish(1, "c.d")
        found = await acme.settled(other, 1 if enabled else 2)
    endpoint = await endpoints.get_endpoint(acme.actor, endpoint_id)
    assert endpoint.enabled is enabled
    if enabled:
        assert endpoint.disabled_reason == ""
        return
    assert endpoint.disabled_reason == "Every delivery failed for 2 days."
    assert "webhook.endpoint.disabled" in {one.event_type for one in found}
    assert await audited("webhook.endpoint.disabled") == [str(endpoint_id)]
    failed = endpoint.failing_since
    await endpoints.update_endpoint(acme.actor, endpoint_id, EndpointPatch(enabled=True))
    endpoint = await endpoints.get_endpoint(acme.actor, endpoint_id)
    assert (endpoint.disabled_reason, endpoint.failing_since) == ("", failed)
    assert endpoint.turned_on_at is not None


async def test_one_that_was_turned_on_again_has_its_days_anew(acme: Acme, receiver: Receiver) -> None:
    """It still fails since its first failure, until a delivery succeeds."""
    receiver.answers["/hook"] = [Answer(500), Answer(500), Answer()]
    endpoint_id = await acme.endpoint(retry_policy="NONE")
    for enabled in (False, True):
        await endpoints.update_endpoint(acme.actor, endpoint_id, EndpointPatch(enabled=enabled))
    await failing_since(endpoint_id, 9)
    await deliver_one(acme)
    endpoint = await endpoints.get_endpoint(acme.actor, endpoint_id)
    assert endpoint.enabled
    assert endpoint.failing_since is not None
    assert utcnow() - endpoint.failing_since > timedelta(days=8)
    await turned_on(endpoint_id, 2.1)
    await deliver_one(acme)
    assert not (await endpoints.get_endpoint(acme.actor, endpoint_id)).enabled
    await endpoints.update_endpoint(acme.actor, endpoint_id, EndpointPatch(enabled=True))
    await deliver_one(acme)
    endpoint = await endpoints.get_endpoint(acme.actor, endpoint_id)
    assert (endpoint.enabled, endpoint.failing_since) == (True, None)


async def test_one_that_is_gone_fails_since_then(acme: Acme, receiver: Receiver) -> None:
    receiver.answers["/hook"] = [Answer(410)]
    endpoint_id = await acme.endpoint()
    await deliver_one(acme)
    assert (await endpoints.get_endpoint(acme.actor, endpoint_id)).failing_since is not None


async def test_a_success_that_another_process_saw_counts(acme: Acme, receiver: Receiver) -> None:
    """This process knows only of failures; the roll-ups know of a success between them."""
    receiver.answers["/hook"] = [Answer(500)]
    endpoint_id = await acme.endpoint(events=["a.b"], retry_policy="NONE")
    other = await acme.endpoint("/other", events=["c.d"])
    await failing_since(endpoint_id, 3)
    async with db.system("another process delivers", write=True) as session:
        yesterday = (utcnow() - timedelta(days=1)).replace(minute=0, second=0, microsecond=0)
        session.add(
            WebhookHour(
                tenant_id=acme.actor.tenant_id,
                endpoint_id=endpoint_id,
                hour=yesterday,
                succeeded=1,
                upto_25=1,
            )
        )
    async with worker.running():
        await acme.publish(1, "a.b")
        await acme.settled(endpoint_id)
        await acme.publish(1, "c.d")
        await acme.settled(other)
    endpoint = await endpoints.get_endpoint(acme.actor, endpoint_id)
    assert endpoint.enabled
    assert endpoint.failing_since is not None
    assert utcnow() - endpoint.failing_since < timedelta(hours=1)


async def test_gone_counts_whatever_else_is_answered_meanwhile(acme: Acme, receiver: Receiver) -> None:
    """One 410 among answers that are recorded together."""
    receiver.answers["/hook"] = [Answer(410), Answer(500)]
    endpoint_id = await acme.endpoint()
    await acme.publish(3)
    results = [await sending.deliver(delivery) for delivery in await claimed()]
    await failing.follow([one for one in results if one is not None])
    endpoint = await endpoints.get_endpoint(acme.actor, endpoint_id)
    assert not endpoint.enabled
    assert "410 Gone" in endpoint.disabled_reason
    assert await audited("webhook.endpoint.disabled") == [str(endpoint_id)]


async def test_an_endpoint_turned_on_while_its_delivery_is_put_aside(acme: Acme) -> None:
    """The dispatcher found it off; it was on again before that was written: the delivery is due, not parked."""
    endpoint_id = await acme.endpoint()
    await acme.publish()
    await endpoints.update_endpoint(acme.actor, endpoint_id, EndpointPatch(enabled=False))
    (delivery,) = await claimed()
    result = await sending.deliver(delivery)
    assert result is not None
    assert result.outcome is None
    await endpoints.update_endpoint(acme.actor, endpoint_id, EndpointPatch(enabled=True))
    async with db.system("the dispatcher writes", write=True) as session:
        await store.write(session, [result])
    (delivery,) = await acme.deliveries(endpoint_id)
    assert delivery.status == "pending"
    assert delivery.next_attempt_at is not None
    assert delivery.next_attempt_at <= utcnow()


async def claimed() -> list[ClaimedDelivery]:
    """What is due, claimed as the dispatcher does."""
    async with db.system("a test claims", write=True) as session:
        rows = await QUEUE.claim(session, utcnow(), 10, per_partition=10)
    return [store.delivery_of(row) for row in rows]
