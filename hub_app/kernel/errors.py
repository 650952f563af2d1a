"""Domain errors: what can go wrong in a use case, mapped to HTTP in one place (`hub_app/rest.py`).

A message is a sentence for the person who made the request. It never holds a secret, a stack trace or
anything about another tenant.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field that was refused: its dotted path as the caller sent it, and the rule in words."""

    field: str
    message: str


class HubError(Exception):
    """The base of everything that a use case refuses on purpose."""

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Internal error"

    def __init__(self, detail: str, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.headers = dict(headers or {})
        self.errors: tuple[FieldError, ...] = ()


class BadRequest(HubError):
    status = 400
    title = "Bad request"


class Unauthenticated(HubError):
    """Nobody is signed in, or the token is missing, unknown, expired or revoked."""

    status = 401
    title = "Not signed in"

    def __init__(
        self, detail: str = "Sign in, or send a valid API token as 'Authorization: Bearer …'."
    ) -> None:
        super().__init__(detail, headers={"WWW-Authenticate": 'Bearer realm="hub"'})


class LimitReached(HubError):
    """The tenant's tier does not allow more of it."""

    status = 402
    title = "Limit reached"


class Forbidden(HubError):
    """Known, but not allowed; the sentence names the missing role or scope. The boundary audits each one."""

    status = 403
    title = "Not allowed"


class TenantSuspended(HubError):
    """Who it is is known, and what they could do is suspended with their tenant, whatever it is. Nothing to audit."""

    status = 403
    title = "Tenant suspended"


class NotFound(HubError):
    """No such thing in this tenant. Another tenant's id gives the same answer."""

    status = 404
    title = "Not found"


class Conflict(HubError):
    status = 409
    title = "Conflict"


class EditConflict(Conflict):
    """Settings that someone else changed since they were read, and that would be overwritten: `fields` names them."""

    def __init__(self, fields: Sequence[str]) -> None:
        super().__init__(
            f"Someone else changed {', '.join(fields)} after you opened it. Nothing was saved. Reload, then make your"
            " change again."
        )
        self.fields = tuple(fields)


class PreconditionFailed(HubError):
    """An `If-Match` that names another state than the one that is there (RFC 9110, 13.1.1)."""

    status = 412
    title = "Precondition failed"


class TooLarge(HubError):
    status = 413
    title = "Too large"


class Invalid(HubError):
    """Input that broke a rule, with the fields that broke it."""

    status = 422
    title = "Invalid input"

    def __init__(self, errors: Sequence[FieldError], detail: str | None = None) -> None:
        super().__init__(detail or "; ".join(f"{e.field}: {e.message}" for e in errors))
        self.errors = tuple(errors)

    @classmethod
    def field(cls, field: str, message: str) -> "Invalid":
        return cls([FieldError(field, message)])


class RateLimited(HubError):
    status = 429
    title = "Too many requests"

    def __init__(self, detail: str, *, retry_after: int, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail, headers={**(headers or {}), "Retry-After": str(retry_after)})


class Unavailable(HubError):
    status = 503
    title = "Not available"
