"""The dispatcher: claims due deliveries, has them sent, records what came of it.

One actor per process talks to the database: a turn is one transaction that records finished deliveries and claims
the next ones. Sending happens outside of any transaction, in tasks that `Partitions` starts fairly. Publishers of the same
process hand their deliveries over (`handoff`) while nothing older waits. A process that dies holds leases that run out; a clean
stop finishes what is under way and gives the rest back.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import psycopg
from sqlalchemy.exc import DataError, IntegrityError

from hub_app.kernel import db, processes, signals, underway
from hub_app.kernel.batch import Batch
from hub_app.kernel.clock import utcnow
from hub_app.kernel.queue import Claimed, Held
from hub_app.kernel.settings import get_settings
from hub_app.kernel.vault import SealBroken
from hub_app.webhooks.delivery import handoff, sending, store
from hub_app.webhooks.delivery.claimed import ClaimedDelivery, Result
from hub_app.webhooks.delivery.partitions import Partitions
from hub_app.webhooks.delivery.store import QUEUE

_BATCH = 250
_GATHER_SECONDS = 0.015
# News ends the gathering, but turns need not follow each other any faster.
_BETWEEN_TURNS_SECONDS = 0.004
_LOOK_SECONDS = 1.0
_SOONEST_SECONDS = 0.05
_PER_PARTITION = 50
# Less than the patience of whoever stops the process (`serve.py`).
_STOP_SECONDS = 5.0
# A receiver that takes longer shares slots with those that fail.
_SLOW_MS = 5000

_log = logging.getLogger(__name__)

Follow = Callable[[Sequence[Result]], Awaitable[None]]


class _Wake(signals.Watch):
    """Woken by signals, which may mean that something is due, and by results, which do not."""

    def __init__(self) -> None:
        super().__init__()
        self.news = False
        self.gathering = False

    def wake(self) -> None:
        self.news = True
        super().wake()

    def result(self) -> None:
        if not self.gathering:
            super().wake()


class Dispatcher:
    """This process's share of the sending."""

    def __init__(self, follow: Follow) -> None:
        """`follow` is told what came of deliveries, once that is recorded."""
        self._follow = follow
        self._partitions = Partitions(get_settings().webhook_concurrency)
        self._results: list[Result] = []
        self._sending: dict[UUID, tuple[ClaimedDelivery, asyncio.Task[None]]] = {}
        self._wake = _Wake()
        # Somebody waits since then for what was in hand, and has yet to be heeded; `_before` are the deliveries it waits for.
        self._recalled_at: datetime | None = None
        self._heeds_recall = True
        self._before: set[UUID] = set()
        self._carefully = False
        self._stopping = False
        self._is_fresh = True
        # Whether something may be due, and when to look again without being told.
        self._look = True
        self._look_at = 0.0
        self._turn_at = 0.0
        # Older deliveries wait in the queue: of any endpoint, until a claim finds nothing more, or of those it passed over.
        self._backlog = True
        self._behind: frozenset[UUID] = frozenset()
        self._beat_at = time.monotonic() + QUEUE.lease_seconds / 3
        # What has not begun is surely this process's until then.
        self._leased_until = utcnow() + timedelta(seconds=QUEUE.lease_seconds)

    async def run(self) -> None:
        """Dispatch until `stop` is called."""
        handoff.open_to(self)
        with signals.watch("deliveries", by=self._wake), underway.held_by(self):
            while not self._stopping:
                await self._turn_safely()
                await self._pause()
            await self._wind_up()

    def stop(self) -> None:
        """Ask `run` to finish what is being sent, give back the rest, and return."""
        handoff.open_to(None)
        self._stopping = True
        self._wake.wake()

    # What is asked by those who wait for what is under way (`underway.Holder`)

    def recall(self) -> None:
        self._recalled_at = self._recalled_at or utcnow()
        self._heeds_recall = False
        self._wake.result()

    def busy_since(self) -> datetime | None:
        if self._heeds_recall:
            self._before &= self._in_hand()
            self._recalled_at = self._recalled_at if self._before else None
        return self._recalled_at

    async def _heed_recall(self) -> None:
        """Give back what has not begun: it is claimed anew, with what is to be sent by then. What has begun is waited for."""
        waiting = [delivery.held for delivery in self._partitions.take_waiting()]
        self._before |= self._in_hand()
        self._heeds_recall = self._backlog = self._look = True
        async with db.system("deliveries are read anew", write=True) as session:
            await QUEUE.release(session, waiting, utcnow())

    def _in_hand(self) -> set[UUID]:
        return {*self._sending, *(result.delivery.held.id for result in self._results)}

    # What publishers of this process ask (`handoff.Taker`)

    def reserve(self, endpoint_id: UUID) -> bool:
        """Whether a fresh delivery may come straight here: there is room, and no backlog waits in the queue. What has been
        due for milliseconds is none: if it were, each publisher that was sent to the queue would send the next one there.
        """
        older = self._backlog or endpoint_id in self._behind
        return not (older or self._stopping) and self._partitions.reserve(endpoint_id)

    def give_up(self, endpoint_id: UUID) -> None:
        self._partitions.give_up(endpoint_id)
        self._wake.result()

    def take(self, deliveries: Sequence[ClaimedDelivery]) -> None:
        """Deliveries that were reserved, and are written as claimed."""
        for delivery in deliveries:
            self._partitions.add(delivery, reserved=True)
        self._start()

    async def _turn_safely(self) -> None:
        try:
            if self._is_fresh:
                await QUEUE.take_over()
                self._is_fresh = False
            await self._turn()
        except (IntegrityError, psycopg.DataError):
            # An endpoint was deleted while its deliveries were under way, or an answer is nothing that can be stored.
            self._carefully = True
        except Exception:  # noqa: BLE001 - whatever it is, deliveries must go on
            # What was to be recorded is kept; leases keep what was claimed.
            _log.exception("The dispatcher's turn failed; trying again.")
            await asyncio.sleep(_LOOK_SECONDS)
        self._turn_at = time.monotonic()

    async def _turn(self) -> None:
        now = utcnow()
        self._drop_overdue(now)
        if not self._heeds_recall:
            await self._heed_recall()
        results = self._results[:_BATCH]
        if results and processes.was_silent():
            # Whoever erased something has not waited for these.
            results = self._results[:_BATCH] = [one.without_answer() for one in results]
        if results and (self._carefully or any(store.is_parked(one) for one in results)):
            await self._record_carefully(results)
            return
        # With more results than one batch takes, their leases may have run out: to claim would be to send them again.
        look = self._look and not self._stopping and len(self._results) <= _BATCH
        amount = min(_BATCH, self._partitions.capacity()) if look else 0
        beat = time.monotonic() >= self._beat_at
        if results or amount or beat:
            claimed = await self._record_and_claim(results, amount, now, beat=beat)
            del self._results[: len(results)]
            for delivery in claimed:
                self._partitions.add(delivery)
            await self._follow(results)
        self._start()

    async def _record_and_claim(
        self, results: Sequence[Result], amount: int, now: datetime, *, beat: bool
    ) -> list[ClaimedDelivery]:
        batch = Batch(None)
        store.add(batch, results)
        for topic in store.topics(results):
            batch.notify(topic, soon=True)
        if beat:
            batch.statements += QUEUE.extending(batch.dialect, self._held(), now)
        if not amount:
            await batch.commit()
            rows = []
        else:
            rows = await self._claim(batch, amount, now)
        if beat:
            self._beat_at = time.monotonic() + QUEUE.lease_seconds / 3
            if utcnow() < self._leased_until:
                self._leased_until = now + timedelta(seconds=QUEUE.lease_seconds)
        return rows

    def _drop_overdue(self, now: datetime) -> None:
        """After a machine's sleep, or a database that was gone, the leases have run out: what has not begun may be another's
        by now.
        """
        if now >= self._leased_until:
            self._partitions.take_waiting()
            self._leased_until = now + timedelta(seconds=QUEUE.lease_seconds)
            self._backlog = self._look = True

    async def _claim(self, batch: Batch, amount: int, now: datetime) -> list[ClaimedDelivery]:
        """Commit the batch together with a claim, and where that came to the last partition, go on from the first one."""
        # Before claiming: what is signalled meanwhile may not be seen.
        self._wake.news = False
        full, from_first = self._partitions.full(), QUEUE.at_first_partition
        rows, next_due = await self._walk(batch, amount, now, full)
        if len(rows) < amount and not from_first:
            more, next_due = await self._walk(Batch(None), amount - len(rows), now, full)
            rows += more
        # A short claim has seen all partitions.
        self._backlog = len(rows) == amount
        if not self._backlog:
            partitions = Counter(row["endpoint_id"] for row in rows)
            cut_off = (partition for partition, count in partitions.items() if count >= _PER_PARTITION)
            self._behind = frozenset((*full, *cut_off))
            self._look_later(next_due)
        return [store.delivery_of(row) for row in rows]

    async def _walk(
        self, batch: Batch, amount: int, now: datetime, full: Sequence[UUID]
    ) -> tuple[list[Claimed], datetime | None]:
        """Commit the batch with a claim from where the last one ended; what it got, and when the next row is due."""
        claim = batch.add(QUEUE.claiming(batch.dialect, now, amount, per_partition=_PER_PARTITION, full=full))
        next_due = batch.add(QUEUE.next_due_at(batch.dialect))
        found = await batch.commit()
        return QUEUE.claimed(found[claim], amount), found[next_due][0][0]

    async def _record_carefully(self, results: Sequence[Result]) -> None:
        """At the cost of one more look: what became of these deliveries and their endpoints meanwhile."""
        try:
            async with db.system("the dispatcher records", write=True) as session:
                await store.write(session, results)
        except DataError:
            await self._record_each(results)
        self._carefully = False
        del self._results[: len(results)]
        await self._follow(results)
        self._start()

    async def _record_each(self, results: Sequence[Result]) -> None:
        """One by one, without its answer where that cannot be stored: it must not keep the others from being recorded."""
        for result in results:
            for one in (result, result.without_answer()):
                try:
                    async with db.system("the dispatcher records one by one", write=True) as session:
                        await store.write(session, [one])
                    break
                except DataError:
                    _log.exception("What came of a delivery could not be stored as it is.")

    async def _pause(self) -> None:
        """Wait until there is something to record, to claim or to keep."""
        if self._results:
            await self._gather()
        elif not (self._look and self._partitions.capacity()):
            until = min(self._look_at, self._beat_at) if not self._look else self._beat_at
            await self._wake.wait(max(0.0, until - time.monotonic()))
        self._look = self._look or self._wake.news or self._look_at <= time.monotonic()

    async def _gather(self) -> None:
        """A moment for more results, which ends with news: a transaction for fifty costs little more than one for five."""
        if len(self._results) >= _BATCH:
            return
        self._wake.gathering = True
        try:
            if await self._wake.wait(_GATHER_SECONDS):
                early = self._turn_at + _BETWEEN_TURNS_SECONDS - time.monotonic()
                await asyncio.sleep(max(0.0, early))
        finally:
            self._wake.gathering = False

    def _look_later(self, due: datetime | None) -> None:
        if self._wake.news:
            return
        seconds = _LOOK_SECONDS if due is None else (due - utcnow()).total_seconds()
        self._look = False
        self._look_at = time.monotonic() + min(_LOOK_SECONDS, max(_SOONEST_SECONDS, seconds))

    def _start(self) -> None:
        if self._stopping:
            return
        self._drop_overdue(utcnow())
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
            if delivery.held.id in self._before:
                self.recall()
            asyncio.get_running_loop().call_later(wait, self._start)
        else:
            quick = result is None or result.outcome is None or result.outcome.duration_ms < _SLOW_MS
            self._partitions.finish(delivery.endpoint_id, ok=sending.went_well(result), quick=quick)
            if result is not None:
                self._results.append(result)
                self._wake.result()
        self._sending.pop(delivery.held.id, None)
        self._start()

    def _held(self) -> list[Held]:
        under_way = [delivery.held for delivery, _ in self._sending.values()]
        unrecorded = (result.delivery.held for result in self._results)
        return [*under_way, *unrecorded, *(delivery.held for delivery in self._partitions.waiting())]

    async def _wind_up(self) -> None:
        """What is known is written first: whoever stops this process need not wait for slow receivers."""
        await self._settle()
        tasks = [task for _, task in self._sending.values()]
        if tasks:
            await asyncio.wait(tasks, timeout=_STOP_SECONDS)
        await self._settle()
        # What still has no answer keeps its lease and is sent again by whoever comes next.
        for _, task in self._sending.values():
            task.cancel()

    async def _settle(self) -> None:
        """Record results, and give back what has not begun."""
        results, waiting = list(self._results), self._partitions.take_waiting()
        async with db.system("the dispatcher stops", write=True) as session:
            await store.write(session, results)
            await QUEUE.release(session, [delivery.held for delivery in waiting], utcnow())
        # In hand until then, for those who wait for that.
        del self._results[: len(results)]
