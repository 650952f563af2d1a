"""How many CRMs a tenant may connect."""

from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.crm.service import FAMILY, READ
from hub_app.kernel import db
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.errors import LimitReached
from hub_app.sync.service import connections

MOST = {"free": 0, "starter": 1, "professional": 3, "scale": 5, "enterprise": 999}
"""By tier."""


class IntegrationLimit(LimitReached):
    title = "Integration limit reached"


async def require_room(session: AsyncSession, actor: Actor) -> None:
    """Raise IntegrationLimit when the tenant's tier allows no more, in the transaction that connects one."""
    await db.lock(session, f"crm connections {actor.tenant_id}")
    refusal = await _refusal(session, actor)
    if refusal:
        raise IntegrationLimit(refusal)


async def refusal_of(actor: Actor) -> str:
    """Why this tenant can connect no more; "" when it can."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    async with db.read(actor.tenant_id) as session:
        return await _refusal(session, actor)


async def _refusal(session: AsyncSession, actor: Actor) -> str:
    most = MOST[actor.tier]
    if len(await connections.ids_of(session, FAMILY)) < most:
        return ""
    return f"Your {actor.tier} plan allows {most} integrations. Upgrade to add more."
