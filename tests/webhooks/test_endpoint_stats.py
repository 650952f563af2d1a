"""Which endpoints an event goes to, and what durations the roll-ups tell."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_app.webhooks.delivery.store import DURATION_STEPS
from hub_app.webhooks.service.stats import at_most
from hub_app.webhooks.service.subscriptions import matches


@pytest.mark.parametrize(
    ("patterns", "event_type", "wanted"),
    [
        ((), "task.created", True),
        (("*",), "task.created", True),
        (("task.created",), "task.created", True),
        (("task.created",), "task.created.late", False),
        (("task.*",), "task.created", True),
        (("task.*",), "task.created.late", True),
        (("task.*",), "task", False),
        (("task.*",), "tasks.created", False),
        (("invoice.paid", "task.*"), "task.done", True),
        (("invoice.paid", "order.*"), "task.done", False),
    ],
)
def test_subscriptions(patterns: tuple[str, ...], event_type: str, *, wanted: bool) -> None:
    assert matches(patterns, event_type) is wanted


def counts_of(durations: list[int]) -> list[int]:
    counts = [0] * len(DURATION_STEPS)
    for duration in durations:
        counts[next(n for n, step in enumerate(DURATION_STEPS) if duration <= step)] += 1
    return counts


@given(st.lists(st.integers(0, 300_000), min_size=1), st.floats(0.01, 1))
def test_what_a_share_of_attempts_did_not_exceed(durations: list[int], share: float) -> None:
    """It is the end of the step in which the exact one lies."""
    found = at_most(counts_of(durations), share)
    exact = sorted(durations)[max(0, -(-len(durations) * share // 1) - 1).__int__()]
    assert found == next(step for step in DURATION_STEPS if exact <= step)


def test_without_attempts_there_is_none() -> None:
    assert at_most([0] * len(DURATION_STEPS), 0.5) is None
