"""What an OAuth account may be authorized for: a thing of another capability, which OAuth itself knows nothing of."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel.actor import Actor, Role

Granted = Callable[[AsyncSession, UUID, UUID, UUID], Awaitable[None]]
"""Takes the OAuth connection into use, in the transaction that keeps its tokens: the tenant, the thing, the OAuth connection. The
thing may be gone by then.
"""
Settled = Callable[[Actor, UUID], Awaitable[None]]
"""What is left to do once that has committed, before the browser goes on; no transaction is open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorizable:
    """A kind of thing: who may authorize an account for one, and what becomes of it."""

    role: Role
    scope: str
    granted: Granted
    settled: Settled


@dataclass(frozen=True, slots=True)
class Purpose:
    """What an authorization is begun for: the local path on which the browser goes on, "" for OAuth's own page; and the thing that the
    account is for, by the name of its kind (`Capability.authorizable`), if it is for one.
    """

    return_to: str = ""
    kind: str = ""
    id: UUID | None = None
