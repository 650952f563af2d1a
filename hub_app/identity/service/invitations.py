"""Invitations: a link that makes its holder a member, once."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.identity.schemas import AcceptIn, InvitationIn, InvitationOut, InvitationView
from hub_app.identity.service import accounts, browsers, passwords, sessions
from hub_app.identity.service.access import TOPIC
from hub_app.identity.service.login_throttle import guess
from hub_app.identity.service.members import READ, WRITE
from hub_app.identity.service.secrets import new_secret
from hub_app.identity.tables import ACTIVE, Invitation, Membership, Tenant, User
from hub_app.kernel import audit, db, paging, rows
from hub_app.kernel.access import digest
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Conflict, Invalid, NotFound, TenantSuspended

LIFE = timedelta(days=7)
_GONE = "This invitation was used, was withdrawn or has expired. Ask for a new one."


async def invite(actor: Actor, given: InvitationIn) -> tuple[InvitationOut, str]:
    """Make an invitation, and the secret of its link, which is kept nowhere. An older one for the address goes."""
    actor.require(Role.OWNER, WRITE)
    secret = new_secret()
    invitation = Invitation(
        tenant_id=actor.tenant_id,
        email=given.email,
        role=given.role.value,
        token_hash=digest(secret),
        invited_by=_person(actor),
        expires_at=utcnow() + LIFE,
    )
    async with db.begin(actor.tenant_id) as session:
        await _refuse_member(session, given.email)
        await session.exec(delete(Invitation).where(col(Invitation.email) == given.email))
        session.add(invitation)
        await audit.act(session, actor, "invitation.created", invitation, role=given.role.value)
    return _out(invitation), secret


def _person(actor: Actor) -> UUID:
    if actor.user_id is None:
        raise NotFound("An invitation needs somebody who invites.")
    return actor.user_id


async def _refuse_member(session: AsyncSession, email: str) -> None:
    # A join, so that on SQLite too only members of this tenant can be found.
    statement = (
        select(Membership.id).join(User, col(User.id) == Membership.user_id).where(User.email == email)
    )
    if (await session.exec(statement)).first() is not None:
        raise Invalid.field("email", "belongs to a member already")


async def list_invitations(actor: Actor, page: paging.PageRequest) -> paging.Slice[InvitationOut]:
    """Those that can still be used, newest first."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    statement = select(Invitation).where(col(Invitation.expires_at) > utcnow())
    async with db.read(actor.tenant_id) as session:
        found = await paging.fetch(session, statement, paging.newest_first(Invitation.id), page)
    return found.holding([_out(i) for i in found.items])


async def withdraw(actor: Actor, invitation_id: UUID) -> None:
    """Make an invitation's link useless."""
    actor.require(Role.OWNER, WRITE)
    async with db.begin(actor.tenant_id) as session:
        invitation = await rows.get(session, Invitation, invitation_id)
        await session.delete(invitation)
        await audit.act(session, actor, "invitation.withdrawn", invitation)


async def look(secret: str) -> InvitationView:
    """What a link offers. NotFound once it was used, withdrawn or has expired."""
    invitation, tenant = await _find(secret)
    async with db.system("an invitation is shown to its holder") as session:
        inviter = await session.get(User, invitation.invited_by)
    account = await accounts.find_by_email(invitation.email)
    return InvitationView(
        email=invitation.email,
        tenant_id=tenant.id,
        tenant_name=tenant.name,
        invited_by=inviter.name if inviter else "",
        role=Role(invitation.role),
        has_account=account is not None,
    )


async def accept(
    given: AcceptIn, *, ip: str, user_agent: str, key: str = "", mark: str = ""
) -> sessions.NewSession:
    """Become a member: with a new account, with the password of the existing one, or by being signed in already.

    What the tenant hears of it does not tell which.
    """
    invitation, tenant = await _find(given.token)
    if tenant.state != ACTIVE:
        raise TenantSuspended(
            f"{tenant.name} is suspended, so nobody can join it at the moment. The invitation stays as it is."
        )
    account = await accounts.find_by_email(invitation.email)
    if account is None:
        user = await _new_user(given, invitation.email)
    else:
        await _prove(given, account, ip=ip, key=key, mark=mark)
        user = account
    try:
        async with db.system("an invitation is accepted", write=True) as session:
            place = await _join(session, invitation, tenant, user, is_new=account is None)
            opened = await sessions.open_session(
                session, user, place, ip=ip, user_agent=user_agent, previous=key
            )
            await audit.act(
                session,
                opened.actor,
                "invitation.accepted",
                user,
                invitation=str(invitation.id),
                role=place.role.value,
            )
    except IntegrityError:
        raise Conflict("This account has just been created. Open the link again.") from None
    return opened


async def _find(secret: str) -> tuple[Invitation, Tenant]:
    statement = (
        select(Invitation, Tenant)
        .join(Tenant, col(Tenant.id) == Invitation.tenant_id)
        .where(Invitation.token_hash == digest(secret), col(Invitation.expires_at) > utcnow())
    )
    async with db.system("whose invitation is this?") as session:
        found = (await session.exec(statement)).first()
    if found is None:
        raise NotFound(_GONE)
    return found


async def _new_user(given: AcceptIn, email: str) -> User:
    # The password first, as for an existing account: an attempt without one does not tell whether there is one.
    if given.password is None:
        raise Invalid.field("password", "must not be empty")
    if not given.name:
        raise Invalid.field("name", "must not be empty")
    return User(email=email, name=given.name, password_hash=await passwords.hash_password(given.password))


async def _prove(given: AcceptIn, account: User, *, ip: str, key: str, mark: str) -> None:
    """That this is the invited person: signed in already, or knowing the password."""
    holder = await sessions.holder_of(key, ip=ip)
    if holder is not None and holder.actor.user_id == account.id:
        return
    if given.password is None:
        raise Invalid.field("password", "must not be empty")
    async with guess(account.email, address=ip, browser=browsers.known(mark, account)) as one:
        right, _ = await passwords.verify(given.password, account.password_hash)
        if right:
            await one.succeeded()
    if not right:
        raise Invalid.field("password", "is not the password of this account")


async def _join(
    session: AsyncSession, invitation: Invitation, tenant: Tenant, user: User, *, is_new: bool
) -> sessions.TenantRole:
    used = await session.exec(delete(Invitation).where(col(Invitation.id) == invitation.id))
    if used.rowcount != 1:
        raise NotFound(_GONE)
    if is_new:
        session.add(user)
        await session.flush()
    elif await accounts.hold(session, user) is None:
        raise Conflict("This account has just been changed. Open the link again.")
    known = await sessions.places_of(session, user.id)
    existing = next((p for p in known if p.tenant_id == tenant.id), None)
    if existing is not None:
        return existing
    session.add(Membership(tenant_id=tenant.id, user_id=user.id, role=invitation.role))
    await session.flush()
    db.notify(session, TOPIC)
    return sessions.TenantRole.of(tenant, invitation.role)


def _out(invitation: Invitation) -> InvitationOut:
    return InvitationOut.model_validate(invitation, from_attributes=True)
