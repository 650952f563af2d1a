"""What is told of past deliveries, when one's time is over, and what is deleted when it is old."""

from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlmodel import SQLModel, col, func, select

from hub_app.kernel import db, retention
from hub_app.kernel.clock import utcnow
from hub_app.kernel.ids import lowest_at
from hub_app.webhooks import worker
from hub_app.webhooks.capability import CAPABILITY
from hub_app.webhooks.schemas import EventIn
from hub_app.webhooks.service import deliveries, endpoints, events, outbox, stats
from hub_app.webhooks.tables import (
    Event,
    EventKey,
    WebhookAttempt,
    WebhookDelivery,
    WebhookHour,
    WebhookSecret,
)
from tests.peers.receiver import Answer, Receiver
from tests.webhooks.conftest import Acme

pytestmark = pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32", webhook_retry_backoff_seconds=1)


async def count(model: type[SQLModel]) -> int:
    async with db.system("a test counts") as session:
        return (await session.exec(select(func.count()).select_from(model))).one()


@pytest.mark.usefixtures("dispatcher")
async def test_roll_ups_tell_how_an_endpoint_fared(acme: Acme, receiver: Receiver) -> None:
    """Each attempt counts once, by its outcome; the neighbour's attempts do not."""
    receiver.answers["/hook"] = [Answer(500), Answer(), Answer(), Answer(), Answer(404)]
    endpoint_id = await acme.endpoint(events=["a.b"])
    other = await acme.endpoint("/other", events=["c.d"], retry_policy="NONE")
    assert (await stats.fares(acme.actor, [other]))[other].success_rate is None
    for n in range(3):
        await acme.publish(1, "a.b")
        await acme.settled(endpoint_id, n + 1)
    await acme.publish(1, "c.d")
    await acme.settled(other)
    fares = await stats.fares(acme.actor, [endpoint_id, other])
    fare = fares[endpoint_id]
    assert sum(hour.succeeded for hour in fare.hours) == 3
    assert (sum(hour.retried for hour in fare.hours), sum(hour.failed for hour in fare.hours)) == (1, 0)
    assert (len(fare.hours), fare.attempts, fare.success_rate) == (24, 4, 0.75)
    made = [
        one.duration_ms
        for one in (one for found in await acme.deliveries(endpoint_id) for one in found.attempts_made)
    ]
    for share, bound in ((0.5, fare.p50_ms), (0.95, fare.p95_ms)):
        assert bound is not None
        assert sum(duration <= bound for duration in made) >= share * len(made)
    assert (fares[other].attempts, fares[other].success_rate) == (1, 1)


@pytest.mark.usefixtures("dispatcher")
async def test_no_retry_is_planned_beyond_the_end(acme: Acme, receiver: Receiver) -> None:
    """The receiver asks for a wait that ends after the delivery's time: it expires, with its attempt, and can be resent."""
    receiver.answers["/hook"] = [Answer(503, {"Retry-After": "20"}), Answer()]
    endpoint_id = await acme.endpoint(retry_policy="LINEAR")
    async with db.begin(acme.actor.tenant_id) as session:
        await outbox.write(session, [outbox.draft(EventIn(type="task.created", data=None))])
        # The policy's longest step is 5 s, and so is the longest wait a receiver can ask for.
        ends = utcnow() + timedelta(seconds=4)
        await session.exec(update(WebhookDelivery).values(expires_at=ends))
    (delivery,) = await acme.settled(endpoint_id)
    assert (delivery.status, delivery.attempts) == ("expired", 1)
    assert delivery.finished_at is not None
    assert delivery.finished_at < ends
    await deliveries.resend(acme.actor, delivery.id)
    (delivery,) = await acme.settled(endpoint_id)
    assert (delivery.status, delivery.attempts) == ("succeeded", 2)


async def test_it_is_told_when_nobody_sends(acme: Acme) -> None:
    await acme.endpoint()
    await acme.publish()
    assert (await CAPABILITY.health["webhooks"]())[0]
    async with db.system("minutes pass", write=True) as session:
        await session.exec(update(WebhookDelivery).values(due_at=utcnow() - timedelta(minutes=3)))
    well, sentence = await CAPABILITY.health["webhooks"]()
    assert not well
    assert sentence.startswith(
        "Deliveries that are due have waited for more than two minutes. Check that a process"
    )


@pytest.mark.both_databases
@pytest.mark.settings(webhook_retention_days=30)
async def test_old_events_go_with_their_deliveries_and_attempts(acme: Acme) -> None:
    """By their age alone; what is younger stays."""
    endpoint_id = await acme.endpoint()
    async with worker.running():
        await acme.publish(2)
        await acme.settled(endpoint_id, 2)
    await retention.apply(CAPABILITY.retention)
    assert (await count(Event), await count(WebhookDelivery), await count(WebhookAttempt)) == (2, 2, 2)
    old = lowest_at(utcnow() - timedelta(days=31))
    async with db.system("a month ago", write=True) as session:
        session.add(Event(tenant_id=acme.actor.tenant_id, id=old, type="a.b", payload="1"))
        await session.flush()
        first = (await session.exec(select(WebhookDelivery).order_by(col(WebhookDelivery.id)))).first()
        assert first is not None
        first.event_id = old
        session.add(first)
    await retention.apply(CAPABILITY.retention)
    assert (await count(Event), await count(WebhookDelivery), await count(WebhookAttempt)) == (2, 1, 1)


@pytest.mark.both_databases
async def test_what_has_run_out_is_deleted(acme: Acme) -> None:
    """Keys of events, secrets after a rotation, roll-ups; those in force stay."""
    endpoint_id = await acme.endpoint()
    await events.publish(acme.actor, [EventIn(type="a.b", data=1, idempotency_key="once")])
    new = await endpoints.rotate_secret(acme.actor, endpoint_id)
    async with db.system("roll-ups", write=True) as session:
        for days in (89, 91):
            hour = (utcnow() - timedelta(days=days)).replace(minute=0, second=0, microsecond=0)
            session.add(WebhookHour(tenant_id=acme.actor.tenant_id, endpoint_id=endpoint_id, hour=hour))
    await retention.apply(CAPABILITY.retention)
    assert (await count(EventKey), await count(WebhookSecret), await count(WebhookHour)) == (1, 2, 1)
    async with db.system("two days pass", write=True) as session:
        past = utcnow() - timedelta(seconds=1)
        await session.exec(update(EventKey).values(expires_at=past))
        await session.exec(
            update(WebhookSecret).where(col(WebhookSecret.expires_at).is_not(None)).values(expires_at=past)
        )
    await retention.apply(CAPABILITY.retention)
    assert (await count(EventKey), await count(WebhookSecret)) == (0, 1)
    assert (await endpoints.reveal_secret(acme.actor, endpoint_id)).secret == new.secret
