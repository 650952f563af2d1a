"""Deliveries of a suspended tenant wait, without living any longer for it, and go on once it is resumed."""

from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlmodel import col

from hub_app.kernel import db, suspension
from hub_app.kernel.clock import utcnow
from hub_app.kernel.settings import get_settings
from hub_app.webhooks.delivery.store import QUEUE
from hub_app.webhooks.schemas import EndpointPatch
from hub_app.webhooks.service import endpoints
from hub_app.webhooks.tables import WebhookDelivery, WebhookEndpoint
from tests import suspended
from tests.peers.receiver import Answer, Receiver
from tests.people import People
from tests.webhooks.conftest import Acme

pytestmark = [pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32"), pytest.mark.both_databases]
_DAYS = timedelta(days=3)


async def parked(acme: Acme, endpoint_id: object, count: int) -> None:
    await acme.until(
        endpoint_id,  # type: ignore[arg-type]
        lambda found: len([one for one in found if one.next_attempt_at == suspension.PARKED]) == count,
    )


async def test_they_wait_and_are_sent_afterwards(
    acme: Acme, people: People, receiver: Receiver, dispatcher: None
) -> None:
    del dispatcher
    endpoint = await acme.endpoint()
    await suspended.suspend(people)
    await acme.publish(3)
    await parked(acme, endpoint, 3)
    assert not receiver.requests
    await suspended.resume(people)
    assert [d.status for d in await acme.settled(endpoint, 3)] == ["succeeded"] * 3
    assert len(receiver.requests) == 3


async def test_their_life_does_not_run_out_for_it(
    acme: Acme, people: People, receiver: Receiver, dispatcher: None
) -> None:
    """Away for longer than a delivery lives; it has as long left as it had."""
    del dispatcher
    endpoint = await acme.endpoint()
    await suspended.suspend(people)
    await acme.publish()
    await parked(acme, endpoint, 1)
    left = timedelta(hours=1)
    async with db.system("time passes", write=True) as session:
        # As it would be three days later, of which it lived for some hours before.
        await session.exec(
            update(WebhookDelivery).values(expires_at=utcnow() - _DAYS + left, status=WebhookDelivery.status)
        )
    await suspended.since(acme.actor.tenant_id, _DAYS)
    await suspended.resume(people)
    (delivery,) = await acme.settled(endpoint)
    assert delivery.status == "succeeded", delivery
    async with db.system("a test looks") as session:
        found = await session.get_one(WebhookDelivery, (acme.actor.tenant_id, delivery.id))
    assert abs(found.expires_at - utcnow() - left) < timedelta(minutes=1)
    assert len(receiver.requests) == 1


async def test_a_retry_keeps_its_time(
    acme: Acme, people: People, receiver: Receiver, dispatcher: None
) -> None:
    del dispatcher
    receiver.answers["/hook"] = [Answer(500)]
    endpoint = await acme.endpoint()
    await acme.publish()
    (before,) = await acme.until(endpoint, lambda found: bool(found) and found[0].attempts == 1)
    async with suspended.while_suspended(people):
        pass
    (after,) = await acme.deliveries(endpoint)
    assert (after.status, after.next_attempt_at) == ("pending", before.next_attempt_at)


async def test_what_is_parked_is_nothing_to_wait_for(acme: Acme, people: People, dispatcher: None) -> None:
    """Neither for the dispatcher, which looks for what is due next, nor for the health of the installation."""
    del dispatcher
    endpoint = await acme.endpoint()
    await suspended.suspend(people)
    await acme.publish(2)
    await parked(acme, endpoint, 2)
    assert await QUEUE.health("well", "late") == (True, "well")
    async with db.system("what is next?") as session:
        assert await QUEUE.next_due(session) == suspension.PARKED


async def test_parked_after_the_tenant_was_resumed_it_is_due(acme: Acme) -> None:
    """The dispatcher decided while it was suspended, and writes when it is not any more."""
    from hub_app.webhooks.delivery import store
    from hub_app.webhooks.delivery.claimed import Result

    endpoint = await acme.endpoint()
    await acme.publish()
    async with db.system("a test claims", write=True) as session:
        (row,) = await QUEUE.claim(session, utcnow(), 1, per_partition=1)
    result = Result(store.delivery_of(row), "pending", suspension.PARKED)
    async with db.system("a test records", write=True) as session:
        await store.write(session, [result])
    (delivery,) = await acme.deliveries(endpoint)
    assert delivery.next_attempt_at is not None
    assert delivery.next_attempt_at <= utcnow()


async def test_an_endpoint_that_is_off_stays_so(
    acme: Acme, people: People, receiver: Receiver, dispatcher: None
) -> None:
    """Resumed, its deliveries go on waiting for it to be turned on."""
    del dispatcher
    endpoint = await acme.endpoint()
    await suspended.suspend(people)
    await acme.publish()
    await parked(acme, endpoint, 1)
    await endpoints.update_endpoint(acme.actor, endpoint, EndpointPatch(enabled=False))
    await suspended.resume(people)
    found = await acme.until(
        endpoint,
        lambda all_: (
            all_[0].next_attempt_at is not None and utcnow() < all_[0].next_attempt_at < suspension.PARKED
        ),
    )
    assert found[0].status == "pending"
    assert not receiver.requests
    await endpoints.update_endpoint(acme.actor, endpoint, EndpointPatch(enabled=True))
    assert (await acme.settled(endpoint))[0].status == "succeeded"


async def test_an_endpoint_has_not_failed_for_the_time_away(acme: Acme, people: People) -> None:
    endpoint = await acme.endpoint()
    days = timedelta(days=get_settings().webhook_disable_after_days)
    await suspended.suspend(people)
    async with db.system("time passes", write=True) as session:
        failing = update(WebhookEndpoint).where(col(WebhookEndpoint.id) == endpoint)
        await session.exec(failing.values(failing_since=utcnow() - days - timedelta(hours=1)))
    await suspended.since(acme.actor.tenant_id, days)
    await suspended.resume(people)
    async with db.system("a test looks") as session:
        found = await session.get_one(WebhookEndpoint, (acme.actor.tenant_id, endpoint))
    assert found.failing_since is not None
    assert abs(utcnow() - found.failing_since - timedelta(hours=1)) < timedelta(minutes=1)
