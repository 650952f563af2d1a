"""Lanes that fail share half of the slots, however many they are; nothing of theirs is lost."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from hub_app.webhooks.lanes import HELD, Lanes
from hub_app.webhooks.work import Work
from tests.unit.test_lanes import work

DEAD = [UUID(int=n) for n in range(100, 150)]
LIVELY = UUID(int=1)


def fail_all(lanes: Lanes, rows: int) -> None:
    """Let every dead endpoint's first deliveries fail, and so keep none under way."""
    for endpoint in DEAD:
        for _ in range(rows):
            lanes.add(work(endpoint))
    failed: set[UUID] = set()
    while failed != set(DEAD):
        for one in list(lanes.start(0)):
            failed.add(one.endpoint_id)
            lanes.finish(one.endpoint_id, ok=False)


def test_the_dead_hang_in_half_of_the_slots() -> None:
    lanes = Lanes(8)
    fail_all(lanes, 20)
    hanging = list(lanes.start(0))
    assert len(hanging) == 4
    lanes.add(work(LIVELY))
    assert [one.endpoint_id for one in lanes.start(0)] == [LIVELY]


def test_the_dead_take_turns() -> None:
    """Each gets its try again, and one that works again leaves them."""
    lanes = Lanes(8)
    fail_all(lanes, 20)
    tried: list[UUID] = []
    begun: list[Work] = list(lanes.start(0))
    for _ in range(2 * len(DEAD)):
        one = begun.pop(0)
        tried.append(one.endpoint_id)
        lanes.finish(one.endpoint_id, ok=False)
        begun += lanes.start(0)
    assert set(tried) == set(DEAD)
    well = begun.pop(0).endpoint_id
    lanes.finish(well, ok=True)
    assert [one.endpoint_id for one in lanes.start(0)].count(well) >= 1


def test_what_waits_behind_failures_leaves_room_to_claim() -> None:
    lanes = Lanes(8)
    fail_all(lanes, 12)
    assert len(lanes.waiting()) > HELD / 2
    assert lanes.room() > HELD / 2


@given(
    slots=st.integers(1, 9),
    steps=st.lists(st.tuples(st.sampled_from(["add", "start", "well", "badly", "later"]), st.integers(0, 5))),
)
def test_the_share_holds_and_nothing_is_lost(slots: int, steps: list[tuple[str, int]]) -> None:
    lanes = Lanes(slots)
    added: set[UUID] = set()
    done: set[UUID] = set()
    begun: list[Work] = []
    now = 0.0
    for endpoint in DEAD[:6]:
        lanes.add(work(endpoint))
        (first,) = lanes.start(now)
        lanes.finish(first.endpoint_id, ok=False)
    for step, n in steps:
        now += 1
        if step == "add":
            added.add((one := work(DEAD[n])).held.id)
            lanes.add(one)
        elif step == "start":
            begun += lanes.start(now)
        elif begun and step == "later":
            lanes.put_back(begun.pop(n % len(begun)), until=now + 2)
        elif begun:
            one = begun.pop(n % len(begun))
            done.add(one.held.id)
            lanes.finish(one.endpoint_id, ok=step == "well")
    # Nothing ever works again, and still everything has its try.
    for _ in range(2 * len(added) + 2):
        now += 10
        begun += lanes.start(now)
        while begun:
            done.add((one := begun.pop()).held.id)
            lanes.finish(one.endpoint_id, ok=False)
    assert done == added
    assert (lanes.under_way, list(lanes.start(now + 10))) == (0, [])
