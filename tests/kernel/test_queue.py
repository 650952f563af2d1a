"""Claims from the queue go round the partitions, and so round the tenants; whoever claims beside another gets other rows."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import cast
from uuid import UUID

import pytest

from hub_app.kernel import db
from hub_app.kernel.clock import utcnow
from hub_app.kernel.queue import Held, Queue
from hub_app.webhooks.delivery.store import QUEUE
from hub_app.webhooks.tables import Event, WebhookDelivery
from tests.kernel.conftest import Two, endpoint

pytestmark = pytest.mark.both_databases

LATER = timedelta(seconds=QUEUE.lease_seconds + 1)


@dataclass(frozen=True)
class Row:
    """A claimed row and its partition."""

    held: Held
    partition: UUID


def rows_of(found: Sequence[Mapping[str, object]]) -> list[Row]:
    return [
        Row(
            Held(cast("UUID", one["tenant_id"]), cast("UUID", one["id"]), cast("UUID", one["lease"])),
            cast("UUID", one["endpoint_id"]),
        )
        for one in found
    ]


def queue() -> Queue:
    """The queue of deliveries, with a cursor of its own, as another process has it."""
    return Queue(QUEUE.table, QUEUE.partition, QUEUE.columns)


async def partition(
    tenant_id: UUID, rows: int, *, status: str = "pending", due: timedelta = timedelta()
) -> UUID:
    """A new partition with so many rows."""
    async with db.system("rows for a queue", write=True) as session:
        one, event = endpoint(tenant_id, "partition"), Event(tenant_id=tenant_id, type="a.b", payload="1")
        session.add_all([one, event])
        await session.flush()
        session.add_all(
            WebhookDelivery(
                tenant_id=tenant_id,
                endpoint_id=one.id,
                event_id=event.id,
                event_type="a.b",
                status=status,
                due_at=utcnow() + due,
                expires_at=utcnow() + timedelta(hours=1),
            )
            for _ in range(rows)
        )
    return one.id


async def claim(
    one: Queue, amount: int, *, per_partition: int = 50, later: timedelta = timedelta()
) -> list[Row]:
    async with db.system("a test claims", write=True) as session:
        return rows_of(await one.claim(session, utcnow() + later, amount, per_partition=per_partition))


async def test_each_partition_has_its_turn_before_one_has_its_next(two: Two) -> None:
    """A tenant with many long partitions, and one with a short partition: each claim takes two partitions' worth."""
    long = [await partition(two.ours, 40) for _ in range(6)]
    short = await partition(two.theirs, 3)
    one, turns = queue(), Counter[UUID]()
    for _ in range(14):
        partitions = {row.partition for row in await claim(one, 10, per_partition=5)}
        turns.update(partitions)
        most = max(turns[each] for each in long)
        assert all(turns[each] >= most - 1 for each in long)
        assert turns[short] or most <= 1
    assert turns[short] == 1


async def test_a_tenant_with_a_thousand_rows_does_not_keep_another_waiting(two: Two) -> None:
    await partition(two.ours, 1000)
    short = await partition(two.theirs, 1)
    one = queue()
    claims = [await claim(one, 60) for _ in range(2)]
    assert short in {row.partition for rows in claims for row in rows}


async def test_everything_is_claimed_once_whatever_is_asked_for(two: Two) -> None:
    """Whatever the amounts, and with another claimer beside."""
    for rows in (1, 7, 20, 13):
        await partition(two.ours, rows)
        await partition(two.theirs, rows)
    here, there = queue(), queue()
    claimed: list[Row] = []
    for turn in range(40):
        claimed += await claim(here if turn % 2 else there, 1 + turn % 9, per_partition=1 + turn % 4)
    assert (len(claimed), len({row.held.id for row in claimed})) == (82, 82)
    assert await claim(queue(), 100) == []


async def test_a_claim_goes_on_from_the_first_partition(two: Two) -> None:
    """Behind the last partition come the first ones, in the same claim."""
    partitions = [await partition(two.ours, 4) for _ in range(3)]
    one = queue()
    assert {row.partition for row in await claim(one, 4)} == {partitions[0]}
    await partition(two.theirs, 1)
    assert len(await claim(one, 4)) == 4
    async with db.system("the first partition has work again", write=True) as session:
        await QUEUE.release_all(session, utcnow())
    claimed = await claim(one, 12)
    assert len(claimed) == 12
    assert partitions[0] in {row.partition for row in claimed}


async def test_what_is_settled_or_not_yet_due_is_not_claimed(two: Two) -> None:
    await partition(two.ours, 2, status="succeeded")
    await partition(two.ours, 2, due=timedelta(minutes=1))
    due = await partition(two.ours, 2)
    assert [row.partition for row in await claim(queue(), 10)] == [due, due]


async def test_when_the_next_is_due(two: Two) -> None:
    """Of the rows that wait, leases included."""
    async with db.system("a test looks") as session:
        assert await QUEUE.next_due(session) is None
    await partition(two.ours, 1, due=timedelta(minutes=5))
    await partition(two.theirs, 1)
    before = utcnow()
    async with db.system("a test looks") as session:
        due = await QUEUE.next_due(session)
    assert due is not None
    assert due <= before
    await claim(queue(), 10)
    async with db.system("a test looks") as session:
        due = await QUEUE.next_due(session)
    assert due is not None
    assert before + timedelta(seconds=QUEUE.lease_seconds) <= due < before + timedelta(minutes=5)


async def test_a_claimer_that_lost_its_lease_gives_nothing_back(two: Two) -> None:
    """Another took the row meanwhile; it stays the other's."""
    await partition(two.ours, 1)
    (lost,) = await claim(queue(), 1)
    (taken,) = await claim(queue(), 1, later=LATER)
    assert taken.held.id == lost.held.id
    async with db.system("too late", write=True) as session:
        await QUEUE.release(session, [lost.held], utcnow())
    assert await claim(queue(), 1) == []


async def test_releasing_all_frees_every_lease(two: Two) -> None:
    await partition(two.ours, 3)
    await partition(two.theirs, 3)
    await claim(queue(), 4)
    async with db.system("a start", write=True) as session:
        await QUEUE.release_all(session, utcnow())
    assert len(await claim(queue(), 10)) == 6


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_claimers_at_the_same_time_do_not_wait_for_each_other(two: Two) -> None:
    """While one claim has not committed, another takes what is left."""
    await partition(two.ours, 10)
    holds, done = asyncio.Event(), asyncio.Event()

    async def slow() -> list[Row]:
        async with db.system("one claims and dawdles", write=True) as session:
            rows = rows_of(await queue().claim(session, utcnow(), 4, per_partition=50))
            holds.set()
            await done.wait()
        return rows

    task = asyncio.create_task(slow())
    await holds.wait()
    async with asyncio.timeout(30):
        quick = await claim(queue(), 50)
    done.set()
    rows = await task
    assert (len(rows), len(quick)) == (4, 6)
    assert not {row.held.id for row in rows} & {row.held.id for row in quick}
