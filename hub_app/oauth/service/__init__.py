"""The use cases of OAuth. Each takes an Actor, checks it, does one transaction, audits and signals."""

from uuid import UUID

from sqlmodel import col, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import db
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.search import Found
from hub_app.oauth.tables import OauthApp, OauthConnection

READ = "read:oauth"


async def status(actor: Actor) -> dict[str, int]:
    """Counts for the tenant's status."""
    every = select(func.count()).select_from(OauthConnection)
    async with db.read(actor.tenant_id) as session:
        return {
            "connections": (await session.exec(every)).one(),
            "connections_connected": (
                await session.exec(every.where(OauthConnection.status == "connected"))
            ).one(),
        }


async def member_losses(session: AsyncSession, user_id: UUID) -> dict[str, int]:
    """What goes along when this member is removed, in the open transaction."""
    statement = select(func.count()).select_from(OauthConnection).where(OauthConnection.user_id == user_id)
    return {"oauth_connections": (await session.exec(statement)).one()}


async def search(actor: Actor, text: str, limit: int) -> list[Found]:
    """Connections whose account or app is called so: one's own, for customer admins everyone's."""
    if not actor.may(Role.CUSTOMER_VIEWER, READ):
        return []
    matches = or_(
        col(OauthConnection.account_name).icontains(text, autoescape=True),
        col(OauthApp.name).icontains(text, autoescape=True),
    )
    statement = (
        select(OauthConnection, OauthApp)
        .join(OauthApp, col(OauthApp.id) == OauthConnection.app_id)
        .where(matches)
        .order_by(col(OauthApp.name), col(OauthConnection.account_name))
        .limit(limit)
    )
    if not actor.role.includes(Role.CUSTOMER_ADMIN):
        statement = statement.where(OauthConnection.user_id == actor.user_id)
    async with db.read(actor.tenant_id) as session:
        found = (await session.exec(statement)).all()
    return [
        Found(
            " · ".join(filter(None, (app.name, one.account_name))),
            "Connection",
            f"/apps/connections?connection={one.id}",
        )
        for one, app in found
    ]
