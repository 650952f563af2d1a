"""Members as people whose data is exported or erased (`Capability.members`)."""

from collections.abc import Sequence
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import delete
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.identity.service import members, operators
from hub_app.identity.service.access import TOPIC
from hub_app.identity.tables import Invitation, LoginSession, Membership, User
from hub_app.kernel import audit, db
from hub_app.kernel.actor import system_actor
from hub_app.kernel.personal import Member, Members


async def find(session: AsyncSession, of: UUID | str) -> Member | None:
    """The tenant's member with this id or e-mail address; None when there is none."""
    wanted = User.id == of if isinstance(of, UUID) else User.email == of.lower()
    # A join, so that on SQLite too only members of this tenant can be found.
    statement = select(User).join(Membership, col(Membership.user_id) == User.id).where(wanted)
    user = (await session.exec(statement)).one_or_none()
    if user is None:
        return None
    return Member(user.id, user.email, user.name)


async def addresses(session: AsyncSession) -> Sequence[str]:
    """The e-mail addresses of the tenant's members."""
    statement = select(User.email).join(Membership, col(Membership.user_id) == User.id)
    return (await session.exec(statement)).all()


async def stays(tenant_id: UUID, user_id: UUID) -> bool:
    """Whether an account stays when its member is erased from the tenant."""
    async with db.system("does a member belong elsewhere?") as session:
        user = await session.get(User, user_id)
        return user is not None and await _stays(session, user, tenant_id)


async def losses(session: AsyncSession, user_id: UUID) -> dict[str, int]:
    """What goes along with a membership, by what it is."""
    return (await members.count_losses(session, user_id)).model_dump()


async def known(tenant_id: UUID, user_id: UUID) -> Sequence[tuple[str, dict[str, JsonValue]]]:
    """What is kept of a member of a tenant: the account, the membership, and the browsers signed in there."""
    async with db.system("a member's data is exported") as session:
        of_member = select(User, Membership).join(Membership, col(Membership.user_id) == User.id)
        found = (
            await session.exec(of_member.where(User.id == user_id, Membership.tenant_id == tenant_id))
        ).one_or_none()
        if found is None:
            return []
        user, membership = found
        of_user = select(LoginSession).where(
            LoginSession.user_id == user_id, LoginSession.tenant_id == tenant_id
        )
        sessions = (await session.exec(of_user)).all()
    return [
        ("hub_user", user.model_dump(mode="json", include={"id", "email", "name", "created_at"})),
        ("membership", membership.model_dump(mode="json", include={"role", "created_at"})),
        *(
            (
                "login_session",
                one.model_dump(mode="json", include={"ip", "user_agent", "created_at", "last_seen_at"}),
            )
            for one in sessions
        ),
    ]


async def erase(tenant_id: UUID, user_id: UUID) -> bool:
    """End a membership with all that hangs on it, sessions and invitations among it, and delete the account unless it belongs
    elsewhere too. Whether the account is gone; it may be done again. Conflict for the last owner, and for an operator without
    another active tenant.
    """
    async with db.system("a member is erased from a tenant", write=True) as session:
        user = await session.get(User, user_id, with_for_update=True)
        if user is None:
            return True
        mine = (col(Membership.tenant_id) == tenant_id, col(Membership.user_id) == user_id)
        was_member = (await session.exec(select(Membership.id).where(*mine))).first() is not None
        if was_member:
            await members.keep_an_owner(session, tenant_id, user_id)
            await operators.keep_a_tenant(session, user, tenant_id)
        await session.exec(delete(Membership).where(*mine))
        here = (col(LoginSession.tenant_id) == tenant_id, col(LoginSession.user_id) == user_id)
        await session.exec(delete(LoginSession).where(*here))
        asked = (col(Invitation.tenant_id) == tenant_id, func.lower(Invitation.email) == user.email)
        await session.exec(delete(Invitation).where(*asked))
        account_stays = await _stays(session, user, tenant_id)
        if not account_stays:
            await session.delete(user)
        db.notify(session, TOPIC)
        if was_member:
            actor = system_actor(tenant_id, "Privacy")
            await audit.act(session, actor, "member.erased", user, account=not account_stays)
        return not account_stays


async def _stays(session: AsyncSession, user: User, tenant_id: UUID) -> bool:
    """Whether an account has a place beside this tenant: another one, or the installation itself."""
    others = select(Membership.id).where(Membership.user_id == user.id, Membership.tenant_id != tenant_id)
    return user.is_operator or (await session.exec(others.limit(1))).first() is not None


MEMBERS = Members(
    find=find,
    addresses=addresses,
    losses=losses,
    keep_an_owner=members.keep_an_owner,
    may_leave=operators.may_leave,
    stays=stays,
    known=known,
    erase=erase,
)
