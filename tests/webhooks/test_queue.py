"""Leases of deliveries: full endpoints are passed over, leases run out, are kept and given back."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest

from hub_app.kernel import db
from hub_app.kernel.clock import utcnow
from hub_app.kernel.queue import Held, Queue
from hub_app.webhooks.delivery.store import QUEUE
from tests.webhooks.conftest import Acme

pytestmark = [pytest.mark.both_databases, pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32")]


def queue() -> Queue:
    """A queue with a cursor of its own, as another process has it."""
    return Queue(QUEUE.table, QUEUE.partition, QUEUE.columns)


async def claim(
    one: Queue,
    amount: int,
    *,
    per_partition: int = 50,
    full: Sequence[UUID] = (),
    later: timedelta = timedelta(),
) -> list[Held]:
    async with db.system("a test claims", write=True) as session:
        rows = await one.claim(session, utcnow() + later, amount, per_partition=per_partition, full=full)
    return [Held(row["tenant_id"], row["id"], row["lease"]) for row in rows]  # type: ignore[arg-type]


async def partitions_of(acme: Acme, held: Sequence[Held]) -> Counter[str]:
    from hub_app.webhooks.service import deliveries

    return Counter([(await deliveries.get_delivery(acme.actor, one.id)).event_type for one in held])


async def test_full_partitions_are_passed_over(acme: Acme) -> None:
    full = await acme.endpoint("/full", events=["full.partition"])
    await acme.endpoint("/free", events=["free.partition"])
    await acme.publish(3, "full.partition")
    await acme.publish(3, "free.partition")
    assert await partitions_of(acme, await claim(queue(), 10, full=[full])) == {"free.partition": 3}


async def test_a_lease_that_ran_out_is_due_again(acme: Acme) -> None:
    await acme.endpoint()
    await acme.publish(1)
    (held,) = await claim(queue(), 10)
    assert await claim(queue(), 10) == []
    (again,) = await claim(queue(), 10, later=timedelta(seconds=QUEUE.lease_seconds + 1))
    assert again.id == held.id
    assert again.lease != held.lease


async def test_a_heartbeat_keeps_a_lease_and_a_foreign_one_nothing(acme: Acme) -> None:
    await acme.endpoint()
    await acme.publish(2)
    mine, lost = await claim(queue(), 10)
    stranger = Held(lost.tenant_id, lost.id, mine.id)
    soon = timedelta(seconds=QUEUE.lease_seconds - 5)
    async with db.system("a test's heartbeat", write=True) as session:
        await QUEUE.extend(session, [mine, stranger], utcnow() + soon)
    again = await claim(queue(), 10, later=timedelta(seconds=QUEUE.lease_seconds + 1))
    assert [one.id for one in again] == [lost.id]


async def test_what_is_released_is_due_at_once(acme: Acme) -> None:
    await acme.endpoint()
    await acme.publish(2)
    held = await claim(queue(), 10)
    async with db.system("a test releases", write=True) as session:
        await QUEUE.release(session, held, utcnow())
    assert {one.id for one in await claim(queue(), 10)} == {one.id for one in held}
