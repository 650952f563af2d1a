"""The use cases of identity: who someone is, what they may do, who else belongs to a tenant."""

from uuid import UUID

from sqlmodel import func, select

from hub_app.identity.tables import ApiToken, Membership, Tenant
from hub_app.kernel import db
from hub_app.kernel.actor import Actor


async def status(actor: Actor) -> dict[str, int]:
    """Counts for the tenant's status."""
    async with db.read(actor.tenant_id) as session:
        members = (await session.exec(select(func.count()).select_from(Membership))).one()
        tokens = (await session.exec(select(func.count()).select_from(ApiToken))).one()
    return {"members": members, "api_tokens": tokens}


async def tenant_names() -> dict[UUID, str]:
    """Every tenant of the installation, for the operator's command line."""
    async with db.system("the operator verifies the audit log") as session:
        return dict((await session.exec(select(Tenant.id, Tenant.name))).all())
