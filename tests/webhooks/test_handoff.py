"""Fresh deliveries go straight to this process's dispatcher, and nothing is lost or overtaken by it."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import pytest
from sqlmodel import col, select

from hub_app.kernel import db, signals
from hub_app.kernel.clock import utcnow
from hub_app.webhooks.delivery import handoff, store
from hub_app.webhooks.delivery.claimed import ClaimedDelivery
from hub_app.webhooks.delivery.partitions import BACKLOG, START, Partitions
from hub_app.webhooks.tables import Event, WebhookDelivery, WebhookEndpoint
from tests.peers.receiver import Receiver
from tests.webhooks.conftest import Acme

pytestmark = [pytest.mark.both_databases, pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32")]


class Desk:
    """A dispatcher that has room for so many, and keeps what it is given."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.taken: list[ClaimedDelivery] = []

    def reserve(self, endpoint_id: UUID) -> bool:
        del endpoint_id
        self.room -= 1
        return self.room >= 0

    def give_up(self, endpoint_id: UUID) -> None:
        del endpoint_id
        self.room += 1

    def take(self, deliveries: Sequence[ClaimedDelivery]) -> None:
        self.taken += deliveries


async def known(acme: Acme) -> None:
    """The type is registered with the first event, and everything is in memory after the second."""
    await acme.publish()
    await acme.publish()


async def rows(acme: Acme) -> list[tuple[UUID, UUID | None, datetime]]:
    async with db.read(acme.actor.tenant_id) as session:
        statement = select(WebhookDelivery.id, WebhookDelivery.lease, WebhookDelivery.due_at)
        return list((await session.exec(statement.order_by(col(WebhookDelivery.id)))).all())


async def test_what_there_is_room_for_is_written_as_claimed_and_the_rest_as_due(acme: Acme) -> None:
    await acme.endpoint()
    await known(acme)
    desk = Desk(2)
    handoff.open_to(desk)
    try:
        await acme.publish(5)
    finally:
        handoff.open_to(None)
    found = (await rows(acme))[2:]
    claimed = {id_: lease for id_, lease, due in found if due > utcnow()}
    assert {one.held.id: one.held.lease for one in desk.taken} == claimed
    assert len(claimed) == 2
    assert [lease for _, lease, due in found if due <= utcnow()] == [None] * 3


async def test_what_is_handed_over_is_what_a_claim_would_give(acme: Acme) -> None:
    await acme.endpoint()
    await known(acme)
    desk = Desk(1)
    handoff.open_to(desk)
    await acme.publish(1, note="ü\u2028")
    handoff.open_to(None)
    (handed,) = desk.taken
    async with db.system("its lease runs out", write=True) as session:
        later = utcnow().replace(year=utcnow().year + 1)
        claimed = [
            store.delivery_of(row) for row in await store.QUEUE.claim(session, later, 10, per_partition=10)
        ]
    (again,) = [one for one in claimed if one.held.id == handed.held.id]
    same = ("endpoint_id", "event_id", "attempts", "tries", "trigger", "created_at", "expires_at", "payload")
    assert [getattr(again, name) for name in same] == [getattr(handed, name) for name in same]
    assert again.held.tenant_id == handed.held.tenant_id


async def test_a_transaction_that_fails_gives_the_room_back(acme: Acme) -> None:
    endpoint_id = await acme.endpoint()
    await known(acme)
    desk = Desk(10)
    handoff.open_to(desk)
    async with db.system("deleted behind the cache's back", write=True) as session:
        endpoint = (await session.exec(select(WebhookEndpoint))).one()
        await session.delete(endpoint)
    ids = await acme.publish(3)
    handoff.open_to(None)
    assert (desk.room, desk.taken) == (10, [])
    async with db.read(acme.actor.tenant_id) as session:
        kept = (await session.exec(select(Event.id).where(col(Event.id).in_(ids)))).all()
    assert set(kept) == set(ids)
    assert endpoint_id not in {row[0] for row in await rows(acme)}


@pytest.mark.usefixtures("dispatcher")
async def test_an_older_one_is_not_overtaken_for_ever(acme: Acme, receiver: Receiver) -> None:
    """More than its partition holds, then one by one: those that had no room are sent while others keep coming."""
    endpoint_id = await acme.endpoint()
    await acme.publish()
    await acme.publish(3 * BACKLOG)
    for _ in range(50):
        await acme.publish()
        await asyncio.sleep(0)
    found = await receiver.wait_for(3 * BACKLOG + 51, within=60)
    assert len({one.headers["webhook-id"] for one in found}) == len(found)
    await acme.until(endpoint_id, lambda all_: all(one.status == "succeeded" for one in all_))


async def reserved(acme: Acme) -> tuple[handoff.Taker, UUID]:
    """The dispatcher once it has caught up, with room kept for a delivery of this endpoint."""
    endpoint_id = await acme.endpoint()
    await acme.publish()
    await acme.settled(endpoint_id)
    taker = handoff.taker()
    assert taker is not None
    async with asyncio.timeout(10):
        while not taker.reserve(endpoint_id):  # noqa: ASYNC110 - it looks once more, and then waits
            await asyncio.sleep(0.02)
    return taker, endpoint_id


@pytest.mark.usefixtures("dispatcher")
async def test_a_caught_up_dispatcher_takes_what_comes(acme: Acme) -> None:
    taker, endpoint_id = await reserved(acme)
    taker.give_up(endpoint_id)


@pytest.mark.usefixtures("dispatcher")
async def test_what_was_sent_to_the_queue_just_now_does_not_send_the_next_one_there(acme: Acme) -> None:
    """Otherwise one delivery in the queue is enough for all that follow to wait there, as long as they come quickly."""
    taker, endpoint_id = await reserved(acme)
    signals.wake(["deliveries"])
    assert taker.reserve(endpoint_id)
    taker.give_up(endpoint_id)
    taker.give_up(endpoint_id)


async def test_nobody_takes_where_nobody_sends(acme: Acme) -> None:
    await acme.endpoint()
    await acme.publish()
    await acme.publish()
    assert handoff.taker() is None
    assert [lease for _, lease, _ in await rows(acme)] == [None, None]


def test_reserved_room_counts_until_it_is_used_or_given_up() -> None:
    partitions, endpoint_id = Partitions(64), UUID(int=1)
    before = partitions.capacity()
    reserved = [partitions.reserve(endpoint_id) for _ in range(2 * START + 1)]
    assert reserved == [True] * (2 * START) + [False]
    assert partitions.full() == [endpoint_id]
    assert partitions.capacity() == before - 2 * START
    for _ in range(2 * START):
        partitions.give_up(endpoint_id)
    assert (partitions.full(), partitions.capacity()) == ([], before)
