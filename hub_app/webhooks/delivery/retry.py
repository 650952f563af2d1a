"""When a failed delivery is tried again."""

import random
from datetime import datetime, timedelta
from enum import StrEnum

from hub_app.kernel.retry_after import parse_retry_after

_JITTER = 0.1
# Beyond every delivery's life, and far from what a date can hold.
_LONGEST = 365 * 86_400
_random = random.SystemRandom()


class RetryPolicy(StrEnum):
    EXPONENTIAL = "EXPONENTIAL"
    LINEAR = "LINEAR"
    NONE = "NONE"


def delay(policy: RetryPolicy, retry: int, base_seconds: int, jitter: float = 0) -> timedelta | None:
    """The wait before retry number `retry` (from 1); None when the policy has none.

    `jitter`, from -1 to 1, moves it by up to 10 % either way.
    """
    match policy:
        case RetryPolicy.NONE:
            return None
        case RetryPolicy.LINEAR:
            seconds = base_seconds * retry
        case RetryPolicy.EXPONENTIAL:
            seconds = base_seconds * 2 ** (retry - 1)
    return timedelta(seconds=min(seconds, _LONGEST)) * (1 + _JITTER * jitter)


def next_attempt(
    policy: RetryPolicy,
    retry: int,
    *,
    now: datetime,
    base_seconds: int,
    max_retries: int,
    retry_after: str | None = None,
) -> datetime | None:
    """When retry number `retry` (from 1) takes place: the policy's step ±10 %; None when there is none left.

    A receiver's `Retry-After` moves it later, at most to the policy's longest step.
    """
    step = delay(policy, retry, base_seconds, _random.uniform(-1, 1))
    longest = delay(policy, max_retries, base_seconds)
    if step is None or longest is None or retry > max_retries:
        return None
    asked = parse_retry_after(retry_after, now) if retry_after else None
    return now + (step if asked is None else max(step, min(asked, longest)))
