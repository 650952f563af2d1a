"""What holds when endpoints hang, are limited, turned off or deleted, and when processes share the work or die."""

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from hub_app.kernel import db
from hub_app.kernel.clock import utcnow
from hub_app.kernel.ids import new_id
from hub_app.kernel.queue import Queue
from hub_app.webhooks import worker
from hub_app.webhooks.delivery.dispatcher import Dispatcher
from hub_app.webhooks.delivery.store import QUEUE
from hub_app.webhooks.schemas import EndpointPatch
from hub_app.webhooks.service import endpoints, failing
from hub_app.webhooks.tables import WebhookDelivery, WebhookSecret
from tests.peers.receiver import Answer, Receiver
from tests.webhooks.conftest import Acme

pytestmark = [
    pytest.mark.both_databases,
    pytest.mark.settings(
        outbound_allowed_networks="127.0.0.1/32", webhook_retry_backoff_seconds=1, webhook_concurrency=8
    ),
]


@pytest.mark.usefixtures("dispatcher")
async def test_an_endpoint_that_hangs_does_not_hold_up_another(acme: Acme, receiver: Receiver) -> None:
    """More deliveries hang than there are slots; the other endpoint's all arrive meanwhile."""
    receiver.answers["/silent"] = [Answer(wait=3600)]
    silent = await acme.endpoint("/silent", events=["silent.*"])
    await acme.publish(40, "silent.event")
    await receiver.wait_for(1)
    lively = await acme.endpoint("/lively", events=["lively.*"])
    await acme.publish(20, "lively.event")
    found = await acme.settled(lively, 20)
    assert {one.status for one in found} == {"succeeded"}
    assert not any(one.status == "succeeded" for one in await acme.deliveries(silent))
    await endpoints.delete_endpoint(acme.actor, silent)


@pytest.mark.usefixtures("dispatcher")
async def test_an_endpoints_rate_limit_holds(acme: Acme, receiver: Receiver) -> None:
    """Five a second at most, over every second that one could choose."""
    endpoint_id = await acme.endpoint(rate_limit=5)
    await acme.publish(18)
    await acme.settled(endpoint_id, 18)
    times = sorted(one.at for one in receiver.requests)
    assert len(times) == 18
    # A fixed window lets through at most two windows' worth around its edge.
    assert max(sum(start <= at < start + 1 for at in times) for start in times) <= 10
    assert times[-1] - times[0] >= 2


@pytest.mark.usefixtures("dispatcher")
async def test_deliveries_of_an_endpoint_that_is_off_wait(acme: Acme, receiver: Receiver) -> None:
    """Turned off with a retry to come: nothing more arrives until it is turned on again."""
    receiver.answers["/hook"] = [Answer(500), Answer()]
    endpoint_id = await acme.endpoint()
    await acme.publish()
    await acme.until(endpoint_id, lambda found: bool(found) and found[0].attempts == 1)
    await endpoints.update_endpoint(acme.actor, endpoint_id, EndpointPatch(enabled=False))
    # The retry was due after a second; parked, it is due when it would expire.
    (parked,) = await acme.until(
        endpoint_id,
        lambda found: (at := found[0].next_attempt_at) is not None and at > utcnow() + timedelta(hours=1),
    )
    assert parked.status == "pending"
    assert len(receiver.requests) == 1
    await endpoints.update_endpoint(acme.actor, endpoint_id, EndpointPatch(enabled=True))
    (delivery,) = await acme.settled(endpoint_id)
    assert (delivery.status, len(receiver.requests)) == ("succeeded", 2)


@pytest.mark.usefixtures("dispatcher")
async def test_an_endpoint_that_cannot_be_read_holds_up_nobody(acme: Acme) -> None:
    """Its secret is of another encryption key: each delivery fails visibly, and the others' arrive."""
    broken, well = (
        await acme.endpoint("/broken", events=["a.b"]),
        await acme.endpoint("/well", events=["c.d"]),
    )
    async with db.system("a key was lost", write=True) as session:
        await session.exec(
            update(WebhookSecret).where(col(WebhookSecret.endpoint_id) == broken).values(secret=b"x" * 60)
        )
    await acme.publish(12, "a.b")
    found = await acme.settled(broken, 12)
    assert {(one.status, one.error_kind) for one in found} == {("failed", "internal")}
    assert "ENCRYPTION_KEY" in found[0].attempts_made[0].error_detail
    await acme.publish(3, "c.d")
    assert {one.status for one in await acme.settled(well, 3)} == {"succeeded"}
    assert (await endpoints.get_endpoint(acme.actor, broken)).failing_since is None


async def test_what_is_too_old_expires_unsent(acme: Acme, receiver: Receiver) -> None:
    endpoint_id = await acme.endpoint()
    await acme.publish(3)
    async with db.system("a day passes", write=True) as session:
        await session.exec(update(WebhookDelivery).values(expires_at=utcnow() - timedelta(seconds=1)))
    async with worker.running():
        found = await acme.settled(endpoint_id, 3)
    assert [one.status for one in found] == ["expired"] * 3
    assert not receiver.requests


