"""Tenants as the operator sees and makes them. What is theirs is not looked at: names, counts and states alone.

What the operator does to a tenant is in its audit log and in the installation's.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.identity.schemas.operator import (
    NewTenantIn,
    OperatedTenant,
    OperatedTenantDetail,
    OperatedTenantPatch,
    OwnerIn,
    OwnerInvitation,
    TenantFilter,
)
from hub_app.identity.service.access import TOPIC
from hub_app.identity.service.invitations import LIFE
from hub_app.identity.service.secrets import new_secret
from hub_app.identity.tables import ApiUsage, Invitation, Membership, Tenant
from hub_app.kernel import audit, db, edits, paging
from hub_app.kernel.access import digest
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Conflict, NotFound
from hub_app.kernel.search import Found
from hub_app.kernel.settings import get_settings
from hub_app.kernel.tenancy import INSTALLATION

_DAY = timedelta(hours=24)
_NOBODY = INSTALLATION
"""Who invites from the command line."""


async def list_tenants(
    actor: Actor, chosen: TenantFilter, page: paging.PageRequest
) -> paging.Slice[OperatedTenant]:
    """The tenants of the installation, newest first."""
    actor.require_operator()
    statement = select(Tenant)
    if chosen.name:
        statement = statement.where(col(Tenant.name).icontains(chosen.name, autoescape=True))
    if chosen.state:
        statement = statement.where(Tenant.state == chosen.state)
    if chosen.tier:
        statement = statement.where(Tenant.tier == chosen.tier)
    async with db.system("the operator looks at tenants") as session:
        found = await paging.fetch(session, statement, paging.newest_first(Tenant.id), page)
        ids = [one.id for one in found.items]
        members, calls = await count_members(session, ids), await _count_calls(session, ids)
    return found.holding([_out(one, members.get(one.id, 0), calls.get(one.id, 0)) for one in found.items])


async def search(actor: Actor, text: str, limit: int) -> list[Found]:
    """Tenants with this text in their name, in alphabetical order, for the operator."""
    if not actor.is_operator:
        return []
    matches = col(Tenant.name).icontains(text, autoescape=True)
    async with db.system("the operator looks for a tenant") as session:
        statement = select(Tenant.id, Tenant.name).where(matches).order_by(Tenant.name).limit(limit)
        found = (await session.exec(statement)).all()
    return [Found(name, "Tenant", f"/operator/tenants/{tenant_id}") for tenant_id, name in found]


async def get_tenant(actor: Actor, tenant_id: UUID) -> OperatedTenantDetail:
    actor.require_operator()
    async with db.system("the operator looks at a tenant") as session:
        return await detail(session, await get(session, tenant_id))


async def create_tenant(actor: Actor, given: NewTenantIn) -> tuple[OperatedTenantDetail, str]:
    """Make a tenant, and the secret of its first owner's invitation, which is kept nowhere."""
    actor.require_operator()
    return await make(actor, given)


async def make(actor: Actor, given: NewTenantIn) -> tuple[OperatedTenantDetail, str]:
    """The same for whoever may: the operator, or who runs commands where Hub runs."""
    async with db.system("the installation gets another tenant", write=True) as session:
        tenant = Tenant(name=given.name, tier=given.tier or get_settings().default_tier)
        session.add(tenant)
        await session.flush()
        await audit.begin(session, replace(actor, tenant_id=tenant.id), "tenant.created")
        secret = await _invite(session, actor, tenant, given.owner_email)
        return await detail(session, tenant), secret


async def invite_owner(actor: Actor, tenant_id: UUID, given: OwnerIn) -> tuple[OperatedTenantDetail, str]:
    """Another invitation for a tenant that has no owner; the link of the one before is useless. Conflict when it has one:
    whom it takes in is its own affair then.
    """
    actor.require_operator()
    async with db.system("the operator invites a tenant's first owner", write=True) as session:
        tenant = await get(session, tenant_id, lock=True)
        if await _count_owners(session, tenant_id):
            raise Conflict(f"{tenant.name} has an owner, who can invite others.")
        secret = await _invite(session, actor, tenant, given.email)
        return await detail(session, tenant), secret


async def update_tenant(
    actor: Actor, tenant_id: UUID, given: OperatedTenantPatch, *, expected: edits.Expected | None = None
) -> OperatedTenantDetail:
    """Rename a tenant, or set its tier, in force with its members' next click or call."""
    actor.require_operator()
    changes = given.changes()
    async with db.system("the operator changes a tenant", write=True) as session:
        tenant = await get(session, tenant_id, lock=True)
        before = version_of(tenant)
        edits.check(expected, before, changes)
        for name, value in changes.items():
            setattr(tenant, name, value)
        session.add(tenant)
        await session.flush()
        tier = {"tier": tenant.tier} if "tier" in changes else {}
        await told(session, actor, "tenant.updated", tenant, changed=sorted(changes), **tier)
        return await detail(session, tenant)


