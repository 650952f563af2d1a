"""What can go wrong with a PSA, each with a sentence that a person can act on. REST answers with these statuses."""

import math
from collections.abc import Mapping
from typing import ClassVar

from hub_app.kernel.errors import HubError

UNSTATED_WAIT = 60
"""Seconds that are named where a PSA wants fewer calls and does not say when."""


class PSAError(HubError):
    """A PSA refused, or gave no usable answer. `provider` is its name; `sent` is False when the request cannot have arrived, and
    `decided` says whether the PSA decided about it: without that, what it was to store may be there.
    """

    status: ClassVar[int] = 502
    title: ClassVar[str] = "The PSA refused the request"
    code: ClassVar[str] = "refused"
    decided: ClassVar[bool] = True

    def __init__(self, detail: str, *, provider: str, sent: bool = True) -> None:
        super().__init__(detail)
        self.provider = provider
        self.sent = sent

    @property
    def is_unknown(self) -> bool:
        """Whether what was to be stored may be there all the same."""
        return self.sent and not self.decided


class PSAAuthError(PSAError):
    code = "auth"
    title = "The PSA refused the credentials"


class PSAPermissionError(PSAError):
    code = "permission"
    title = "The PSA refused access"


class PSANotFoundError(PSAError):
    status = 404
    code = "not_found"
    title = "Not found in the PSA"


class PSARateLimitError(PSAError):
    """Too many calls; the next one can be made after so many seconds."""

    status = 503
    code = "rate_limit"
    title = "The PSA wants fewer requests"

    def __init__(
        self, detail: str, *, provider: str, retry_after_seconds: float | None = None, sent: bool = True
    ) -> None:
        super().__init__(detail, provider=provider, sent=sent)
        self.retry_after_seconds = math.ceil(retry_after_seconds or UNSTATED_WAIT)
        self.headers["Retry-After"] = str(self.retry_after_seconds)


class PSAServerError(PSAError):
    code = "server"
    title = "The PSA failed"
    decided = False


class PSATimeoutError(PSAError):
    status = 504
    code = "timeout"
    title = "The PSA did not answer in time"
    decided = False


class PSAConnectionError(PSAError):
    """It could not be reached, or broke off."""

    code = "connection"
    title = "The PSA cannot be reached"
    decided = False


KINDS: Mapping[str, type[PSAError]] = {
    one.code: one
    for one in (
        PSAError,
        PSAAuthError,
        PSAPermissionError,
        PSANotFoundError,
        PSARateLimitError,
        PSAServerError,
        PSATimeoutError,
        PSAConnectionError,
    )
}
"""By the code under which it is kept."""
