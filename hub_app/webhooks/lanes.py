"""Fair scheduling in memory: which delivery this process sends next.

Each endpoint is a lane. Lanes take turns; a lane's width, how many of its deliveries are under way at once, starts
small, grows by one with each success and falls to one with a failure. So a dead endpoint soon holds one slot, a
healthy one as many as it can use. All lanes whose last delivery failed share half of the slots: however many they
are, and however long they hang, the others go on.
"""

from collections import OrderedDict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

from hub_app.webhooks.work import Work

START = 4
WIDEST = 32
BACKLOG = 64
HELD = 500


@dataclass(slots=True)
class _Lane:
    waiting: deque[Work] = field(default_factory=deque[Work])
    width: int = START
    under_way: int = 0
    failed: bool = False
    paused_until: float = 0.0


class Lanes:
    """The deliveries that this process holds under lease and has not begun."""

    def __init__(self, slots: int) -> None:
        self.slots = slots
        self.under_way = 0
        self._waiting = 0
        self._lanes: dict[UUID, _Lane] = {}
        # Lanes with something to do, the one whose turn it is first.
        self._turns: OrderedDict[UUID, None] = OrderedDict()
        # Lanes that failed last and wait until another such lane frees a slot, the longest wait first.
        self._held_back: OrderedDict[UUID, None] = OrderedDict()
        self._failed_slots = max(1, slots // 2)
        self._failed_under_way = 0

    def room(self) -> int:
        """How many more deliveries are worth holding: enough to keep the slots full while the next are claimed."""
        # What waits behind failures must not keep the others' deliveries in the queue.
        failed = sum(len(lane.waiting) for lane in self._lanes.values() if lane.failed)
        return max(0, self.slots + HELD - (self._waiting - min(failed, HELD)) - self.under_way)

    def full(self) -> list[UUID]:
        """Lanes that should get no more from the queue for now."""
        return [one for one, lane in self._lanes.items() if len(lane.waiting) >= min(BACKLOG, 2 * lane.width)]

    def add(self, work: Work) -> None:
        lane = self._lanes.setdefault(work.endpoint_id, _Lane())
        lane.waiting.append(work)
        self._waiting += 1
        self._turns.setdefault(work.endpoint_id)

    def start(self, now: float) -> Iterator[Work]:
        """The deliveries to begin at `now` (a monotonic clock's seconds), one per lane and turn."""
        if self._failed_under_way < self._failed_slots:
            self._turns.update(self._held_back)
            self._held_back.clear()
        idle = 0
        while self._turns and self.under_way < self.slots and idle < len(self._turns):
            endpoint_id, _ = self._turns.popitem(last=False)
            lane = self._lanes[endpoint_id]
            if not lane.waiting:
                idle = 0
                self._drop_if_empty(endpoint_id, lane)
                continue
            if lane.failed and self._failed_under_way >= self._failed_slots:
                idle = 0
                self._held_back.setdefault(endpoint_id)
                continue
            self._turns[endpoint_id] = None
            if lane.under_way >= lane.width or lane.paused_until > now:
                idle += 1
                continue
            idle = 0
            self._count(lane, 1)
            self._waiting -= 1
            yield lane.waiting.popleft()

    def finish(self, endpoint_id: UUID, *, ok: bool) -> None:
        """A delivery that `start` gave out has ended."""
        lane = self._lanes[endpoint_id]
        self._count(lane, -1)
        lane.width = min(WIDEST, lane.width + 1) if ok else 1
        if lane.failed is ok:
            lane.failed = not ok
            self._failed_under_way += -lane.under_way if ok else lane.under_way
            if ok and endpoint_id in self._held_back:
                del self._held_back[endpoint_id]
                self._turns[endpoint_id] = None
        self._drop_if_empty(endpoint_id, lane)

    def put_back(self, work: Work, *, until: float) -> None:
        """A delivery that may not begin before `until`, since its endpoint's rate is used up."""
        lane = self._lanes[work.endpoint_id]
        self._count(lane, -1)
        lane.waiting.appendleft(work)
        lane.paused_until = until
        self._waiting += 1
        self._turns.setdefault(work.endpoint_id)

    def waiting(self) -> list[Work]:
        """All that has not begun."""
        return [work for lane in self._lanes.values() for work in lane.waiting]

    def _count(self, lane: _Lane, change: int) -> None:
        lane.under_way += change
        self.under_way += change
        if lane.failed:
            self._failed_under_way += change

    def _drop_if_empty(self, endpoint_id: UUID, lane: _Lane) -> None:
        # A lane's width is worth keeping while it is narrow: a dead endpoint must not start afresh each time.
        if not lane.waiting and not lane.under_way and lane.width >= START:
            del self._lanes[endpoint_id]
            self._turns.pop(endpoint_id, None)
            self._held_back.pop(endpoint_id, None)
