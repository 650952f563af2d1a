"""When a failed delivery is tried again."""

import random
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum

_JITTER = 0.1
_random = random.SystemRandom()


class RetryPolicy(StrEnum):
    EXPONENTIAL = "EXPONENTIAL"
    LINEAR = "LINEAR"
    NONE = "NONE"


def delay(policy: RetryPolicy, retry: int, base_seconds: int) -> timedelta:
    """The wait before retry number `retry` (from 1), without jitter."""
    factor = retry if policy is RetryPolicy.LINEAR else 2 ** (retry - 1)
    return timedelta(seconds=base_seconds * factor)


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
    if policy is RetryPolicy.NONE or retry > max_retries:
        return None
    step = delay(policy, retry, base_seconds) * (1 + _random.uniform(-_JITTER, _JITTER))
    asked = parse_retry_after(retry_after, now) if retry_after else None
    if asked is not None:
        step = max(step, min(asked, delay(policy, max_retries, base_seconds)))
    return now + step


def parse_retry_after(value: str, now: datetime) -> timedelta | None:
    """A `Retry-After` header, in seconds or as an HTTP date (RFC 9110 §10.2.3); None when it is neither."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        return timedelta(seconds=min(int(value[:9]), 10**8))
    try:
        date = parsedate_to_datetime(value)
    except ValueError:
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    return max(timedelta(0), date - now)
