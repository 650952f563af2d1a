"""Members of a tenant and their roles."""

from collections.abc import Collection
from typing import cast
from uuid import UUID

from sqlalchemy.orm import InstrumentedAttribute
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.identity.schemas import MemberLosses, MemberOut, RoleIn
from hub_app.identity.service import operators
from hub_app.identity.service.access import TOPIC
from hub_app.identity.tables import ApiToken, Membership, User
from hub_app.kernel import audit, capabilities, db, paging, uses
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.errors import Conflict, NotFound

READ = "read:members"
WRITE = "write:members"
_OLDEST_FIRST = [paging.Order(cast("InstrumentedAttribute[UUID]", Membership.id))]


async def list_members(actor: Actor, page: paging.PageRequest) -> paging.Slice[MemberOut]:
    """Everyone in the tenant, the first one first."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    async with db.read(actor.tenant_id) as session:
        found = await paging.fetch(session, select(Membership), _OLDEST_FIRST, page)
        users = await session.exec(select(User).where(col(User.id).in_([m.user_id for m in found.items])))
        by_id = {user.id: user for user in users.all()}
    items = [_out(m, by_id[m.user_id]) for m in found.items]
    return found.holding(items)


async def names_of(session: AsyncSession, user_ids: Collection[UUID]) -> dict[UUID, str]:
    """The names of the tenant's members with these ids, by id."""
    found = await session.exec(select(User.id, User.name).where(col(User.id).in_(user_ids)))
    return dict(found.all())


async def change_role(actor: Actor, user_id: UUID, given: RoleIn) -> MemberOut:
    """Give a member another role, in force with their next click or call. Conflict for the last owner."""
    actor.require(Role.OWNER, WRITE)
    async with db.begin(actor.tenant_id) as session:
        membership, user = await _find(session, user_id)
        before = membership.role
        if given.role is not Role.OWNER:
            await keep_an_owner(session, actor.tenant_id, user_id)
        membership.role = given.role.value
        session.add(membership)
        db.notify(session, TOPIC)
        await audit.record(
            session,
            actor,
            "member.role_changed",
            target_type="user",
            target_id=user_id,
            summary={"from": before, "to": given.role.value},
        )
    return _out(membership, user)


async def losses(actor: Actor, user_id: UUID) -> MemberLosses:
    """What a member's removal would delete, in numbers."""
    actor.require(Role.OWNER, READ)
    async with db.read(actor.tenant_id) as session:
        await _find(session, user_id)
        return await count_losses(session, user_id)


async def remove_member(actor: Actor, user_id: UUID) -> None:
    """Take a member out of the tenant, with their API tokens and OAuth connections here. Conflict for the last owner, and for
    an operator without another active tenant.
    """
    actor.require(Role.OWNER, WRITE)
    lost = await losses(actor, user_id)
    # Which other tenants somebody belongs to is nothing that a unit of this one may see.
    async with db.system("a member is removed from a tenant", write=True) as session:
        user = await operators.lock(session, user_id)
        here = (Membership.tenant_id == actor.tenant_id, Membership.user_id == user_id)
        membership = (await session.exec(select(Membership).where(*here))).one_or_none()
        if user is None or membership is None:
            raise NotFound("Member not found")
        await keep_an_owner(session, actor.tenant_id, user_id)
        await operators.keep_a_tenant(session, user, actor.tenant_id)
        await uses.lose(session, "member", actor.tenant_id, user_id)
        await session.delete(membership)
        db.notify(session, TOPIC)
        await audit.record(
            session,
            actor,
            "member.removed",
            target_type="user",
            target_id=user_id,
            summary={"role": membership.role, **lost.model_dump()},
        )


async def _find(session: AsyncSession, user_id: UUID) -> tuple[Membership, User]:
    statement = (
        select(Membership, User)
        .join(User, col(User.id) == Membership.user_id)
        .where(Membership.user_id == user_id)
    )
    found = (await session.exec(statement)).first()
    if found is None:
        raise NotFound("Member not found")
    return found


async def keep_an_owner(session: AsyncSession, tenant_id: UUID, leaving: UUID) -> None:
    """Conflict when nobody else is an owner. The owners' rows stay locked: two cannot leave each other alone."""
    statement = (
        select(Membership)
        .where(Membership.tenant_id == tenant_id, Membership.role == Role.OWNER.value)
        .order_by(col(Membership.id))
        .with_for_update()
    )
    owners = (await session.exec(statement)).all()
    if [o.user_id for o in owners] == [leaving]:
        raise Conflict("This is the last owner. Make someone else an owner first.")


async def count_losses(session: AsyncSession, user_id: UUID) -> MemberLosses:
    """What a member would take along, in numbers."""
    statement = select(func.count()).select_from(ApiToken).where(ApiToken.user_id == user_id)
    tokens = (await session.exec(statement)).one()
    others: dict[str, int] = {}
    for capability in capabilities.every():
        if capability.member_losses is not None:
            others |= await capability.member_losses(session, user_id)
    return MemberLosses(tokens=tokens, **others)


def _out(membership: Membership, user: User) -> MemberOut:
    return MemberOut.model_validate({**membership.model_dump(), "name": user.name, "email": user.email})
