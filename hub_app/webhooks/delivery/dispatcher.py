"""The dispatcher: claims due deliveries, has them sent, records what came of it.

One actor per process talks to the database: a turn is one transaction that records finished deliveries and claims
the next ones. Sending happens outside of any transaction, in tasks that `Partitions` starts fairly. A process that dies
holds leases that run out; a clean stop finishes what is under way and gives the rest back.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.exc import IntegrityError
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import bulk, db, signals
from hub_app.kernel.clock import utcnow
from hub_app.kernel.queue import Held
from hub_app.kernel.settings import get_settings
from hub_app.kernel.vault import SealBroken
from hub_app.webhooks.delivery import payload, sending, store
from hub_app.webhooks.delivery.claimed import ClaimedDelivery, Result
from hub_app.webhooks.delivery.partitions import Partitions
from hub_app.webhooks.delivery.store import QUEUE
from hub_app.webhooks.tables import Event

_BATCH = 250
_GATHER_SECONDS = 0.015
_LOOK_SECONDS = 1.0
_SOONEST_SECONDS = 0.05
_PER_PARTITION = 50
_STOP_SECONDS = 10.0

_log = logging.getLogger(__name__)

Follow = Callable[[Sequence[Result]], Awaitable[None]]


class Dispatcher:
    """This process's share of the sending."""

    def __init__(self, follow: Follow) -> None:
        """`follow` is told what came of deliveries, once that is recorded."""
        self._follow = follow
        self._partitions = Partitions(get_settings().webhook_concurrency)
        self._results: list[Result] = []
        self._sending: dict[UUID, tuple[ClaimedDelivery, asyncio.Task[None]]] = {}
        self._wake = signals.Watch()
        self._record = store.write
        self._stopping = False
        # Whether something may be due, and when to look again without being told.
        self._look = True
        self._look_at = 0.0
        self._beat_at = time.monotonic() + QUEUE.lease_seconds / 3

    async def run(self) -> None:
        """Dispatch until `stop` is called."""
        if db.current().dialect == "sqlite":
            async with db.system("no other process can hold a lease on SQLite", write=True) as session:
                await QUEUE.release_all(session, utcnow())
        with signals.watch("deliveries", by=self._wake):
            while not self._stopping:
                await self._turn_safely()
                await self._pause()
        await self._wind_up()

    def stop(self) -> None:
        """Ask `run` to finish what is being sent, give back the rest, and return."""
        self._stopping = True
        self._wake.wake()

    async def _turn_safely(self) -> None:
        try:
            await self._turn()
        except IntegrityError:
            # An endpoint was deleted while its deliveries were under way.
            self._record = store.write_those_left
        except Exception:  # noqa: BLE001 - whatever it is, deliveries must go on
            # What was to be recorded is kept; leases keep what was claimed.
            _log.exception("The dispatcher's turn failed; trying again.")
            await asyncio.sleep(_LOOK_SECONDS)

    async def _turn(self) -> None:
        now = utcnow()
        results = self._results[:_BATCH]
        amount = min(_BATCH, self._partitions.capacity()) if self._look and not self._stopping else 0
        beat = time.monotonic() >= self._beat_at
        if amount and not results and not beat and not await self._due(now):
            amount = 0
            await self._look_later()
        if results or amount or beat:
            async with db.system("the dispatcher records and claims", write=True) as session:
                await self._record(session, results)
                if beat:
                    await QUEUE.extend(session, self._held(), now)
                claimed = await self._claim(session, now, amount)
            del self._results[: len(results)]
            self._record = store.write
            if beat:
                self._beat_at = time.monotonic() + QUEUE.lease_seconds / 3
            for delivery in claimed:
                self._partitions.add(delivery)
            if len(claimed) < amount:
                await self._look_later()
            await self._follow(results)
        self._start()

    async def _pause(self) -> None:
        """Wait until there is something to record, to claim or to keep."""
        if self._results:
            # A moment to gather: a transaction for fifty results costs little more than one for five.
            if len(self._results) < _BATCH:
                await asyncio.sleep(_GATHER_SECONDS)
        elif not (self._look and self._partitions.capacity()):
            until = min(self._look_at, self._beat_at) if not self._look else self._beat_at
            if await self._wake.wait(max(0.0, until - time.monotonic())):
                self._look = True
        self._look = self._look or self._look_at <= time.monotonic()

    async def _due(self, now: datetime) -> bool:
        async with db.system("the dispatcher looks for due deliveries") as session:
            due = await QUEUE.next_due(session)
        return due is not None and due <= now

    async def _look_later(self) -> None:
        async with db.system("the dispatcher looks for the next delivery") as session:
            due = await QUEUE.next_due(session)
        seconds = _LOOK_SECONDS if due is None else (due - utcnow()).total_seconds()
        self._look = False
        self._look_at = time.monotonic() + min(_LOOK_SECONDS, max(_SOONEST_SECONDS, seconds))

    async def _claim(self, session: AsyncSession, now: datetime, amount: int) -> list[ClaimedDelivery]:
        if not amount:
            return []
        rows = await QUEUE.claim(session, now, amount, per_lane=_PER_PARTITION, full=self._partitions.full())
        keys = {(cast("UUID", r["tenant_id"]), cast("UUID", r["event_id"])) for r in rows}
        events = await bulk.select_by_key(session, Event, keys, ["type", "created_at", "payload"])
        return [_claimed(row, events[cast("UUID", row["event_id"])]) for row in rows]

    def _start(self) -> None:
        if self._stopping:
            return
        for delivery in self._partitions.start(time.monotonic()):
            task = asyncio.create_task(self._send(delivery), name="delivery")
            self._sending[delivery.held.id] = (delivery, task)

    async def _send(self, delivery: ClaimedDelivery) -> None:
        result = None
        try:
            wait = await sending.seconds_to_wait(delivery)
            if not wait:
                result = await sending.deliver(delivery)
        except SealBroken as error:
            wait, result = 0, sending.unreadable(delivery, error)
        except Exception:  # noqa: BLE001 - its slot must not be lost, nor the delivery
            _log.exception("What a delivery needs could not be read; trying again.")
            wait = _LOOK_SECONDS
        if wait:
            self._partitions.put_back(delivery, until=time.monotonic() + wait)
            asyncio.get_running_loop().call_later(wait, self._start)
        else:
            self._partitions.finish(delivery.endpoint_id, ok=sending.went_well(result))
            if result is not None:
                self._results.append(result)
                self._wake.wake()
        del self._sending[delivery.held.id]
        self._start()

    def _held(self) -> list[Held]:
        under_way = [delivery.held for delivery, _ in self._sending.values()]
        return [*under_way, *(delivery.held for delivery in self._partitions.waiting())]

    async def _wind_up(self) -> None:
        tasks = [task for _, task in self._sending.values()]
        if tasks:
            await asyncio.wait(tasks, timeout=_STOP_SECONDS)
        async with db.system("the dispatcher stops", write=True) as session:
            await store.write_those_left(session, self._results)
            await QUEUE.release(session, [delivery.held for delivery in self._partitions.waiting()], utcnow())
        # What still has no answer keeps its lease and is sent again by whoever comes next.
        for _, task in self._sending.values():
            task.cancel()


def _claimed(row: Mapping[str, object], event: RowMapping) -> ClaimedDelivery:
    return ClaimedDelivery(
        held=Held(cast("UUID", row["tenant_id"]), cast("UUID", row["id"]), cast("UUID", row["lease"])),
        endpoint_id=cast("UUID", row["endpoint_id"]),
        event_id=cast("UUID", row["event_id"]),
        attempts=cast("int", row["attempts"]),
        tries=cast("int", row["tries"]),
        trigger=cast("str", row["trigger"]),
        created_at=cast("datetime", row["created_at"]),
        expires_at=cast("datetime", row["expires_at"]),
        payload=payload.of_event(
            cast("str", event["type"]), cast("datetime", event["created_at"]), cast("str", event["payload"])
        ),
    )
