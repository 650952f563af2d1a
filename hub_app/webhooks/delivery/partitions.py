"""Fair scheduling in memory: which delivery this process sends next.

Each endpoint is a partition. Partitions take turns; a partition's concurrency, how many of its deliveries are under way
at once, starts small, grows by one with each success and falls to one with a failure. So a dead endpoint soon holds one slot, a
healthy one as many as it can use. All partitions whose last delivery failed or took long share half of the slots: however many
they are, and however long they hang, the others go on. What waits behind them, or behind a rate limit, takes none of the room
that the others' deliveries need: it is at most what one claim gave (`full`).
"""

from collections import OrderedDict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

from hub_app.webhooks.delivery.claimed import ClaimedDelivery

START = 4
MAX_CONCURRENCY = 32
BACKLOG = 64
HELD = 500


@dataclass(slots=True)
class _Partition:
    waiting: deque[ClaimedDelivery] = field(default_factory=deque[ClaimedDelivery])
    concurrency: int = START
    under_way: int = 0
    reserved: int = 0
    # Its last delivery failed or took long.
    slow: bool = False
    # Its rate is used up, and more waits.
    limited: bool = False
    paused_until: float = 0.0

    @property
    def aside(self) -> bool:
        return self.slow or self.limited


class Partitions:
    """The deliveries that this process holds under lease and has not begun."""

    def __init__(self, slots: int) -> None:
        self.slots = slots
        self.under_way = 0
        self._waiting = 0
        self._waiting_aside = 0
        self._reserved = 0
        self._partitions: dict[UUID, _Partition] = {}
        # Partitions with something to do, the one whose turn it is first.
        self._turns: OrderedDict[UUID, None] = OrderedDict()
        # Slow partitions that wait until another such partition frees a slot, the longest wait first.
        self._held_back: OrderedDict[UUID, None] = OrderedDict()
        self._slow_slots = max(1, slots // 2)
        self._slow_under_way = 0

    def capacity(self) -> int:
        """How many more deliveries are worth holding: enough to keep the slots full while the next are claimed."""
        waiting = self._waiting - self._waiting_aside
        return max(0, self.slots + HELD - waiting - self._reserved - self.under_way)

    def full(self) -> list[UUID]:
        """Partitions that should get no more from the queue for now."""
        return [one for one, partition in self._partitions.items() if _is_full(partition)]

    def reserve(self, endpoint_id: UUID) -> bool:
        """Keep room for a delivery that is about to be written; whether there is any. `add` or `give_up` follows."""
        partition = self._partitions.get(endpoint_id) or _Partition()
        if _is_full(partition) or not self.capacity():
            return False
        self._partitions[endpoint_id] = partition
        partition.reserved += 1
        self._reserved += 1
        return True

    def give_up(self, endpoint_id: UUID) -> None:
        """A reserved delivery was not written."""
        partition = self._partitions[endpoint_id]
        partition.reserved -= 1
        self._reserved -= 1
        self._drop_if_empty(endpoint_id, partition)

    def add(self, delivery: ClaimedDelivery, *, reserved: bool = False) -> None:
        partition = self._partitions.setdefault(delivery.endpoint_id, _Partition())
        if reserved:
            partition.reserved -= 1
            self._reserved -= 1
        partition.waiting.append(delivery)
        self._count_waiting(partition, 1)
        self._turns.setdefault(delivery.endpoint_id)

    def start(self, now: float) -> Iterator[ClaimedDelivery]:
        """The deliveries to begin at `now` (a monotonic clock's seconds), one per partition and turn."""
        if self._slow_under_way < self._slow_slots:
            self._turns.update(self._held_back)
            self._held_back.clear()
        idle = 0
        while self._turns and self.under_way < self.slots and idle < len(self._turns):
            endpoint_id, _ = self._turns.popitem(last=False)
            partition = self._partitions[endpoint_id]
            if not partition.waiting:
                idle = 0
                self._drop_if_empty(endpoint_id, partition)
                continue
            if partition.slow and self._slow_under_way >= self._slow_slots:
                idle = 0
                self._held_back.setdefault(endpoint_id)
                continue
            self._turns[endpoint_id] = None
            if partition.under_way >= partition.concurrency or partition.paused_until > now:
                idle += 1
                continue
            idle = 0
            self._count(partition, 1)
            self._count_waiting(partition, -1)
            yield partition.waiting.popleft()

    def finish(self, endpoint_id: UUID, *, ok: bool, quick: bool = True) -> None:
        """A delivery that `start` gave out has ended: whether well, and without holding its slot for long."""
        partition = self._partitions[endpoint_id]
        self._count(partition, -1)
        if not ok:
            partition.concurrency = 1
        elif quick:
            partition.concurrency = min(MAX_CONCURRENCY, partition.concurrency + 1)
        slow = not (ok and quick)
        if partition.slow is not slow:
            self._slow_under_way += partition.under_way if slow else -partition.under_way
            self._set_aside(partition, slow=slow, limited=partition.limited)
            if not slow and endpoint_id in self._held_back:
                del self._held_back[endpoint_id]
                self._turns[endpoint_id] = None
        if partition.limited and not partition.waiting:
            self._set_aside(partition, slow=partition.slow, limited=False)
        self._drop_if_empty(endpoint_id, partition)

    def put_back(self, delivery: ClaimedDelivery, *, until: float) -> None:
        """A delivery that may not begin before `until`, since its endpoint's rate is used up."""
        partition = self._partitions[delivery.endpoint_id]
        self._count(partition, -1)
        partition.waiting.appendleft(delivery)
        partition.paused_until = until
        self._count_waiting(partition, 1)
        self._set_aside(partition, slow=partition.slow, limited=True)
        self._turns.setdefault(delivery.endpoint_id)

    def waiting(self) -> list[ClaimedDelivery]:
        """All that has not begun."""
        return [delivery for partition in self._partitions.values() for delivery in partition.waiting]

    def take_waiting(self) -> list[ClaimedDelivery]:
        """All that has not begun, for good."""
        found = self.waiting()
        for partition in self._partitions.values():
            self._count_waiting(partition, -len(partition.waiting))
            partition.waiting.clear()
        return found

    def _count(self, partition: _Partition, change: int) -> None:
        partition.under_way += change
        self.under_way += change
        if partition.slow:
            self._slow_under_way += change

    def _set_aside(self, partition: _Partition, *, slow: bool, limited: bool) -> None:
        before = partition.aside
        partition.slow, partition.limited = slow, limited
        if partition.aside is not before:
            self._waiting_aside += len(partition.waiting) if partition.aside else -len(partition.waiting)

    def _count_waiting(self, partition: _Partition, change: int) -> None:
        self._waiting += change
        if partition.aside:
            self._waiting_aside += change

    def _drop_if_empty(self, endpoint_id: UUID, partition: _Partition) -> None:
        # A partition's concurrency is worth keeping while it is low: a dead endpoint must not start afresh each time.
        idle = not (partition.waiting or partition.under_way or partition.reserved)
        if idle and partition.concurrency >= START:
            del self._partitions[endpoint_id]
            self._turns.pop(endpoint_id, None)
            self._held_back.pop(endpoint_id, None)


def _is_full(partition: _Partition) -> bool:
    if partition.limited:
        return len(partition.waiting) > 0
    return len(partition.waiting) + partition.reserved >= min(BACKLOG, 2 * partition.concurrency)
