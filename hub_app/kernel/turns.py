"""Taking turns at something of which there is only so much: first come, first served, but no partition waits for one other alone."""

import asyncio
import sys
from collections import Counter, OrderedDict, deque
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager


class Turns:
    """At most `at_once` turns in all and `per_partition` of each partition; of each partition `waiting` may wait, else any number."""

    def __init__(self, at_once: int, *, per_partition: int, waiting: int = sys.maxsize) -> None:
        self._free = at_once
        self._of_a_partition = per_partition
        self._waiting_of_a_partition = waiting
        self._taken: Counter[Hashable] = Counter()
        # The partition that has waited longest for a turn comes first.
        self._waiting: OrderedDict[Hashable, deque[asyncio.Future[None]]] = OrderedDict()

    def has_room(self, partition: Hashable) -> bool:
        """Whether one more may wait."""
        return len(self._waiting.get(partition, ())) < self._waiting_of_a_partition

    @asynccontextmanager
    async def turn(self, partition: Hashable) -> AsyncIterator[None]:
        """Have a turn for the time of the block; wait for it before."""
        await self._wait(partition)
        try:
            yield
        finally:
            self._give_back(partition)

    async def _wait(self, partition: Hashable) -> None:
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(partition, deque()).append(mine)
        self._hand_out()
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():
                self._give_back(partition)
            else:
                self._leave(partition, mine)
            raise

    def _leave(self, partition: Hashable, mine: asyncio.Future[None]) -> None:
        waiting = self._waiting.get(partition)
        if waiting and mine in waiting:
            waiting.remove(mine)
            if not waiting:
                del self._waiting[partition]

    def _give_back(self, partition: Hashable) -> None:
        self._free += 1
        self._taken[partition] -= 1
        if not self._taken[partition]:
            del self._taken[partition]
        self._hand_out()

    def _hand_out(self) -> None:
        while self._free:
            partition = next((one for one in self._waiting if self._taken[one] < self._of_a_partition), None)
            if partition is None:
                return
            next_one = self._waiting[partition].popleft()
            if self._waiting[partition]:
                self._waiting.move_to_end(partition)
            else:
                del self._waiting[partition]
            if not next_one.done():  # It may have been cancelled at this very moment.
                self._free -= 1
                self._taken[partition] += 1
                next_one.set_result(None)
