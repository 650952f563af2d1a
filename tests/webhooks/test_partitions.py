"""Fairness in memory, whatever succeeds and fails in whatever order."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from hub_app.kernel.queue import Held
from hub_app.webhooks.delivery.claimed import ClaimedDelivery
from hub_app.webhooks.delivery.partitions import MAX_CONCURRENCY, START, Partitions

_NOW = datetime(2026, 1, 1, tzinfo=UTC)
ENDPOINTS = [UUID(int=n) for n in range(1, 5)]


def delivery(endpoint_id: UUID) -> ClaimedDelivery:
    held = Held(UUID(int=99), uuid4(), uuid4())
    return ClaimedDelivery(held, endpoint_id, uuid4(), 0, 0, "schedule", _NOW, _NOW, b"{}")


def test_partitions_take_turns() -> None:
    """A hundred of one endpoint came first; the other's first still goes second."""
    partitions = Partitions(8)
    for one in [delivery(ENDPOINTS[0]) for _ in range(100)] + [delivery(ENDPOINTS[1]) for _ in range(2)]:
        partitions.add(one)
    begun = [one.endpoint_id for one in partitions.start(0)]
    assert begun[:4] == [ENDPOINTS[0], ENDPOINTS[1], ENDPOINTS[0], ENDPOINTS[1]]


def test_a_dead_endpoint_holds_one_slot() -> None:
    partitions = Partitions(64)
    for _ in range(50):
        partitions.add(delivery(ENDPOINTS[0]))
    for _ in range(5):
        for one in list(partitions.start(0)):
            partitions.finish(one.endpoint_id, ok=False)
    assert len(list(partitions.start(0))) == 1


def test_a_healthy_endpoint_widens_to_its_limit() -> None:
    partitions = Partitions(200)
    begun: list[ClaimedDelivery] = []
    for _ in range(MAX_CONCURRENCY):
        for _ in range(MAX_CONCURRENCY):
            partitions.add(delivery(ENDPOINTS[0]))
        begun = list(partitions.start(0))
        for one in begun:
            partitions.finish(one.endpoint_id, ok=True)
    assert len(begun) == MAX_CONCURRENCY


def test_what_is_put_back_waits_and_comes_first() -> None:
    partitions = Partitions(8)
    first, second = delivery(ENDPOINTS[0]), delivery(ENDPOINTS[0])
    partitions.add(first)
    begun = next(partitions.start(0))
    partitions.add(second)
    partitions.put_back(begun, until=10)
    assert list(partitions.start(9)) == []
    assert list(partitions.start(10)) == [first, second]


steps = st.lists(st.tuples(st.sampled_from(["add", "start", "well", "badly", "later"]), st.integers(0, 3)))


@given(slots=st.integers(1, 12), steps=steps)
def test_nothing_is_lost_and_no_limit_is_passed(slots: int, steps: list[tuple[str, int]]) -> None:
    partitions = Partitions(slots)
    added: set[UUID] = set()
    begun: list[ClaimedDelivery] = []
    done: set[UUID] = set()
    now = 0.0
    for step, n in steps:
        now += 1
        if step == "add":
            one = delivery(ENDPOINTS[n])
            added.add(one.held.id)
            partitions.add(one)
        elif step == "start":
            begun += partitions.start(now)
        elif begun and step == "later":
            partitions.put_back(begun.pop(n % len(begun)), until=now + 2)
        elif begun:
            one = begun.pop(n % len(begun))
            done.add(one.held.id)
            partitions.finish(one.endpoint_id, ok=step == "well")
        assert partitions.under_way == len(begun) <= slots
        assert all(
            sum(one.endpoint_id == e for one in begun) <= max(START, MAX_CONCURRENCY) for e in ENDPOINTS
        )
        waiting = {one.held.id for one in partitions.waiting()}
        assert waiting | {one.held.id for one in begun} | done == added
        assert not waiting & done
    # Whatever happened, all of it is begun in the end.
    for _ in range(len(added) * 2 + 2):
        now += 10
        begun += partitions.start(now)
        while begun:
            one = begun.pop()
            done.add(one.held.id)
            partitions.finish(one.endpoint_id, ok=True)
    assert done == added
