"""Partitions that fail share half of the slots, however many they are; nothing of theirs is lost."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from hub_app.webhooks.delivery.claimed import ClaimedDelivery
from hub_app.webhooks.delivery.partitions import HELD, Partitions
from tests.webhooks.test_partitions import delivery

DEAD = [UUID(int=n) for n in range(100, 150)]
LIVELY = UUID(int=1)


def fail_all(partitions: Partitions, rows: int) -> None:
    """Let every dead endpoint's first deliveries fail, and so keep none under way."""
    for endpoint in DEAD:
        for _ in range(rows):
            partitions.add(delivery(endpoint))
    failed: set[UUID] = set()
    while failed != set(DEAD):
        for one in list(partitions.start(0)):
            failed.add(one.endpoint_id)
            partitions.finish(one.endpoint_id, ok=False)


def test_the_dead_hang_in_half_of_the_slots() -> None:
    partitions = Partitions(8)
    fail_all(partitions, 20)
    hanging = list(partitions.start(0))
    assert len(hanging) == 4
    partitions.add(delivery(LIVELY))
    assert [one.endpoint_id for one in partitions.start(0)] == [LIVELY]


def test_the_dead_take_turns() -> None:
    """Each gets its try again, and one that works again leaves them."""
    partitions = Partitions(8)
    fail_all(partitions, 20)
    tried: list[UUID] = []
    begun: list[ClaimedDelivery] = list(partitions.start(0))
    for _ in range(2 * len(DEAD)):
        one = begun.pop(0)
        tried.append(one.endpoint_id)
        partitions.finish(one.endpoint_id, ok=False)
        begun += partitions.start(0)
    assert set(tried) == set(DEAD)
    well = begun.pop(0).endpoint_id
    partitions.finish(well, ok=True)
    assert [one.endpoint_id for one in partitions.start(0)].count(well) >= 1


def test_what_waits_behind_failures_leaves_room_to_claim() -> None:
    partitions = Partitions(8)
    fail_all(partitions, 12)
    assert len(partitions.waiting()) > HELD
    assert partitions.capacity() == 8 + HELD


def test_what_waits_behind_a_rate_limit_leaves_room_to_claim() -> None:
    """Endpoints that may have one delivery a second, each with a backlog: the others must not wait for them."""
    partitions = Partitions(8)
    for second in range(20):
        full = set(partitions.full())
        for endpoint in DEAD:
            if endpoint not in full:
                for _ in range(50):
                    partitions.add(delivery(endpoint))
        begun = set[UUID]()
        while starting := list(partitions.start(second)):
            for one in starting:
                if one.endpoint_id in begun:
                    partitions.put_back(one, until=second + 1)
                else:
                    begun.add(one.endpoint_id)
                    partitions.finish(one.endpoint_id, ok=True)
        assert begun == set(DEAD)
        assert partitions.capacity() == 8 + HELD
    assert set(partitions.full()) == set(DEAD)
    assert len(partitions.waiting()) <= 50 * len(DEAD)


def test_those_that_answer_slowly_share_half_of_the_slots() -> None:
    partitions = Partitions(8)
    for endpoint in DEAD[:2]:
        for _ in range(40):
            partitions.add(delivery(endpoint))
    for _ in range(5):
        for one in list(partitions.start(0)):
            partitions.finish(one.endpoint_id, ok=True, quick=False)
    assert len(list(partitions.start(0))) == 4
    partitions.add(delivery(LIVELY))
    assert [one.endpoint_id for one in partitions.start(0)] == [LIVELY]


@given(
    slots=st.integers(1, 9),
    steps=st.lists(
        st.tuples(st.sampled_from(["add", "start", "well", "slowly", "badly", "later"]), st.integers(0, 5))
    ),
)
def test_the_share_holds_and_nothing_is_lost(slots: int, steps: list[tuple[str, int]]) -> None:
    partitions = Partitions(slots)
    added: set[UUID] = set()
    done: set[UUID] = set()
    begun: list[ClaimedDelivery] = []
    now = 0.0
    for endpoint in DEAD[:6]:
        partitions.add(delivery(endpoint))
        (first,) = partitions.start(now)
        partitions.finish(first.endpoint_id, ok=False)
    for step, n in steps:
        now += 1
        if step == "add":
            added.add((one := delivery(DEAD[n])).held.id)
            partitions.add(one)
        elif step == "start":
            begun += partitions.start(now)
        elif begun and step == "later":
            partitions.put_back(begun.pop(n % len(begun)), until=now + 2)
        elif begun:
            one = begun.pop(n % len(begun))
            done.add(one.held.id)
            partitions.finish(one.endpoint_id, ok=step != "badly", quick=step != "slowly")
    # Nothing ever works again, and still everything has its try.
    for _ in range(2 * len(added) + 2):
        now += 10
        begun += partitions.start(now)
        while begun:
            done.add((one := begun.pop()).held.id)
            partitions.finish(one.endpoint_id, ok=False)
    assert done == added
    assert (partitions.under_way, list(partitions.start(now + 10))) == (0, [])
