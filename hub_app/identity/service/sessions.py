"""Login sessions: a signed-in browser, known by its cookie; here by its `key`, the cookie's SHA-256."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self
from uuid import UUID

from sqlalchemy import ColumnElement, delete, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.identity.schemas import SessionOut
from hub_app.identity.service import browsers
from hub_app.identity.service.secrets import new_secret
from hub_app.identity.tables import ACTIVE, LoginSession, Membership, Tenant, User
from hub_app.kernel import audit, db
from hub_app.kernel.access import digest
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import NotFound, TenantSuspended
from hub_app.kernel.settings import get_settings

_SEEN_EVERY = timedelta(minutes=1)
_AGENT_LENGTH = 300


@dataclass(frozen=True, slots=True)
class TenantRole:
    """A tenant that a user belongs to, and as what."""

    tenant_id: UUID
    name: str
    tier: str
    role: Role
    is_suspended: bool = False

    @classmethod
    def of(cls, tenant: Tenant, role: str) -> Self:
        return cls(tenant.id, tenant.name, tenant.tier, Role(role), tenant.state != ACTIVE)


@dataclass(frozen=True, slots=True)
class Login:
    """A valid session: who acts in which tenant, and where else they could."""

    actor: Actor
    places: tuple[TenantRole, ...]

    @property
    def place(self) -> TenantRole:
        return next(p for p in self.places if p.tenant_id == self.actor.tenant_id)


@dataclass(frozen=True, slots=True)
class NewSession:
    """What the browser gets: the cookie's value, which is kept nowhere else, its longest life in seconds, and the mark by
    which the account will know this browser.
    """

    token: str
    mark: str
    max_age: int
    actor: Actor


async def login_of(key: str, *, ip: str) -> Login | None:
    """Who holds the session cookie with this key, with the roles of this moment; None when it is unknown, expired or
    revoked, and while each of their tenants is suspended.
    """
    login = await holder_of(key, ip=ip)
    return None if login is None or login.place.is_suspended else login


async def holder_of(key: str, *, ip: str) -> Login | None:
    """The same of a session in a suspended tenant too, where the person has no other: it stays, and may do nothing."""
    if not key:
        return None
    now = utcnow()
    async with db.system("who holds this session cookie?") as session:
        found = await _look_up(session, key, now)
    if not found:
        return None
    login, user = found[0][0], found[0][1]
    if now - login.last_seen_at > _SEEN_EVERY:
        await _mark_seen(login.id, now)
    places = tuple(TenantRole.of(tenant, membership.role) for _, _, membership, tenant in found)
    place = place_to_be(places, login.tenant_id)
    return Login(actor=_actor(user, place, ip=ip, session_id=login.id), places=places)


def place_to_be(places: Sequence[TenantRole], last: UUID | None) -> TenantRole:
    """Where somebody is: in the tenant where they were last, or the first one that they belong to, active ones first."""
    return min(places, key=lambda place: (place.is_suspended, place.tenant_id != last))


def refusal(places: Sequence[TenantRole]) -> TenantSuspended:
    """What to tell somebody who belongs to suspended tenants alone."""
    *others, last = [place.name for place in places]
    names, are = (f"{', '.join(others)} and {last}", "are") if others else (last, "is")
    return TenantSuspended(
        f"{names} {are} suspended, so you cannot sign in at the moment. Nothing is lost. For details, ask the operator of"
        " this installation."
    )


async def _look_up(
    session: AsyncSession, key: str, now: datetime
) -> Sequence[tuple[LoginSession, User, Membership, Tenant]]:
    statement = (
        select(LoginSession, User, Membership, Tenant)
        .join(User, col(User.id) == LoginSession.user_id)
        .join(Membership, col(Membership.user_id) == User.id)
        .join(Tenant, col(Tenant.id) == Membership.tenant_id)
        .where(LoginSession.token_hash == key, *_in_force(now))
        .order_by(Tenant.name, col(Tenant.id))
    )
    return (await session.exec(statement)).all()


def _in_force(now: datetime) -> list[ColumnElement[bool]]:
    idle_since = now - timedelta(hours=get_settings().session_idle_hours)
    return [col(LoginSession.expires_at) > now, col(LoginSession.last_seen_at) > idle_since]


async def _mark_seen(session_id: UUID, now: datetime) -> None:
    async with db.system("a login session was used", write=True) as session:
        await session.exec(
            update(LoginSession)
            .where(col(LoginSession.id) == session_id, col(LoginSession.last_seen_at) < now)
            .values(last_seen_at=now)
        )


async def open_session(
    session: AsyncSession, user: User, place: TenantRole, *, ip: str, user_agent: str, previous: str = ""
) -> NewSession:
    """Sign a browser in, in the open system unit. A session it had before ends: its cookie is replaced."""
    if previous:
        await session.exec(delete(LoginSession).where(col(LoginSession.token_hash) == previous))
    token = new_secret()
    life = timedelta(days=get_settings().session_absolute_days)
    login = LoginSession(
        user_id=user.id,
        tenant_id=place.tenant_id,
        token_hash=digest(token),
        ip=ip,
        user_agent=user_agent[:_AGENT_LENGTH],
        expires_at=utcnow() + life,
    )
    session.add(login)
    actor = _actor(user, place, ip=ip, session_id=login.id)
    return NewSession(
        token=token, mark=browsers.new_mark(user), max_age=int(life.total_seconds()), actor=actor
    )


async def places_of(session: AsyncSession, user_id: UUID) -> list[TenantRole]:
    """The tenants that a user belongs to, in the open system unit."""
    statement = (
        select(Membership, Tenant)
        .join(Tenant, col(Tenant.id) == Membership.tenant_id)
        .where(Membership.user_id == user_id)
        .order_by(Tenant.name, col(Tenant.id))
    )
    return [TenantRole.of(tenant, member.role) for member, tenant in (await session.exec(statement)).all()]


def _actor(user: User, place: TenantRole, *, ip: str, session_id: UUID) -> Actor:
    return Actor(
        tenant_id=place.tenant_id,
        user_id=user.id,
        role=place.role,
        via="browser",
        name=user.name,
        email=user.email,
        ip=ip,
        tier=place.tier,
        session_id=session_id,
        is_operator=user.is_operator,
    )


async def sign_out(key: str, *, ip: str) -> None:
    """End this browser's session; nothing happens when it has ended already."""
    holder = await holder_of(key, ip=ip)
    if holder is None:
        return
    actor = holder.actor
    async with db.system("a browser signs out", write=True) as session:
        await session.exec(delete(LoginSession).where(col(LoginSession.token_hash) == key))
        await audit.record(
            session, actor, "session.signed_out", target_type="user", target_id=actor.user_id or ""
        )


