"""How attempts and retry policies are said on the webhook screens."""

from hub_app.kernel.settings import get_settings
from hub_app.webhooks.delivery.retry import RetryPolicy, delay

_MINUTE_SECONDS = 60
NAMES = {RetryPolicy.EXPONENTIAL: "Exponential", RetryPolicy.LINEAR: "Linear", RetryPolicy.NONE: "None"}


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
        return "Failed deliveries are not retried."
    in_minutes = all(s % _MINUTE_SECONDS == 0 for s in seconds)
    steps = (str(s // _MINUTE_SECONDS if in_minutes else s) for s in seconds)
    return f"After {', '.join(steps)} {'min' if in_minutes else 's'}."


def explained() -> str:
    """What the two policies with retries mean, for the help below the choice."""
    exponential, linear = retries(RetryPolicy.EXPONENTIAL), retries(RetryPolicy.LINEAR)
    return f"{exponential} Linear: {linear[:1].lower()}{linear[1:]}"
