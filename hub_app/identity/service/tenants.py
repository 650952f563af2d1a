"""What a tenant's own people may see and change about it."""

from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.identity.schemas import TenantOut, TenantPatch
from hub_app.identity.service.access import TOPIC
from hub_app.identity.tables import Tenant
from hub_app.kernel import audit, db
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.errors import NotFound


async def get_tenant(actor: Actor) -> TenantOut:
    actor.require(Role.CUSTOMER_VIEWER)
    async with db.system("a member looks at their tenant") as session:
        return _out(await _own(session, actor))


async def update_tenant(actor: Actor, given: TenantPatch) -> TenantOut:
    """Rename one's tenant."""
    actor.require(Role.OWNER, "write:members")
    changes = given.changes()
    async with db.system("an owner renames their tenant", write=True) as session:
        tenant = await _own(session, actor)
        for name, value in changes.items():
            setattr(tenant, name, value)
        session.add(tenant)
        db.notify(session, TOPIC)
        summary = {"changed": sorted(changes)}
        await audit.record(
            session, actor, "tenant.updated", target_type="tenant", target_id=tenant.id, summary=summary
        )
    return _out(tenant)


async def _own(session: AsyncSession, actor: Actor) -> Tenant:
    tenant = await session.get(Tenant, actor.tenant_id)
    if tenant is None:
        raise NotFound("Tenant not found")
    return tenant


def _out(tenant: Tenant) -> TenantOut:
    return TenantOut(**tenant.model_dump())
