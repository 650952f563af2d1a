"""Password resets: a link that lets its holder choose a new password for one account, once and within an hour.

Whoever has the link can become the person. So the operator issues one for any account but their own, and an owner only
where it leads to nothing that is not the owner's already: the account belongs to no other tenant and does not run this
installation. That is looked at again when the link is used, and the issuer's own rights with it
(docs/decisions/0016-sign-in-limits-and-password-resets.md).
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.identity.schemas import AccountOut, AccountTenant, NewPasswordIn, ResetIn, ResetOut
from hub_app.identity.service import passwords, sessions
from hub_app.identity.service.secrets import new_secret
from hub_app.identity.tables import LoginSession, PasswordReset, User
from hub_app.kernel import audit, db
from hub_app.kernel.access import digest
from hub_app.kernel.actor import Actor, Role, system_actor
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Conflict, Forbidden, NotFound
from hub_app.kernel.tenancy import INSTALLATION

LIFE = timedelta(hours=1)
# The secret stands behind the `#`, which no browser sends: no log of a proxy has it, and no tab's state.
PAGE = "/reset-password"
MANAGE = "admin:*"
_GONE = "This link was used, was replaced or has expired. Ask for a new one."
_OPERATORS = "Only this installation's operator can reset the password of this account."
_OWN = "Change your own password on your account's page: a reset would not ask for the present one."


def link(origin: str, secret: str) -> str:
    """The address to hand over; `origin` is where people open Hub."""
    return f"{origin}{PAGE}#secret={secret}"


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who issued a link: the operator, the owner of a tenant (`tenant_id`), or the command line (nobody's id)."""

    user_id: UUID | None
    tenant_id: UUID | None


async def find_account(actor: Actor, given: ResetIn) -> AccountOut:
    """For the operator: the account with this e-mail address, and where it belongs."""
    actor.require_operator()
    async with db.system("the operator looks for an account") as session:
        user = await _account(session, given)
        places = await sessions.places_of(session, user.id)
    return AccountOut(
        user_id=user.id,
        name=user.name,
        email=user.email,
        is_operator=user.is_operator,
        created_at=user.created_at,
        tenants=[AccountTenant(tenant_name=p.name, role=p.role) for p in places],
    )


async def issue(actor: Actor, given: ResetIn) -> tuple[ResetOut, str]:
    """For the operator: a link's secret, which is kept nowhere, for anybody's account. A former link goes."""
    actor.require_operator()
    async with db.system("the operator issues a password reset", write=True) as session:
        user = await _account(session, given, lock=True)
        if user.id == actor.user_id:
            raise Conflict(_OWN)
        return await _issue(session, user, actor, Issuer(actor.user_id, None))


async def issue_from_command_line(given: ResetIn) -> str:
    """A link's secret for whoever may run commands where Hub runs."""
    async with db.system("the command line issues a password reset", write=True) as session:
        user = await _account(session, given, lock=True)
        actor = system_actor(INSTALLATION, "Command line")
        _, secret = await _issue(session, user, actor, Issuer(None, None))
    return secret


async def issue_for_member(actor: Actor, user_id: UUID) -> tuple[ResetOut, str]:
    """For an owner: a link's secret for a member who belongs to this tenant alone; Forbidden for others."""
    actor.require(Role.OWNER, MANAGE)
    async with db.system("an owner issues a password reset", write=True) as session:
        places = await sessions.places_of(session, user_id)
        if actor.tenant_id not in {place.tenant_id for place in places}:
            raise NotFound("Member not found")
        user = (
            await session.exec(select(User).where(User.id == user_id).with_for_update(key_share=True))
        ).one()
        if user.id == actor.user_id:
            raise Conflict(_OWN)
        issuer = Issuer(actor.user_id, actor.tenant_id)
        if not await _may_reset(session, issuer, user):
            raise Forbidden(_OPERATORS)
        return await _issue(session, user, actor, issuer)


