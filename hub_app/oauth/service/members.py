"""What members' OAuth connections are to others."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.oauth.tables import OauthConnection


async def connections_of(session: AsyncSession, tenant_id: UUID, user_id: UUID) -> Sequence[UUID]:
    """A member's connections in this tenant, which go with them; in the open transaction, which may be the system's."""
    chosen = (OauthConnection.tenant_id == tenant_id, OauthConnection.user_id == user_id)
    return (await session.exec(select(OauthConnection.id).where(*chosen))).all()
