"""Deleted tenants go, once their grace is over: everything of theirs in small steps, then the tenant itself.

It may be cut off at any moment: the next time it goes on with what is left.
"""

import logging
from collections.abc import Sequence
from functools import partial
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete
from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.identity.service import operated
from hub_app.identity.service.access import TOPIC
from hub_app.identity.tables import DELETING, EMPTYING, Membership, Tenant, User
from hub_app.kernel import cleaning, db, suspension
from hub_app.kernel.actor import system_actor
from hub_app.kernel.clock import utcnow
from hub_app.kernel.tenancy import INSTALLATION

_AT_ONCE = 100
# They lead to the accounts, which go after everything else.
_LAST = str(Membership.__tablename__)
_log = logging.getLogger(__name__)


async def delete_due() -> None:
    """Delete the tenants whose grace is over. RuntimeError, once all had their turn, when some could not be."""
    statement = select(Tenant.id).where(_is_due()).order_by(col(Tenant.id))
    async with db.system("which tenants are to be deleted?") as session:
        due = (await session.exec(statement)).all()
    failed: list[UUID] = []
    for tenant_id in due:
        try:
            await _delete(tenant_id)
        except Exception:  # noqa: BLE001 - one of them must not keep the others
            _log.exception("The tenant %s could not be deleted; it is tried again.", tenant_id)
            failed.append(tenant_id)
    if failed:
        raise RuntimeError(f"Tenants could not be deleted: {', '.join(map(str, failed))}.")


def _is_due() -> ColumnElement[bool]:
    over = and_(col(Tenant.state) == DELETING, col(Tenant.delete_at) <= utcnow())
    return or_(col(Tenant.state) == EMPTYING, over)


async def _delete(tenant_id: UUID) -> None:
    if not await _begin(tenant_id):
        return
    await cleaning.empty(tenant_id, spare={_LAST})
    await cleaning.in_steps(partial(_take_members, tenant_id))
    async with db.system("a tenant is gone", write=True) as session:
        tenant = (await session.exec(select(Tenant).where(Tenant.id == tenant_id).with_for_update())).first()
        if tenant is None:
            return  # Another process was quicker.
        await session.delete(tenant)
        await session.flush()
        db.notify(session, suspension.TOPIC)
        actor = system_actor(INSTALLATION, "Scheduler")
        await operated.told(session, actor, "tenant.deleted", tenant, name=tenant.name)


async def _begin(tenant_id: UUID) -> bool:
    """Whether it is still to be deleted; from here on it cannot be restored."""
    async with db.system("a tenant is being deleted", write=True) as session:
        statement = select(Tenant).where(Tenant.id == tenant_id, _is_due())
        tenant = (await session.exec(statement.with_for_update(key_share=True))).one_or_none()
        if tenant is not None:
            tenant.state = EMPTYING
            session.add(tenant)
    return tenant is not None


async def _take_members(tenant_id: UUID, session: AsyncSession) -> bool:
    """Take members out of the tenant, and delete the accounts that lead nowhere then; whether there may be more."""
    of_tenant = select(Membership.user_id).where(Membership.tenant_id == tenant_id).limit(_AT_ONCE)
    members = (await session.exec(of_tenant)).all()
    # Whoever is joining another tenant just now holds their own row: they have joined before it is known who leads nowhere.
    held = select(User.id).where(col(User.id).in_(members)).order_by(col(User.id)).with_for_update()
    await session.exec(held)
    gone = await accounts_of(session, tenant_id, among=members)
    taken = delete(Membership).where(
        col(Membership.tenant_id) == tenant_id, col(Membership.user_id).in_(members)
    )
    await session.exec(taken)
    await session.exec(delete(User).where(col(User.id).in_(gone)))
    db.notify(session, TOPIC)
    return len(members) == _AT_ONCE


async def accounts_of(
    session: AsyncSession, tenant_id: UUID, *, among: Sequence[UUID] | None = None
) -> Sequence[UUID]:
    """The accounts of members who belong to no other tenant and are no operators, in the open system unit."""
    elsewhere = select(Membership.id).where(
        col(Membership.user_id) == col(User.id), col(Membership.tenant_id) != tenant_id
    )
    statement = (
        select(User.id)
        .join(Membership, col(Membership.user_id) == col(User.id))
        .where(
            Membership.tenant_id == tenant_id,
            col(User.is_operator).is_(False),
            ~elsewhere.correlate(User).exists(),
        )
    )
    if among is not None:
        statement = statement.where(col(User.id).in_(among))
    return (await session.exec(statement)).all()
