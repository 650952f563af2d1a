"""What hangs on connectors and members: CRMs that are reached through them."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.connectors.service import clients
from hub_app.crm.tables import CrmAccount
from hub_app.kernel import db
from hub_app.oauth.service import members
from hub_app.sync.service import connections

_LEFT = "The member whose account it uses has left. Reconnect it with another account."


async def count_users_of_connector(session: AsyncSession, connector_id: UUID) -> dict[str, int]:
    """How many connected CRMs are reached through this connector."""
    found = await session.exec(select(CrmAccount.id).where(CrmAccount.connector_id == connector_id))
    return {"crm_connections": len(found.all())}


async def lose_connector(session: AsyncSession, tenant_id: UUID, connector_id: UUID) -> None:
    """A connector is deleted: CRMs that are reached through it have an error until somebody chooses another one."""
    chosen = (CrmAccount.tenant_id == tenant_id, CrmAccount.connector_id == connector_id)
    found = (await session.exec(select(CrmAccount.id).where(*chosen))).all()
    await connections.break_off(session, tenant_id, found, clients.GONE)


async def member_losses(session: AsyncSession, user_id: UUID) -> dict[str, int]:
    """How many connected CRMs use an OAuth account that goes with this member; in the open transaction of the tenant."""
    tenant_id = db.unit_of(session).scope
    found = await _of_member(session, tenant_id, user_id) if tenant_id is not None else ()
    return {"crm_connections": len(found)}


async def lose_member(session: AsyncSession, tenant_id: UUID, user_id: UUID) -> None:
    """A member leaves, and their OAuth accounts go: CRMs that use one have an error until somebody reconnects them."""
    found = await _of_member(session, tenant_id, user_id)
    await connections.break_off(session, tenant_id, found, _LEFT)


async def _of_member(session: AsyncSession, tenant_id: UUID, user_id: UUID) -> Sequence[UUID]:
    accounts = await members.connections_of(session, tenant_id, user_id)
    connectors = await clients.of_member(session, tenant_id, user_id)
    using = col(CrmAccount.oauth_connection_id).in_(accounts) | col(CrmAccount.connector_id).in_(connectors)
    found = await session.exec(select(CrmAccount.id).where(CrmAccount.tenant_id == tenant_id, using))
    return found.all()
