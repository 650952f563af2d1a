"""The names of people, as the audit log knows them: accounts are identity's."""

from collections.abc import Iterable
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel.tables import AuditPerson

ERASED = "Erased person"


async def last_name(session: AsyncSession, actor_id: UUID) -> str:
    """The name that a person had last."""
    newest = select(AuditPerson.name).where(AuditPerson.actor_id == actor_id)
    found = await session.exec(newest.order_by(col(AuditPerson.created_at).desc()).limit(1))
    return found.first() or ERASED


async def last_names(session: AsyncSession, actor_ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """The names of these people, by their ids."""
    return {one: await last_name(session, one) for one in set(actor_ids) if one is not None}
