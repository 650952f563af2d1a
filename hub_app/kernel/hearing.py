"""Published events, told to whoever listens inside Hub, in the transaction that publishes them.

A capability that listens puts `async def heard(session, published) -> None` into its `service`. It is called for every
event of every tenant, so it asks the database nothing when the tenant has no use for it.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import cast
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import capabilities


@dataclass(frozen=True, slots=True)
class Published:
    """An event as it was published: `payload` is its data as JSON text, `depth` how many runs it comes from."""

    id: UUID
    type: str
    payload: str
    depth: int = 0


Listener = Callable[[AsyncSession, Sequence[Published]], Awaitable[None]]


async def tell(session: AsyncSession, published: Sequence[Published]) -> None:
    """Let everyone hear of events that are being published in the open transaction."""
    if published:
        for listener in _listeners():
            await listener(session, published)


@cache
def _listeners() -> tuple[Listener, ...]:
    services = capabilities.rooms("service")
    return tuple(cast("Listener", service.heard) for service in services if hasattr(service, "heard"))
