"""The names of people, as the audit log knows them: accounts are identity's."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy.orm import aliased
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel.tables import AuditPerson

ERASED = "Erased person"


async def last_names(session: AsyncSession, actor_ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """What each of these people was called last, by their ids."""
    wanted = {one for one in actor_ids if one is not None}
    other = aliased(AuditPerson)
    newest = select(func.max(col(other.created_at))).where(
        other.tenant_id == AuditPerson.tenant_id, other.actor_id == AuditPerson.actor_id
    )
    statement = select(AuditPerson.actor_id, AuditPerson.name).where(
        col(AuditPerson.actor_id).in_(wanted), AuditPerson.created_at == newest.scalar_subquery()
    )
    names = {one: name for one, name in (await session.exec(statement)).all() if name}
    return {one: names.get(one, ERASED) for one in wanted}
