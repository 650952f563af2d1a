"""How durations, shares, errors and policies are said on the webhook screens."""

from http import HTTPStatus

from hub_app.kernel.settings import get_settings
from hub_app.webhooks.retry import RetryPolicy, delay

_ERRORS = {
    "dns": "name not found",
    "connect": "connection failed",
    "tls": "TLS failed",
    "timeout": "timeout",
    "refused_address": "address refused",
    "too_large": "too large",
    "protocol": "not HTTP",
    "internal": "not sent",
}
_SECOND_MS = 1000
_MINUTE_SECONDS = 60
POLICIES = {RetryPolicy.EXPONENTIAL: "Exponential", RetryPolicy.LINEAR: "Linear", RetryPolicy.NONE: "None"}


def duration(milliseconds: int | None) -> str:
    """`41 ms`, `1.2 s`, and "" for none."""
    if milliseconds is None:
        return ""
    return f"{milliseconds} ms" if milliseconds < _SECOND_MS else f"{milliseconds / _SECOND_MS:.1f} s"


def share(part: float | None) -> str:
    """A rate of 0..1 as `98.2 %`; a dash without one."""
    return "—" if part is None else f"{100 * part:.1f} %"


def answer(status_code: int | None, error_kind: str) -> str:
    """What came back, in a word: `200`, `timeout`, or "" when nothing was tried yet."""
    return str(status_code) if status_code is not None else _ERRORS.get(error_kind, error_kind)


def phrase(status_code: int) -> str:
    """`503 Service Unavailable`."""
    try:
        return f"{status_code} {HTTPStatus(status_code).phrase}"
    except ValueError:
        return str(status_code)


def attempts(made: int, policy: str, *, settled: bool) -> str:
    """`2 of 6`; the number alone once the delivery went well or was resent beyond its policy."""
    most = 1 if policy == RetryPolicy.NONE else get_settings().webhook_max_retries + 1
    return str(made) if settled or made > most else f"{made} of {most}"


def retries(policy: RetryPolicy) -> str:
    """When failed deliveries are tried again: `After 1, 2, 4, 8, 16 min.`"""
    settings = get_settings()
    base, most = settings.webhook_retry_backoff_seconds, settings.webhook_max_retries
    waits = [delay(policy, retry, base) for retry in range(1, most + 1)]
    seconds = [round(wait.total_seconds()) for wait in waits if wait is not None]
    if not seconds:
        return "A failed delivery is not tried again."
    in_minutes = all(s % _MINUTE_SECONDS == 0 for s in seconds)
    steps = (str(s // _MINUTE_SECONDS if in_minutes else s) for s in seconds)
    return f"After {', '.join(steps)} {'min' if in_minutes else 's'}."


def policies() -> str:
    """What the two policies with retries mean, for the help below the choice."""
    exponential, linear = retries(RetryPolicy.EXPONENTIAL), retries(RetryPolicy.LINEAR)
    return f"{exponential} Linear: {linear[:1].lower()}{linear[1:]}"


def short(identifier: str) -> str:
    """The end of an id, which is what tells one UUIDv7 from its neighbours."""
    return f"…{identifier[-8:]}"
