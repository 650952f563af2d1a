"""What uses a thing: asked before it is deleted (`Capability.users`)."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import capabilities


async def count_users(session: AsyncSession, kind: str, thing_id: UUID) -> dict[str, int]:
    """How many things of other capabilities use this one, by what they are; in the open transaction."""
    counted: dict[str, int] = {}
    for capability in capabilities.every():
        if kind in capability.users:
            counted |= await capability.users[kind](session, thing_id)
    return counted