@pytest.mark.usefixtures("dispatcher")
async def test_deleting_an_endpoint_that_is_being_sent_to(acme: Acme, receiver: Receiver) -> None:
    """Its answers come to nothing, and the others' work goes on."""
    receiver.answers["/slow"] = [Answer(wait=0.5)]
    doomed, other = (
        await acme.endpoint("/slow", events=["a.b"]),
        await acme.endpoint("/other", events=["c.d"]),
    )
    await acme.publish(3, "a.b")
    await receiver.wait_for(3)
    await endpoints.delete_endpoint(acme.actor, doomed)
    await acme.publish(5, "c.d")
    found = await acme.settled(other, 5)
    assert {one.status for one in found} == {"succeeded"}


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_two_dispatchers_deliver_each_once(acme: Acme, receiver: Receiver) -> None:
    """They share the queue on PostgreSQL; on SQLite there is one process, and so one dispatcher."""
    endpoint_id = await acme.endpoint()
    dispatchers = [Dispatcher(failing.follow), Dispatcher(failing.follow)]
    tasks = [asyncio.create_task(one.run()) for one in dispatchers]
    await acme.publish(100)
    await acme.publish(100)
    await receiver.wait_for(200, within=60)
    found = await acme.until(endpoint_id, lambda found: all(d.status == "succeeded" for d in found))
    for one in dispatchers:
        one.stop()
    await asyncio.gather(*tasks)
    assert len(receiver.requests) == 200
    assert {one.attempts for one in found} == {1}


async def test_a_lease_that_ran_out_is_taken_again(acme: Acme) -> None:
    """A process that is gone holds a lease; nobody has to notice: when it runs out, the delivery is due."""
    endpoint_id = await acme.endpoint()
    async with worker.running():
        await acme.publish()
        await acme.settled(endpoint_id)
        async with db.system("a process took it and died", write=True) as session:
            await session.exec(
                update(WebhookDelivery)
                .where(col(WebhookDelivery.endpoint_id) == endpoint_id)
                .values(status="pending", lease=new_id(), due_at=utcnow() + timedelta(seconds=2))
            )
        assert (await acme.deliveries(endpoint_id))[0].status == "delivering"
        (delivery,) = await acme.settled(endpoint_id)
    assert (delivery.status, delivery.attempts) == ("succeeded", 2)


async def test_what_had_not_begun_when_its_lease_ran_out_is_not_sent(
    acme: Acme, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database is gone for longer than a lease, and another process is the first one to reach it again."""
    another = Queue(QUEUE.table, QUEUE.partition, QUEUE.columns)
    monkeypatch.setattr(QUEUE, "lease_seconds", 1)
    receiver.answers["/slow"] = [Answer(wait=3)]
    endpoint_id = await acme.endpoint("/slow")
    await acme.publish(6)
    async with worker.running():
        await receiver.wait_for(4)
        async with db.system("the database is gone", write=True) as session:
            await session.exec(update(WebhookDelivery).values(due_at=WebhookDelivery.due_at))
            await asyncio.sleep(1.5)
            assert len(await another.claim(session, utcnow(), 10, per_partition=10)) == 6
        tried = await acme.until(endpoint_id, lambda found: sum(len(one.attempts_made) for one in found) == 4)
    assert len(tried) == 6
    assert len(receiver.requests) == 4


async def test_a_clean_stop_finishes_what_is_under_way_and_gives_the_rest_back(
    acme: Acme, receiver: Receiver
) -> None:
    receiver.answers["/slow"] = [Answer(wait=0.3)]
    endpoint_id = await acme.endpoint("/slow")
    await acme.publish(30)
    async with worker.running():
        await receiver.wait_for(4)
    found = await acme.deliveries(endpoint_id)
    done = [one for one in found if one.status == "succeeded"]
    assert len(done) == len(receiver.requests)
    assert {one.status for one in found} == {"succeeded", "pending"}
    async with worker.running():
        await acme.settled(endpoint_id, 30)
    assert len(receiver.requests) == 30


async def test_a_stop_beside_a_receiver_that_hangs_gives_back_and_records_first(
    acme: Acme, receiver: Receiver
) -> None:
    """Whoever stops the process may not wait for as long as the receiver does."""
    receiver.answers["/slow"] = [Answer(wait=20)]
    endpoint_id = await acme.endpoint("/slow")
    quick = await acme.endpoint("/quick")
    await acme.publish(20)
    stack = AsyncExitStack()
    await stack.enter_async_context(worker.running())
    await receiver.wait_for(24)
    stopping = asyncio.create_task(stack.aclose())
    await acme.settled(quick, 20)
    async with asyncio.timeout(30):
        while await leased(acme, endpoint_id) > 4:  # noqa: ASYNC110 - the database changes
            await asyncio.sleep(0.02)
    assert not stopping.done()
    await stopping
    assert await leased(acme, endpoint_id) == 4


async def leased(acme: Acme, endpoint_id: UUID) -> int:
    mine, held = col(WebhookDelivery.endpoint_id) == endpoint_id, col(WebhookDelivery.lease).is_not(None)
    async with db.read(acme.actor.tenant_id) as session:
        return len((await session.exec(select(WebhookDelivery.id).where(mine, held))).all())
