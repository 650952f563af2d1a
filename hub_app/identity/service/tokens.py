"""API tokens: made, listed, changed, rotated, revoked. What a token may do is in `access.py`."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.identity.schemas import RotateIn, ScopeOut, TokenIn, TokenMade, TokenOut, TokenPatch
from hub_app.identity.service.access import PREFIX, TOPIC, new_token
from hub_app.identity.service.members import names_of
from hub_app.identity.tables import ApiToken
from hub_app.kernel import audit, db, paging, rows
from hub_app.kernel.access import digest
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Forbidden, Invalid
from hub_app.kernel.scopes import all_scopes
from hub_app.kernel.settings import get_settings

# Tokens have no scope family of their own: one that could make others would hold every scope.
READ = "read:*"
MANAGE = "admin:*"
EXPIRES_SOON = timedelta(days=14)
_HINT_LENGTH = len(PREFIX) + 4


async def create_token(actor: Actor, given: TokenIn) -> TokenMade:
    """Make a token of one's own. Viewers may only give read scopes."""
    actor.require(Role.CUSTOMER_VIEWER, MANAGE)
    _check_scopes(actor, given.scopes)
    secret = new_token()
    token = ApiToken(
        tenant_id=actor.tenant_id,
        user_id=actor.person,
        name=given.name,
        token_hash=digest(secret),
        hint=secret[:_HINT_LENGTH],
        scopes=given.scopes,
        expires_at=_expiry(given.expires_at),
    )
    async with db.begin(actor.tenant_id) as session:
        session.add(token)
        await _audit(session, actor, "created", token, {"scopes": given.scopes})
    return TokenMade(**_out(token, actor.name).model_dump(), token=secret)


async def list_tokens(
    actor: Actor, page: paging.PageRequest, *, everyone: bool = False
) -> paging.Slice[TokenOut]:
    """One's own tokens, or for customer admins everyone's; newest first."""
    actor.require(Role.CUSTOMER_ADMIN if everyone else Role.CUSTOMER_VIEWER, READ)
    statement = select(ApiToken)
    if not everyone:
        statement = statement.where(ApiToken.user_id == actor.user_id)
    async with db.read(actor.tenant_id) as session:
        found = await paging.fetch(session, statement, paging.newest_first(ApiToken.id), page)
        names = await names_of(session, {t.user_id for t in found.items})
    items = [_out(token, names[token.user_id]) for token in found.items]
    return found.holding(items)


async def get_token(actor: Actor, token_id: UUID) -> TokenOut:
    """A token of one's own; for customer admins anyone's."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    async with db.read(actor.tenant_id) as session:
        token = await _find(session, actor, token_id, others=True)
        names = await names_of(session, {token.user_id})
    return _out(token, names[token.user_id])


async def update_token(actor: Actor, token_id: UUID, given: TokenPatch) -> TokenOut:
    """Rename one of one's own tokens, or turn it off and on."""
    actor.require(Role.CUSTOMER_VIEWER, MANAGE)
    changes = given.changes()
    async with db.begin(actor.tenant_id) as session:
        token = await _find(session, actor, token_id, lock=True)
        before = token.model_dump(include=set(changes))
        for name, value in changes.items():
            setattr(token, name, value)
        session.add(token)
        db.notify(session, TOPIC)
        await audit.change(session, actor, "token.updated", token, before, changes, name=token.name)
    return _out(token, actor.name)


async def rotate_token(actor: Actor, token_id: UUID, given: RotateIn) -> TokenMade:
    """Give one of one's own tokens a new secret and a new expiry; the old secret holds for the grace hours."""
    actor.require(Role.CUSTOMER_VIEWER, MANAGE)
    secret = new_token()
    async with db.begin(actor.tenant_id) as session:
        token = await _find(session, actor, token_id, lock=True)
        _check_scopes(actor, token.scopes)
        grace_ends = min(utcnow() + timedelta(hours=given.grace_hours), token.expires_at)
        keep = given.grace_hours > 0 and grace_ends > utcnow()
        token.old_token_hash = token.token_hash if keep else None
        token.old_expires_at = grace_ends if keep else None
        token.token_hash, token.hint = digest(secret), secret[:_HINT_LENGTH]
        token.expires_at = _expiry(given.expires_at)
        session.add(token)
        await _audit(session, actor, "rotated", token, {"grace_hours": given.grace_hours})
    return TokenMade(**_out(token, actor.name).model_dump(), token=secret)


async def revoke_token(actor: Actor, token_id: UUID) -> None:
    """Delete a token of one's own; customer admins may delete anyone's. It is refused from the next call on."""
    actor.require(Role.CUSTOMER_VIEWER, MANAGE)
    async with db.begin(actor.tenant_id) as session:
        token = await _find(session, actor, token_id, others=True)
        await session.delete(token)
        await _audit(session, actor, "revoked", token, {"owner": str(token.user_id)})


def scopes() -> list[ScopeOut]:
    """Every scope with what it allows."""
    return [ScopeOut(scope=scope, description=text) for scope, text in all_scopes().items()]


async def scopes_of(actor: Actor, token_id: UUID) -> list[ScopeOut]:
    token = await get_token(actor, token_id)
    known = all_scopes()
    return [ScopeOut(scope=scope, description=known[scope]) for scope in token.scopes]


def _check_scopes(actor: Actor, wanted: list[str]) -> None:
    if not actor.role.includes(Role.ENGINEER) and any(not s.startswith("read:") for s in wanted):
        raise Forbidden(f"{Role.ENGINEER.label} role required for scopes that do more than read")


def _expiry(wanted: datetime | None) -> datetime:
    if wanted is None:
        return utcnow() + timedelta(days=get_settings().api_token_expiry_days)
    if wanted <= utcnow():
        raise Invalid.field("expires_at", "must be in the future")
    return wanted


async def _find(
    session: AsyncSession, actor: Actor, token_id: UUID, *, others: bool = False, lock: bool = False
) -> ApiToken:
    """A token of the actor; where `others` are allowed, for customer admins anyone's in the tenant."""
    anyones = others and actor.role.includes(Role.CUSTOMER_ADMIN)
    own = [] if anyones else [col(ApiToken.user_id) == actor.user_id]
    return await rows.get(session, ApiToken, token_id, *own, lock=lock)


def _out(token: ApiToken, user_name: str) -> TokenOut:
    return TokenOut(
        **token.model_dump(exclude={"tenant_id", "token_hash", "old_token_hash"}),
        user_name=user_name,
        expires_soon=token.expires_at - utcnow() < EXPIRES_SOON,
    )


async def _audit(
    session: AsyncSession, actor: Actor, verb: str, token: ApiToken, summary: dict[str, object]
) -> None:
    db.notify(session, TOPIC)
    await audit.act(session, actor, f"token.{verb}", token, name=token.name, **summary)
