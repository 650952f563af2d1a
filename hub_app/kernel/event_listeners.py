"""Published events, told to whoever listens inside Hub, in the transaction that publishes them (`Capability.listener`)."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Listener:
    """`wants` says, from memory, whether events of these types may concern a tenant's listener; True when it does not know.
    `handle` is called in the transaction that publishes, also with events that nobody wants.
    """

    wants: Callable[[UUID, Collection[str]], bool]
    handle: Callable[[AsyncSession, Sequence[Published]], Awaitable[None]]


def wanted(tenant_id: UUID, types: Collection[str]) -> bool:
    """Whether anybody may listen: publishing without them may take a shorter way."""
    return any(one.wants(tenant_id, types) for one in _listeners())


async def notify(session: AsyncSession, published: Sequence[Published]) -> None:
    """Call every listener with the events that are being published in the open transaction."""
    if published:
        for one in _listeners():
            await one.handle(session, published)


def _listeners() -> list[Listener]:
    return [one.listener for one in capabilities.every() if one.listener is not None]
