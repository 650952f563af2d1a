"""People with a password: signing in, and what they may change about themselves."""

from uuid import UUID

from pydantic import SecretStr
from sqlalchemy import delete
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.identity.schemas import LoginIn, PasswordIn, ProfilePatch
from hub_app.identity.service import browsers, passwords, sessions
from hub_app.identity.service.access import TOPIC
from hub_app.identity.service.login_throttle import guess
from hub_app.identity.tables import LoginSession, PasswordReset, User
from hub_app.kernel import audit, db, edits
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.errors import Forbidden, Invalid, NotFound, Unauthenticated
from hub_app.kernel.tenancy import INSTALLATION

_NOT_YOURS = "is not your password"


async def sign_in(
    given: LoginIn, *, ip: str, user_agent: str, previous: str = "", mark: str = ""
) -> sessions.NewSession:
    """Open a session for the right password. The answer never tells whether the account exists.

    `previous` is the key of the session the browser had, which ends; `mark` the one by which the account knows it.
    Unauthenticated when e-mail or password is wrong, RateLimited after too many failures, TenantSuspended where each of
    their tenants is.
    """
    user = await find_by_email(given.email)
    async with guess(given.email, address=ip, browser=browsers.known(mark, user)) as one:
        right, new_hash = await passwords.verify(given.password, user and user.password_hash)
        if right:
            await one.succeeded()
    if user is None or not right:
        await _audit_failure(user, given.email, ip)
        raise Unauthenticated("E-mail or password is wrong.")
    async with db.system("a person signs in", write=True) as session:
        held = await hold(session, user)
        if held is not None:
            place = await _place_to_open(session, held.id)
            held.password_hash = new_hash or held.password_hash
            opened = await sessions.open_session(
                session, held, place, ip=ip, user_agent=user_agent, previous=previous
            )
            await audit.act(session, opened.actor, "session.signed_in", held)
            return opened
    # Another one was set meanwhile, or the same one was hashed anew: it is weighed again.
    return await sign_in(given, ip=ip, user_agent=user_agent, previous=previous, mark=mark)


async def hold(session: AsyncSession, user: User) -> User | None:
    """The user's row, locked until the open system unit ends; None when the password was changed or the account deleted
    since `user` was read: whoever proved to know the former password has proved nothing.
    """
    statement = select(User).where(User.id == user.id).with_for_update(key_share=True)
    held = (await session.exec(statement)).first()
    return held if held is not None and held.password_hash == user.password_hash else None


async def find_by_email(email: str) -> User | None:
    async with db.system("whose e-mail address is this?") as session:
        return (await session.exec(select(User).where(User.email == email))).first()


async def _place_to_open(session: AsyncSession, user_id: UUID) -> sessions.TenantRole:
    """The tenant someone was in last, or the first one they belong to, of the active ones. Raises TenantSuspended."""
    places = await sessions.places_of(session, user_id)
    if not places:
        raise Forbidden(
            "Your account no longer belongs to a tenant. Ask the tenant's owner for a new invitation."
        )
    last = await session.exec(
        select(LoginSession.tenant_id)
        .where(LoginSession.user_id == user_id)
        .order_by(col(LoginSession.last_seen_at).desc())
        .limit(1)
    )
    place = sessions.place_to_be(places, last.first())
    if place.is_suspended:
        raise sessions.refusal(places)
    return place


async def _audit_failure(user: User | None, email: str, ip: str) -> None:
    async with db.system("a failed sign-in is audited", write=True) as session:
        places = await sessions.places_of(session, user.id) if user else []
        actor = Actor(
            tenant_id=places[0].tenant_id if places else INSTALLATION,
            user_id=user and user.id,
            role=Role.CUSTOMER_VIEWER,
            via="browser",
            name=user.name if user else "",
            email=email,
            ip=ip,
        )
        await audit.record(
            session,
            actor,
            "session.sign_in_failed",
            target_type="user",
            target_id=user.id if user else "",
        )


async def change_password(actor: Actor, given: PasswordIn) -> None:
    """Set a new password. One's other sessions and a link to reset it end; API tokens stay."""
    user = await require_own_password(actor, given.current_password)
    password_hash = await passwords.hash_password(given.new_password)
    async with db.system("a person sets a new password", write=True) as session:
        row = await hold(session, user)
        if row is None:
            raise Invalid.field("current_password", _NOT_YOURS)
        row.password_hash = password_hash
        await session.exec(delete(PasswordReset).where(col(PasswordReset.user_id) == row.id))
        ended = await sessions.end_sessions(session, actor, keep_current=True)
        await audit.act(session, actor, "user.password_changed", row, ended_sessions=ended)


async def require_own_password(actor: Actor, password: SecretStr) -> User:
    """Whose password it is, where it is the actor's own; Invalid otherwise, which counts as a guess, RateLimited after too many."""
    actor.require(Role.CUSTOMER_VIEWER, "admin:*")
    user = await find_by_email(actor.email)
    async with guess(
        actor.email, address=actor.ip, browser=str(actor.session_id or actor.token_id or "")
    ) as one:
        right, _ = await passwords.verify(password, user and user.password_hash)
        if right:
            await one.succeeded()
    if user is None or not right:
        raise Invalid.field("current_password", _NOT_YOURS)
    return user


async def own_name(actor: Actor) -> str:
    """One's own name, as it is at this moment."""
    actor.require(Role.CUSTOMER_VIEWER, "admin:*")
    async with db.system("a person looks at their own name") as session:
        return (await _own(session, actor)).name


async def update_profile(
    actor: Actor, given: ProfilePatch, *, expected: edits.Expected | None = None
) -> None:
    """Change one's own name."""
    actor.require(Role.CUSTOMER_VIEWER, "admin:*")
    changes = given.changes()
    async with db.system("a person changes their own name", write=True) as session:
        row = await _own(session, actor, lock=True)
        before = {"name": row.name}
        edits.check(expected, edits.Version.of(before), changes)
        for name, value in changes.items():
            setattr(row, name, value)
        db.notify(session, TOPIC)
        await audit.change(session, actor, "user.updated", row, before, {"name": row.name})


async def _own(session: AsyncSession, actor: Actor, *, lock: bool = False) -> User:
    user = await session.get(User, actor.user_id, with_for_update={"key_share": True} if lock else None)
    if user is None:
        raise NotFound("Your account no longer exists.")
    return user