async def get(session: AsyncSession, tenant_id: UUID, *, lock: bool = False) -> Tenant:
    """A tenant, in the open system unit. NotFound when there is none of this id."""
    statement = select(Tenant).where(Tenant.id == tenant_id)
    # Against other changes, not against all that is made in the tenant meanwhile.
    statement = statement.with_for_update(key_share=True) if lock else statement
    tenant = (await session.exec(statement.execution_options(populate_existing=True))).one_or_none()
    if tenant is None:
        raise NotFound("Tenant not found")
    return tenant


async def told(session: AsyncSession, actor: Actor, action: str, tenant: Tenant, **summary: object) -> None:
    """Audit what was done to a tenant, for the installation and for its own people, and let go of what is remembered of it."""
    db.notify(session, TOPIC)
    # In this order, as whoever makes a tenant: two that write to the same chains must not wait for each other.
    for whose in (INSTALLATION, tenant.id):
        await audit.act(session, replace(actor, tenant_id=whose), action, tenant, **summary)


async def detail(session: AsyncSession, tenant: Tenant) -> OperatedTenantDetail:
    members = await count_members(session, [tenant.id])
    owners = await _count_owners(session, tenant.id)
    calls = await _count_calls(session, [tenant.id])
    shown = _out(tenant, members.get(tenant.id, 0), calls.get(tenant.id, 0))
    invitation = None if owners else await _open_invitation(session, tenant.id)
    made = OperatedTenantDetail(**shown.model_dump(), owners=owners, invitation=invitation)
    return made.of(lambda: version_of(tenant))


async def count_members(session: AsyncSession, tenants: Collection[UUID]) -> Mapping[UUID, int]:
    statement = (
        select(Membership.tenant_id, func.count())
        .where(col(Membership.tenant_id).in_(tenants))
        .group_by(col(Membership.tenant_id))
    )
    return dict((await session.exec(statement)).all())


async def _count_calls(session: AsyncSession, tenants: Collection[UUID]) -> Mapping[UUID, int]:
    """The REST calls of tenants in the last 24 hours: of a day there is a row for each minute, token and route at most."""
    statement = (
        select(ApiUsage.tenant_id, func.sum(ApiUsage.requests))
        .where(col(ApiUsage.tenant_id).in_(tenants), col(ApiUsage.minute) > utcnow() - _DAY)
        .group_by(col(ApiUsage.tenant_id))
    )
    return dict((await session.exec(statement)).all())


def version_of(tenant: Tenant) -> edits.Version:
    return edits.Version.of({"name": tenant.name, "tier": tenant.tier})


async def _invite(session: AsyncSession, actor: Actor, tenant: Tenant, email: str) -> str:
    secret = new_secret()
    invitation = Invitation(
        tenant_id=tenant.id,
        email=email,
        role=Role.OWNER.value,
        token_hash=digest(secret),
        invited_by=actor.user_id or _NOBODY,
        expires_at=utcnow() + LIFE,
    )
    await session.exec(
        delete(Invitation).where(
            col(Invitation.tenant_id) == tenant.id, col(Invitation.role) == Role.OWNER.value
        )
    )
    session.add(invitation)
    await session.flush()
    own = replace(actor, tenant_id=tenant.id)
    await audit.act(session, own, "invitation.created", invitation, role=Role.OWNER.value)
    return secret


async def _count_owners(session: AsyncSession, tenant_id: UUID) -> int:
    owners = select(func.count()).where(
        col(Membership.tenant_id) == tenant_id, col(Membership.role) == Role.OWNER.value
    )
    return (await session.exec(owners)).one()


async def _open_invitation(session: AsyncSession, tenant_id: UUID) -> OwnerInvitation | None:
    statement = select(Invitation).where(
        Invitation.tenant_id == tenant_id,
        Invitation.role == Role.OWNER.value,
        col(Invitation.expires_at) > utcnow(),
    )
    found = (await session.exec(statement.order_by(col(Invitation.id).desc()).limit(1))).first()
    return found and OwnerInvitation(email=found.email, expires_at=found.expires_at)


def _out(tenant: Tenant, members: int, calls: int) -> OperatedTenant:
    shown = OperatedTenant.model_validate({**tenant.model_dump(), "members": members, "calls_24h": calls})
    return shown.of(lambda: version_of(tenant))
