"""Long work of a capability, as the top bar shows it (`Capability.activity`): what waits, runs, or has just ended."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from hub_app.kernel.actor import Actor

WorkStatus = Literal["waiting", "running", "cancelling", "succeeded", "failed", "cancelled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A piece of work. `total` is None while nobody knows it, `result` says what came of it, `may_change` whether this person
    may cancel and retry it.
    """

    id: UUID
    title: str
    href: str
    status: WorkStatus
    done: int
    total: int | None
    result: str
    may_change: bool
    finished_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """`topic`, with the tenant's id after a colon, is signalled when something changes. `current` gives few, newest first; `cancel`
    and `retry` take the work's id.
    """

    topic: str
    current: Callable[[Actor], Awaitable[Sequence[Work]]]
    cancel: Callable[[Actor, UUID], Awaitable[object]]
    retry: Callable[[Actor, UUID], Awaitable[object]]
