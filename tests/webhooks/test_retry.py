from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hub_app.kernel.retry_after import parse_retry_after
from hub_app.webhooks.delivery.retry import RetryPolicy, delay, next_attempt

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
POLICIES = st.sampled_from(RetryPolicy)
# The widest ranges that the settings accept.
RETRIES, BASES = st.integers(1, 50), st.integers(1, 10**6)


@pytest.mark.parametrize(
    ("policy", "minutes"),
    [(RetryPolicy.LINEAR, [1, 2, 3, 4, 5]), (RetryPolicy.EXPONENTIAL, [1, 2, 4, 8, 16])],
)
def test_steps(policy: RetryPolicy, minutes: list[int]) -> None:
    assert [delay(policy, n, 60) for n in range(1, 6)] == [timedelta(minutes=m) for m in minutes]


@given(RETRIES, BASES)
def test_no_policy_no_retry(retry: int, base: int) -> None:
    assert delay(RetryPolicy.NONE, retry, base) is None
    assert next_attempt(RetryPolicy.NONE, 1, now=NOW, base_seconds=base, max_retries=retry) is None


@given(POLICIES, RETRIES, BASES, st.floats(-1, 1))
def test_jitter_stays_within_a_tenth(policy: RetryPolicy, retry: int, base: int, jitter: float) -> None:
    plain, moved = delay(policy, retry, base), delay(policy, retry, base, jitter)
    if plain is None or moved is None:
        assert plain is moved
        return
    assert plain * 0.9 <= moved <= plain * 1.1


@given(POLICIES, RETRIES, BASES)
def test_steps_never_shrink(policy: RetryPolicy, retry: int, base: int) -> None:
    step, following = delay(policy, retry, base), delay(policy, retry + 1, base)
    assert (step is None and following is None) or (step and following and step <= following)


@given(POLICIES, RETRIES, st.integers(0, 50), BASES, st.none() | st.text() | st.integers(0).map(str))
def test_next_attempt(policy: RetryPolicy, retry: int, most: int, base: int, asked: str | None) -> None:
    at = next_attempt(policy, retry, now=NOW, base_seconds=base, max_retries=most, retry_after=asked)
    step, longest = delay(policy, retry, base), delay(policy, most, base) if most else timedelta(0)
    if step is None or longest is None or retry > most:
        assert at is None
        return
    assert at is not None
    assert step * 0.9 <= at - NOW <= max(step * 1.1, longest)


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ("300", 300),  # later than the step
        ("5", None),  # never earlier than the step
        ("86400", 960),  # at most the longest step
        (format_datetime(NOW + timedelta(seconds=300), usegmt=True), 300),
        (format_datetime(NOW - timedelta(days=1), usegmt=True), None),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_moves_the_step(asked: str, seconds: int | None) -> None:
    at = next_attempt(RetryPolicy.EXPONENTIAL, 1, now=NOW, base_seconds=60, max_retries=5, retry_after=asked)
    assert at is not None
    waited = (at - NOW).total_seconds()
    assert waited == seconds if seconds else 54 <= waited <= 66


@given(st.integers(0, 10**7))
def test_retry_after_in_seconds(seconds: int) -> None:
    assert parse_retry_after(f" {seconds} ", NOW) == timedelta(seconds=seconds)


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)), st.integers(-720, 720))  # noqa: DTZ001 - hypothesis wants naive bounds
def test_retry_after_as_a_date(naive: datetime, offset: int) -> None:
    date = naive.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=offset)))
    asked = parse_retry_after(format_datetime(date), NOW)
    assert asked == max(timedelta(0), date - NOW)


@given(st.text() | st.from_regex(r"[A-Z][a-z]{2}, \d{1,9} [A-Z][a-z]{2} \d{1,9} \d+:\d+:\d+ [+-]?\d+"))
def test_odd_retry_after_is_ignored(text: str) -> None:
    assume(not text.strip().isdigit())
    asked = parse_retry_after(text, NOW)
    assert asked is None or asked >= timedelta(0)


@pytest.mark.parametrize("text", ["9" * 5000, "9" * 30, "-1", "1.5", "٣"])
def test_numbers_that_are_no_seconds(text: str) -> None:
    asked = parse_retry_after(text, NOW)
    assert asked is None or asked == timedelta(days=365)
