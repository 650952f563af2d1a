"""Suspending a tenant, resuming it, and putting it down for deletion (docs/decisions/0024-suspended-tenants.md).

Suspending writes one word. Whoever comes for the tenant finds it: people and programs are refused, its work waits
(`kernel/suspension.py`). Nothing of it is changed or lost.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.identity.schemas.operator import DeleteTenantIn, OperatedTenantDetail
from hub_app.identity.service import operated
from hub_app.identity.tables import ACTIVE, DELETING, EMPTYING, SUSPENDED, Membership, Tenant, User
from hub_app.kernel import db, suspension
from hub_app.kernel.actor import Actor
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Conflict, Invalid

GRACE = timedelta(days=7)
_NOT_ACTIVE = (SUSPENDED, DELETING, EMPTYING)


async def suspended(session: AsyncSession, among: Collection[UUID] | None) -> set[UUID]:
    """What `Capability.suspended` asks."""
    statement = select(Tenant.id).where(col(Tenant.state).in_(_NOT_ACTIVE))
    if among is not None:
        statement = statement.where(col(Tenant.id).in_(among)).order_by(col(Tenant.id))
        statement = statement.with_for_update(read=True)
    return set((await session.exec(statement)).all())


async def suspend(actor: Actor, tenant_id: UUID) -> OperatedTenantDetail:
    """Refuse everybody who comes for the tenant, and let its work wait. Conflict unless it is active, and where an operator
    would be left without an active tenant.
    """
    actor.require_operator()
    async with db.system("the operator suspends a tenant", write=True) as session:
        tenant = await _closing(session, tenant_id)
        if tenant.state != ACTIVE:
            raise Conflict(f"{tenant.name} is suspended already.")
        tenant.state, tenant.suspended_at = SUSPENDED, utcnow()
        return await _done(session, actor, "tenant.suspended", tenant)


async def resume(actor: Actor, tenant_id: UUID) -> OperatedTenantDetail:
    """Let a suspended tenant go on where it stopped. Conflict unless it is suspended."""
    actor.require_operator()
    async with db.system("the operator resumes a tenant", write=True) as session:
        tenant = await operated.get(session, tenant_id, lock=True)
        if tenant.state != SUSPENDED or tenant.suspended_at is None:
            raise Conflict(f"{tenant.name} is not suspended.")
        since, tenant.suspended_at = tenant.suspended_at, None
        await _activate(session, tenant, since)
        return await _done(session, actor, "tenant.resumed", tenant)


async def delete_tenant(actor: Actor, tenant_id: UUID, given: DeleteTenantIn) -> OperatedTenantDetail:
    """Suspend a tenant now, and have everything of it deleted in 7 days. Invalid when the name is not its own, Conflict when
    it is to be deleted already, and where an operator would be left without an active tenant.
    """
    actor.require_operator()
    async with db.system("the operator deletes a tenant", write=True) as session:
        tenant = await _closing(session, tenant_id)
        if tenant.state not in {ACTIVE, SUSPENDED}:
            raise Conflict(f"{tenant.name} is being deleted already.")
        if given.name.strip() != tenant.name:
            raise Invalid.field("name", "is not the name of this tenant")
        tenant.state, tenant.delete_at = DELETING, utcnow() + GRACE
        return await _done(session, actor, "tenant.deletion_scheduled", tenant)


async def restore(actor: Actor, tenant_id: UUID) -> OperatedTenantDetail:
    """Keep a tenant that was to be deleted, as it was before: active, or suspended. Conflict when it is too late."""
    actor.require_operator()
    async with db.system("the operator restores a tenant", write=True) as session:
        tenant = await operated.get(session, tenant_id, lock=True)
        if tenant.state == EMPTYING:
            raise Conflict(f"{tenant.name} is being deleted, which cannot be undone any more.")
        if tenant.state != DELETING or tenant.delete_at is None:
            raise Conflict(f"{tenant.name} is not being deleted.")
        since, tenant.delete_at = tenant.delete_at - GRACE, None
        if tenant.suspended_at is None:
            await _activate(session, tenant, since)
        else:
            tenant.state = SUSPENDED
        return await _done(session, actor, "tenant.restored", tenant)


async def _activate(session: AsyncSession, tenant: Tenant, since: datetime) -> None:
    tenant.state = ACTIVE
    session.add(tenant)
    await session.flush()
    await suspension.resume(session, tenant.id, utcnow() - since)


async def _done(session: AsyncSession, actor: Actor, action: str, tenant: Tenant) -> OperatedTenantDetail:
    session.add(tenant)
    await session.flush()
    db.notify(session, suspension.TOPIC)
    # Each open page watches the jobs: it looks again who is signed in.
    db.notify(session, f"jobs:{tenant.id}")
    await operated.told(session, actor, action, tenant)
    return await operated.detail(session, tenant)


async def _closing(session: AsyncSession, tenant_id: UUID) -> Tenant:
    """The tenant, locked together with those that its operators would be left with. Conflict when one would have none."""
    tenant = await operated.get(session, tenant_id)
    operators = (
        select(User.id, User.name)
        .where(*_operates(tenant_id))
        .order_by(col(User.id))
        # Nobody takes them out of another tenant meanwhile.
        .with_for_update(key_share=True)
    )
    names = dict((await session.exec(operators)).all())
    theirs = select(Membership.user_id, Membership.tenant_id).where(col(Membership.user_id).in_(names))
    belongs = (await session.exec(theirs)).all()
    # In one order: of two that close each other's last tenant, the second one sees what the first one did.
    wanted = {tenant_id, *(place for _, place in belongs)}
    locking = select(Tenant).where(col(Tenant.id).in_(wanted)).order_by(col(Tenant.id))
    locking = locking.with_for_update(key_share=True).execution_options(populate_existing=True)
    active = {one.id for one in (await session.exec(locking)).all() if one.state == ACTIVE} - {tenant_id}
    # Whoever was made an operator since holds the tenants that they would be left with, too.
    since = await session.exec(select(User.id).where(col(User.id).not_in(names), *_operates(tenant_id)))
    if since.first() is not None:
        raise Conflict("Somebody was made an operator just now. Try again.")
    left = {user_id for user_id, place in belongs if place in active}
    stranded = sorted(name for user_id, name in names.items() if user_id not in left)
    if stranded and tenant.state == ACTIVE:
        raise Conflict(
            f"{' and '.join(stranded)} would be left without an active tenant, and could not operate this installation any"
            " more. Make them a member of another tenant first."
        )
    return tenant


def _operates(tenant_id: UUID) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Of accounts: those of operators who belong to the tenant."""
    members = select(Membership.user_id).where(Membership.tenant_id == tenant_id)
    return col(User.is_operator).is_(True), col(User.id).in_(members)