async def look(secret: str) -> str:
    """The e-mail address of the account that a link is for; NotFound when it is of no use any more."""
    async with db.system("a password reset is shown to its holder") as session:
        _, user = await _find(session, secret)
    return user.email


async def use(given: NewPasswordIn, *, ip: str) -> None:
    """Set the account's password and end all of its sessions. NotFound when the link is of no use any more."""
    await look(given.token)
    password_hash = await passwords.hash_password(given.password)
    async with db.system("a password reset is used", write=True) as session:
        reset, user = await _find(session, given.token, lock=True)
        used = await session.exec(
            delete(PasswordReset).where(col(PasswordReset.token_hash) == reset.token_hash)
        )
        if used.rowcount != 1:
            raise NotFound(_GONE)
        user.password_hash = password_hash
        await session.exec(delete(LoginSession).where(col(LoginSession.user_id) == user.id))
        person = Actor(
            tenant_id=INSTALLATION,
            user_id=user.id,
            role=Role.CUSTOMER_VIEWER,
            via="browser",
            name=user.name,
            email=user.email,
            ip=ip,
        )
        await _audit(session, person, "used", reset)


async def _account(session: AsyncSession, given: ResetIn, *, lock: bool = False) -> User:
    statement = select(User).where(User.email == given.email)
    user = (await session.exec(statement.with_for_update(key_share=True) if lock else statement)).first()
    if user is None:
        raise NotFound("There is no account with this e-mail address.")
    return user


async def _issue(session: AsyncSession, user: User, actor: Actor, issuer: Issuer) -> tuple[ResetOut, str]:
    secret = new_secret()
    await session.exec(delete(PasswordReset).where(col(PasswordReset.user_id) == user.id))
    reset = PasswordReset(
        user_id=user.id,
        tenant_id=issuer.tenant_id,
        issued_by=issuer.user_id,
        token_hash=digest(secret),
        expires_at=utcnow() + LIFE,
    )
    session.add(reset)
    await session.flush()
    await _audit(session, actor, "issued", reset)
    return ResetOut(user_id=user.id, expires_at=reset.expires_at), secret


async def _find(session: AsyncSession, secret: str, *, lock: bool = False) -> tuple[PasswordReset, User]:
    """A link in force and its account, for as long as whoever issued it might issue it now."""
    statement = (
        select(PasswordReset, User)
        .join(User, col(User.id) == PasswordReset.user_id)
        .where(PasswordReset.token_hash == digest(secret), col(PasswordReset.expires_at) > utcnow())
    )
    found = (await session.exec(statement.with_for_update(key_share=True) if lock else statement)).first()
    if found is None or not await _may_reset(
        session, Issuer(found[0].issued_by, found[0].tenant_id), found[1]
    ):
        raise NotFound(_GONE)
    return found


async def _may_reset(session: AsyncSession, issuer: Issuer, user: User) -> bool:
    """Whether this issuer may become this user at this moment."""
    if issuer.user_id is None:
        return issuer.tenant_id is None
    if issuer.tenant_id is None:
        operator = await session.get(User, issuer.user_id)
        return operator is not None and operator.is_operator
    of_issuer = await sessions.places_of(session, issuer.user_id)
    is_owner = any(p.tenant_id == issuer.tenant_id and p.role is Role.OWNER for p in of_issuer)
    of_user = {place.tenant_id for place in await sessions.places_of(session, user.id)}
    return is_owner and not user.is_operator and of_user == {issuer.tenant_id}


async def _audit(session: AsyncSession, actor: Actor, verb: str, reset: PasswordReset) -> None:
    """Each of the account's tenants hears of it, and the installation where no tenant's owner issued the link."""
    tenants = {place.tenant_id for place in await sessions.places_of(session, reset.user_id)}
    if reset.tenant_id is None:
        tenants.add(INSTALLATION)
    # In order: two that write to the same chains must not wait for each other.
    for tenant_id in sorted(tenants):
        await audit.record(
            session,
            replace(actor, tenant_id=tenant_id),
            f"password_reset.{verb}",
            target_type="user",
            target_id=reset.user_id,
        )
