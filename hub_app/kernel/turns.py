"""Taking turns at something of which there is only so much: first come, first served, but no lane waits for one other alone."""

import asyncio
import sys
from collections import Counter, OrderedDict, deque
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager


class Turns:
    """At most `at_once` turns in all and `of_a_lane` of each lane; of each lane `waiting` may wait, else any number."""

    def __init__(self, at_once: int, *, of_a_lane: int, waiting: int = sys.maxsize) -> None:
        self._free = at_once
        self._of_a_lane = of_a_lane
        self._waiting_of_a_lane = waiting
        self._taken: Counter[Hashable] = Counter()
        # The lane that has waited longest for a turn comes first.
        self._waiting: OrderedDict[Hashable, deque[asyncio.Future[None]]] = OrderedDict()

    def has_room(self, lane: Hashable) -> bool:
        """Whether one more may wait."""
        return len(self._waiting.get(lane, ())) < self._waiting_of_a_lane

    @asynccontextmanager
    async def turn(self, lane: Hashable) -> AsyncIterator[None]:
        """Have a turn for the time of the block; wait for it before."""
        await self._wait(lane)
        try:
            yield
        finally:
            self._give_back(lane)

    async def _wait(self, lane: Hashable) -> None:
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(lane, deque()).append(mine)
        self._hand_out()
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():
                self._give_back(lane)
            else:
                self._leave(lane, mine)
            raise

    def _leave(self, lane: Hashable, mine: asyncio.Future[None]) -> None:
        waiting = self._waiting.get(lane)
        if waiting and mine in waiting:
            waiting.remove(mine)
            if not waiting:
                del self._waiting[lane]

    def _give_back(self, lane: Hashable) -> None:
        self._free += 1
        self._taken[lane] -= 1
        if not self._taken[lane]:
            del self._taken[lane]
        self._hand_out()

    def _hand_out(self) -> None:
        while self._free:
            lane = next((one for one in self._waiting if self._taken[one] < self._of_a_lane), None)
            if lane is None:
                return
            next_one = self._waiting[lane].popleft()
            if self._waiting[lane]:
                self._waiting.move_to_end(lane)
            else:
                del self._waiting[lane]
            if not next_one.done():  # It may have been cancelled at this very moment.
                self._free -= 1
                self._taken[lane] += 1
                next_one.set_result(None)
