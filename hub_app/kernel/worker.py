"""A process's share of a queue whose rows are long work: claimed under a lease, kept, given back at the end."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from sqlalchemy.exc import OperationalError

from hub_app.kernel import db, signals
from hub_app.kernel.clock import utcnow
from hub_app.kernel.leases import Ended
from hub_app.kernel.queue import Held, Queue

Row = Mapping[str, object]
Run = Callable[[Held, Row], Awaitable[None]]
"""The work for one row, from the columns that a claim gives. It ends the row, or gives it back with another due time."""
Fail = Callable[[Held], Awaitable[None]]
"""Ends a row whose work stopped on an error of our own, so that it does not hang for ever."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How a queue is worked on: how many rows at once, how many of them of one tenant, and which topic says that
    there is more. Without a signal the queue is looked at every `look_seconds`.
    """

    topic: str
    max_concurrent: int
    max_per_tenant: int
    look_seconds: float


@asynccontextmanager
async def working(queue: Queue, run: Run, fail: Fail, terms: Terms) -> AsyncIterator[None]:
    """Work on the queue for the time of the block."""
    worker = Worker(queue, run, fail, terms)
    task = asyncio.create_task(worker.run(), name=terms.topic)
    try:
        yield
    finally:
        worker.stop()
        await task


class Worker:
    """This process's share of a queue, whose partition is the tenant."""

    def __init__(self, queue: Queue, run: Run, fail: Fail, terms: Terms) -> None:
        self._queue = queue
        self._run = run
        self._fail = fail
        self._terms = terms
        self._running: dict[Held, asyncio.Task[None]] = {}
        self._wake = signals.Watch()
        self._stopping = False

    async def run(self) -> None:
        """Claim and run until `stop` is called; what is under way then is cut off and given back."""
        beat_at, is_fresh = time.monotonic(), True
        with signals.watch(self._terms.topic, by=self._wake):
            while not self._stopping:
                try:
                    if is_fresh:
                        await self._queue.take_over()
                        is_fresh = False
                    await self._claim()
                    if time.monotonic() >= beat_at:
                        beat_at = time.monotonic() + self._queue.lease_seconds / 3
                        await self._keep()
                except Exception:  # noqa: BLE001 - whatever it is, the queue must go on
                    _log.exception("%s could not be looked for; trying again.", self._terms.topic)
                await self._wake.wait(self._terms.look_seconds)
        await self._give_back()

    def stop(self) -> None:
        self._stopping = True
        self._wake.wake()

    async def _claim(self) -> None:
        """Claim as long as there is room: one row of each tenant in a round, so that nobody gets more than their share."""
        while (room := self._terms.max_concurrent - len(self._running)) > 0:
            counts = Counter(held.tenant_id for held in self._running)
            full = [tenant for tenant, count in counts.items() if count >= self._terms.max_per_tenant]
            async with db.system(f"{self._terms.topic} are claimed", write=True) as session:
                rows = await self._queue.claim(session, utcnow(), room, per_partition=1, full=full)
            if not rows:
                return
            for row in rows:
                self._start(row)

    def _start(self, row: Row) -> None:
        held = Held(row["tenant_id"], row["id"], row["lease"])  # type: ignore[arg-type]
        task = asyncio.create_task(self._guarded(held, row), name=self._terms.topic)
        self._running[held] = task
        task.add_done_callback(lambda _: self._ended(held))

    async def _guarded(self, held: Held, row: Row) -> None:
        """Do a row's work, or at least end it. Where neither works, the next process goes on once the lease runs out."""
        for act in (partial(self._run, held, row), partial(self._fail, held)):
            try:
                with db.background():
                    await act()
                break
            except Ended:
                break
            except OperationalError:
                # The database went away, or is busy: the work is not to blame. Its lease runs out, and it goes on.
                _log.exception("%s: the work on %s was cut off.", self._terms.topic, held.id)
                break
            except Exception:  # noqa: BLE001 - whatever it is, the queue must go on
                _log.exception("%s: the work on %s failed.", self._terms.topic, held.id)

    def _ended(self, held: Held) -> None:
        del self._running[held]
        self._wake.wake()

    async def _keep(self) -> None:
        if self._running:
            async with db.system(f"running {self._terms.topic} are kept", write=True) as session:
                await self._queue.extend(session, list(self._running), utcnow())

    async def _give_back(self) -> None:
        held, tasks = list(self._running), list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        async with db.system(f"{self._terms.topic} are given back", write=True) as session:
            await self._queue.release(session, held, utcnow())
