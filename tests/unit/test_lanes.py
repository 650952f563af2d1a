"""Fairness in memory, whatever succeeds and fails in whatever order."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from hub_app.kernel.queue import Held
from hub_app.webhooks.lanes import START, WIDEST, Lanes
from hub_app.webhooks.work import Work

_NOW = datetime(2026, 1, 1, tzinfo=UTC)
ENDPOINTS = [UUID(int=n) for n in range(1, 5)]


def work(endpoint_id: UUID) -> Work:
    held = Held(UUID(int=99), uuid4(), uuid4())
    return Work(held, endpoint_id, uuid4(), 0, 0, "schedule", _NOW, _NOW, b"{}")


def test_lanes_take_turns() -> None:
    """A hundred of one endpoint came first; the other's first still goes second."""
    lanes = Lanes(8)
    for one in [work(ENDPOINTS[0]) for _ in range(100)] + [work(ENDPOINTS[1]) for _ in range(2)]:
        lanes.add(one)
    begun = [one.endpoint_id for one in lanes.start(0)]
    assert begun[:4] == [ENDPOINTS[0], ENDPOINTS[1], ENDPOINTS[0], ENDPOINTS[1]]


def test_a_dead_endpoint_holds_one_slot() -> None:
    lanes = Lanes(64)
    for _ in range(50):
        lanes.add(work(ENDPOINTS[0]))
    for _ in range(5):
        for one in list(lanes.start(0)):
            lanes.finish(one.endpoint_id, ok=False)
    assert len(list(lanes.start(0))) == 1


def test_a_healthy_endpoint_widens_to_its_limit() -> None:
    lanes = Lanes(200)
    begun: list[Work] = []
    for _ in range(WIDEST):
        for _ in range(WIDEST):
            lanes.add(work(ENDPOINTS[0]))
        begun = list(lanes.start(0))
        for one in begun:
            lanes.finish(one.endpoint_id, ok=True)
    assert len(begun) == WIDEST


def test_what_is_put_back_waits_and_comes_first() -> None:
    lanes = Lanes(8)
    first, second = work(ENDPOINTS[0]), work(ENDPOINTS[0])
    lanes.add(first)
    begun = next(lanes.start(0))
    lanes.add(second)
    lanes.put_back(begun, until=10)
    assert list(lanes.start(9)) == []
    assert list(lanes.start(10)) == [first, second]


steps = st.lists(st.tuples(st.sampled_from(["add", "start", "well", "badly", "later"]), st.integers(0, 3)))


@given(slots=st.integers(1, 12), steps=steps)
def test_nothing_is_lost_and_no_limit_is_passed(slots: int, steps: list[tuple[str, int]]) -> None:
    lanes = Lanes(slots)
    added: set[UUID] = set()
    begun: list[Work] = []
    done: set[UUID] = set()
    now = 0.0
    for step, n in steps:
        now += 1
        if step == "add":
            one = work(ENDPOINTS[n])
            added.add(one.held.id)
            lanes.add(one)
        elif step == "start":
            begun += lanes.start(now)
        elif begun and step == "later":
            lanes.put_back(begun.pop(n % len(begun)), until=now + 2)
        elif begun:
            one = begun.pop(n % len(begun))
            done.add(one.held.id)
            lanes.finish(one.endpoint_id, ok=step == "well")
        assert lanes.under_way == len(begun) <= slots
        assert all(sum(one.endpoint_id == e for one in begun) <= max(START, WIDEST) for e in ENDPOINTS)
        waiting = {one.held.id for one in lanes.waiting()}
        assert waiting | {one.held.id for one in begun} | done == added
        assert not waiting & done
    # Whatever happened, all of it is begun in the end.
    for _ in range(len(added) * 2 + 2):
        now += 10
        begun += lanes.start(now)
        while begun:
            one = begun.pop()
            done.add(one.held.id)
            lanes.finish(one.endpoint_id, ok=True)
    assert done == added
