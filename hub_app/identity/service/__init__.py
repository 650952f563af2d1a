"""The use cases of identity: who someone is, what they may do, who else belongs to a tenant."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlmodel import col, func, select

from hub_app.identity.tables import ApiToken, Membership, Tenant
from hub_app.kernel import db
from hub_app.kernel.actor import Actor
from hub_app.kernel.figures import Gauge


async def status(actor: Actor) -> dict[str, int]:
    """Counts for the tenant's status."""
    async with db.read(actor.tenant_id) as session:
        members = (await session.exec(select(func.count()).select_from(Membership))).one()
        tokens = (await session.exec(select(func.count()).select_from(ApiToken))).one()
    return {"members": members, "api_tokens": tokens}


async def gauges() -> Sequence[Gauge]:
    """How many tenants there are of each state and tier."""
    alike = select(Tenant.state, Tenant.tier, func.count()).group_by(Tenant.state, Tenant.tier)
    async with db.system("tenants are counted") as session:
        found = (await session.exec(alike)).all()
    about = "Tenants, by state and tier."
    return [
        Gauge("hub_tenants", about, count, {"state": state, "tier": tier}) for state, tier, count in found
    ]


async def tenant_names(only: Collection[UUID] | None) -> dict[UUID, str]:
    """Every tenant of the installation, or those of these ids that there are, for operators."""
    statement = select(Tenant.id, Tenant.name)
    if only is not None:
        statement = statement.where(col(Tenant.id).in_(only))
    async with db.system("what tenants are called") as session:
        return dict((await session.exec(statement)).all())
