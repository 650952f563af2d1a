"""Who operates the installation. They always have an active tenant to be in: without one they could not sign in, and nobody
could resume, restore or appoint anything.
"""

from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.identity.schemas import ResetIn
from hub_app.identity.service.access import TOPIC
from hub_app.identity.tables import ACTIVE, Membership, Tenant, User
from hub_app.kernel import audit, db
from hub_app.kernel.actor import system_actor
from hub_app.kernel.errors import Conflict, NotFound
from hub_app.kernel.tenancy import INSTALLATION

_NO_ACCOUNT = (
    "There is no account with this e-mail address. Have the person invited to a tenant, by an owner or with `create-tenant`,"
    " and let them open the link; then run this again."
)


async def appoint_from_command_line(given: ResetIn) -> tuple[str, bool]:
    """Make an account an operator, for whoever may run commands where Hub runs: its name, and whether it was none before.
    NotFound when there is no such account, Conflict when it has no active tenant to be in.
    """
    async with db.system("the command line appoints an operator", write=True) as session:
        statement = select(User).where(User.email == given.email).with_for_update(key_share=True)
        user = (await session.exec(statement)).first()
        if user is None:
            raise NotFound(_NO_ACCOUNT)
        if user.is_operator:
            return user.name, False
        if not await active_tenants(session, user.id):
            raise Conflict(
                f"{user.name} has no active tenant, and could not sign in. Have them invited to one, then run this again."
            )
        user.is_operator = True
        session.add(user)
        db.notify(session, TOPIC)
        await audit.act(session, system_actor(INSTALLATION, "Command line"), "operator.appointed", user)
    return user.name, True


async def lock(session: AsyncSession, user_id: UUID) -> User | None:
    """An account, held against whatever else takes or gives it a tenant, in the open system unit; None when it is gone."""
    statement = select(User).where(User.id == user_id).with_for_update(key_share=True)
    return (await session.exec(statement.execution_options(populate_existing=True))).one_or_none()


async def active_tenants(session: AsyncSession, user_id: UUID) -> set[UUID]:
    """The active tenants of a locked account. They stay active until the open system unit ends."""
    mine = select(Membership.tenant_id).where(Membership.user_id == user_id)
    active = select(Tenant.id).where(col(Tenant.id).in_(mine), Tenant.state == ACTIVE)
    return set((await session.exec(active.order_by(col(Tenant.id)).with_for_update(read=True))).all())


async def keep_a_tenant(session: AsyncSession, user: User, leaving: UUID) -> None:
    """Conflict when a locked account is an operator's and would have no active tenant but the one it is leaving."""
    if user.is_operator and not await active_tenants(session, user.id) - {leaving}:
        raise Conflict(
            f"{user.name} operates this installation, and would be left without an active tenant to sign in to. Make them a"
            " member of another tenant first."
        )


async def may_leave(tenant_id: UUID, user_id: UUID) -> None:
    """Conflict when the account of a member is an operator's and has no other active tenant."""
    async with db.system("may an operator leave a tenant?", write=True) as session:
        user = await lock(session, user_id)
        if user is not None:
            await keep_a_tenant(session, user, tenant_id)
