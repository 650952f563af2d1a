"""What a tenant's own people may see and change about it."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.identity.schemas import TenantOut, TenantPatch
from hub_app.identity.service.access import TOPIC
from hub_app.identity.tables import Membership, Tenant
from hub_app.kernel import audit, db, edits
from hub_app.kernel.actor import Actor, Role, system_actor
from hub_app.kernel.errors import NotFound


async def get_tenant(actor: Actor) -> TenantOut:
    actor.require(Role.CUSTOMER_VIEWER)
    async with db.system("a member looks at their tenant") as session:
        return _out(await _own(session, actor))


async def update_tenant(
    actor: Actor, given: TenantPatch, *, expected: edits.Expected | None = None
) -> TenantOut:
    """Rename one's tenant."""
    actor.require(Role.OWNER, "write:members")
    changes = given.changes()
    async with db.system("an owner renames their tenant", write=True) as session:
        tenant = await _own(session, actor, lock=True)
        before = _out(tenant).version
        edits.check(expected, before, changes)
        for name, value in changes.items():
            setattr(tenant, name, value)
        session.add(tenant)
        db.notify(session, TOPIC)
        await audit.change(
            session, actor, "tenant.updated", tenant, before.fields, _out(tenant).version.fields
        )
    return _out(tenant)


async def add_from_command_line(name: str, tier: str, owner_id: UUID) -> None:
    """A new tenant that belongs to an account, for whoever may run commands where Hub runs."""
    async with db.system("the installation gets another tenant", write=True) as session:
        tenant = Tenant(name=name, tier=tier)
        session.add(tenant)
        await session.flush()
        session.add(Membership(tenant_id=tenant.id, user_id=owner_id, role=Role.OWNER))
        actor = system_actor(tenant.id, "Installation")
        await audit.begin(session, actor, "tenant.created")


async def _own(session: AsyncSession, actor: Actor, *, lock: bool = False) -> Tenant:
    # Against other changes, not against all that is made in the tenant meanwhile.
    tenant = await session.get(Tenant, actor.tenant_id, with_for_update={"key_share": True} if lock else None)
    if tenant is None:
        raise NotFound("Tenant not found")
    return tenant


def _out(tenant: Tenant) -> TenantOut:
    out = TenantOut(**tenant.model_dump())
    return out.of(lambda: edits.Version.of({"name": out.name}))
