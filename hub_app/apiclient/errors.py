"""The one error of a call to somebody else's API. docs/errors.md tells of each kind what happened, and what to do."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Literal

from hub_app.kernel import outbound
from hub_app.kernel.clock import utcnow
from hub_app.kernel.outbound import OutboundError, OutboundResponse
from hub_app.kernel.retry_after import parse_retry_after

Kind = Literal[
    outbound.ErrorKind,
    "params",
    "credential",
    "consent",
    "rate_limited",
    "status",
    "auth",
    "invalid_json",
    "pagination",
    "selection",
    "layout",
    "changed",
    "internal",
]
# What may go away by itself. Of answers, `ApiError.answered` decides.
_PASSING: set[Kind] = {"dns", "connect", "timeout", "rate_limited"}
_PASSING_STATUS = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY}
MOST_WAIT = 3600
"""Seconds. An API that asks to wait longer is asked again after so many."""
ADVICE: dict[str, str] = {
    "params": "Correct the parameters and run it again.",
    "credential": "Save a credential under Credentials, or connect again.",
    "consent": "Give consent again under Governance, Consents.",
    "dns": "Check the host name in {url}.",
    "connect": "Check that {server} is running and can be reached from here.",
    "tls": "Check {server}'s certificate, and that its port speaks https.",
    "timeout": "Ask for less, or try again later.",
    "refused_address": "Change {url}, or ask the operator to open this address to Hub.",
    "too_large": "Ask for less: fewer rows per page, or a narrower search.",
    "protocol": "Check that {url} is that of {server}.",
    "rate_limited": "Try again after the time that {server} gives.",
    "status": "The response may say why {server} refused the request.",
    "auth": "401: save a valid credential under Credentials, or connect again. 403: grant it the permission at {server}.",
    "invalid_json": "The response is not JSON. Check the path and {url}: they may lead to a web page.",
    "pagination": "Look at the response, and correct the action's pagination.",
    "selection": "Look at the response, and correct the action's response expression.",
    "layout": "Correct the selectors in the connection's settings, or sign in there and see what has changed.",
    "changed": "Read the record again, and decide with what it holds now.",
    "internal": "Ask the operator to look at Hub's log.",
}
"""What to do about each kind; docs/errors.md says the same. `advice` fills in who was called."""


class ApiError(Exception):
    """A call that gave no usable answer. The message is a sentence, perhaps with a secret that the API echoed.

    `status` is the answer's, None when there is none; `retryable` tells that the same call may work later, after
    `retry_after` seconds where the API said so; `reauthorize` that it works only after someone allows the access anew. `partial`
    is what had come of an answer that broke off. `sent` is False when the request cannot have arrived.
    """

    def __init__(
        self,
        kind: Kind,
        message: str,
        *,
        status: int | None = None,
        retryable: bool | None = None,
        retry_after: float | None = None,
        reauthorize: bool = False,
        partial: OutboundResponse | None = None,
        sent: bool = True,
    ) -> None:
        super().__init__(message)
        self.kind: Kind = kind
        self.message = message
        self.status = status
        self.retryable = kind in _PASSING if retryable is None else retryable
        self.retry_after = retry_after
        self.reauthorize = reauthorize
        self.partial = partial
        self.sent = sent

    @classmethod
    def of(cls, error: OutboundError, message: str = "") -> "ApiError":
        """That of a request which got no complete answer; `message` in place of its own."""
        return cls(error.kind, message or str(error), partial=error.answer, sent=error.sent)

    @classmethod
    def answered(cls, answer: OutboundResponse, message: str) -> "ApiError":
        """That of an answer which is no success; `message` says what it was."""
        status, wait = answer.status, retry_after(answer.headers) if asks_to_wait(answer) else None
        if asks_to_wait(answer) and status != HTTPStatus.SERVICE_UNAVAILABLE:
            return cls("rate_limited", message, status=status, retry_after=wait)
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            return cls("auth", message, status=status, reauthorize=status == HTTPStatus.UNAUTHORIZED)
        passing = status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _PASSING_STATUS
        return cls("status", message, status=status, retryable=passing, retry_after=wait)


def asks_to_wait(answer: OutboundResponse) -> bool:
    """Whether the API wants fewer calls, or none for a while. GitHub says so with 403."""
    if answer.status == HTTPStatus.FORBIDDEN:
        return "retry-after" in answer.headers or answer.headers.get("x-ratelimit-remaining") == "0"
    return answer.status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """How many seconds, 1 to MOST_WAIT, the header `Retry-After` asks to wait, in either form (RFC 9110 §10.2.3); None
    when it is not there, or is neither.
    """
    asked = parse_retry_after(headers.get("retry-after", ""), utcnow())
    return None if asked is None else min(max(asked.total_seconds(), 1), MOST_WAIT)


def advice(kind: str, *, server: str = "the API", url: str = "the base URL") -> str:
    """What to do about an error of this kind; "" for none."""
    return ADVICE.get(kind, "").format(server=server, url=url)