async def list_sessions(actor: Actor) -> list[SessionOut]:
    """One's own sessions in force, the latest used first."""
    _require_own(actor, "read:*")
    statement = (
        select(LoginSession)
        .where(LoginSession.user_id == actor.user_id, *_in_force(utcnow()))
        .order_by(col(LoginSession.last_seen_at).desc())
    )
    async with db.system("a person looks at their own sessions") as session:
        rows = (await session.exec(statement)).all()
    return [
        SessionOut(
            **row.model_dump(exclude={"user_id", "tenant_id", "token_hash"}),
            is_current=row.id == actor.session_id,
        )
        for row in rows
    ]


async def revoke_session(actor: Actor, session_id: UUID) -> None:
    """End one of one's own sessions."""
    _require_own(actor, "admin:*")
    async with db.system("a person ends one of their own sessions", write=True) as session:
        ended = await session.exec(
            delete(LoginSession).where(
                col(LoginSession.id) == session_id, col(LoginSession.user_id) == actor.user_id
            )
        )
        if ended.rowcount == 0:
            raise NotFound("Session not found")
        await audit.record(session, actor, "session.revoked", target_type="session", target_id=session_id)


async def sign_out_everywhere(actor: Actor) -> None:
    """End all of one's own sessions."""
    _require_own(actor, "admin:*")
    async with db.system("a person ends their own sessions", write=True) as session:
        await end_sessions(session, actor, keep_current=False)


async def end_sessions(session: AsyncSession, actor: Actor, *, keep_current: bool) -> int:
    statement = delete(LoginSession).where(col(LoginSession.user_id) == actor.user_id)
    if keep_current and actor.session_id is not None:
        statement = statement.where(col(LoginSession.id) != actor.session_id)
    ended = (await session.exec(statement)).rowcount
    await audit.record(
        session,
        actor,
        "session.all_revoked",
        target_type="user",
        target_id=actor.user_id or "",
        summary={"sessions": ended},
    )
    return ended


async def switch_tenant(key: str, tenant_id: UUID, *, ip: str) -> None:
    """Make another of one's tenants the active one, for all tabs of this browser. NotFound when it is none of them, or
    TenantSuspended.
    """
    login = await holder_of(key, ip=ip)
    place = next((p for p in login.places if p.tenant_id == tenant_id), None) if login else None
    if place is None:
        raise NotFound("Tenant not found")
    if place.is_suspended:
        raise refusal([place])
    async with db.system("a browser switches its tenant", write=True) as session:
        await session.exec(
            update(LoginSession).where(col(LoginSession.token_hash) == key).values(tenant_id=tenant_id)
        )


def _require_own(actor: Actor, scope: str) -> UUID:
    """Whose sessions they are. Raises Forbidden."""
    actor.require(Role.CUSTOMER_VIEWER, scope)
    return actor.person
