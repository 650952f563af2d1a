"""Published events, told to whoever listens inside Hub, in the transaction that publishes them (`Capability.listener`)."""

from collections.abc import Sequence
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


async def tell(session: AsyncSession, published: Sequence[Published]) -> None:
    """Call every listener with the events that are being published in the open transaction."""
    if published:
        for capability in capabilities.every():
            if capability.listener is not None:
                await capability.listener(session, published)
