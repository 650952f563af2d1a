"""Connections as rows: found, filled with tokens, emptied, shown."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import orjson
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.identity.service.members import names_of
from hub_app.kernel import audit, db, rows
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import NotFound
from hub_app.kernel.settings import get_settings
from hub_app.kernel.vault import seal_field
from hub_app.oauth.provider import Account, Tokens
from hub_app.oauth.schemas import ConnectionOut
from hub_app.oauth.service.providers import registration_of
from hub_app.oauth.tables import OauthApp, OauthClient, OauthConnection
from hub_app.webhooks.service import outbox

# Those whose tokens may be used and refreshed; `error` says that the last refresh was refused.
ALIVE = ("connected", "error")
_DIGITS = 500


def topic(of: UUID) -> str:
    """What is signalled when a connection changes: by its id, and by its tenant's id for lists."""
    return f"oauth:{of}"


def changed(session: AsyncSession, connection: OauthConnection) -> None:
    """Keep a changed connection, and wake those who wait for it once that has committed."""
    session.add(connection)
    db.notify(session, topic(connection.id))
    db.notify(session, topic(connection.tenant_id))


async def find(
    session: AsyncSession, actor: Actor, connection_id: UUID, *, others: bool = True
) -> OauthConnection:
    """A connection of the actor's own or of the tenant's; with `others`, for customer admins anyone's. NotFound."""
    connection = await find_any(session, connection_id)
    own = connection.user_id is None or connection.user_id == actor.user_id
    if not own and not (others and actor.role.includes(Role.CUSTOMER_ADMIN)):
        raise NotFound("OAuth connection not found")
    return connection


async def find_any(session: AsyncSession, connection_id: UUID) -> OauthConnection:
    """The tenant's connection with this id; NotFound."""
    return await rows.get(session, OauthConnection, connection_id)


def fill(connection: OauthConnection, tokens: Tokens, *, now: datetime) -> None:
    """Seal what the provider gave. A refresh token that is not renewed stays.

    A lifetime that is not stated is assumed from the settings, for tokens that can be refreshed: others may hold for ever.
    """
    settings = get_settings()
    seal_field(connection, "access_token", tokens.access_token)
    if tokens.refresh_token:
        seal_field(connection, "refresh_token", tokens.refresh_token)
        lifetime = timedelta(days=settings.oauth_refresh_token_expiry_days)
        if tokens.refresh_expires_in is not None:
            lifetime = timedelta(seconds=tokens.refresh_expires_in)
        connection.refresh_expires_at = now + lifetime
    if tokens.expires_in is not None:
        connection.expires_at = now + timedelta(seconds=tokens.expires_in)
    elif connection.refresh_token:
        connection.expires_at = now + timedelta(minutes=settings.oauth_token_expiry_minutes)
    else:
        connection.expires_at = None
    if tokens.scopes is not None:
        connection.scopes_granted = list(tokens.scopes)
    connection.kept = {**connection.kept, **tokens.kept}
    connection.status, connection.last_error = "connected", ""
    connection.unread = connection.unread_at = None
    connection.last_refreshed_at = now
    connection.lease = connection.lease_until = connection.retry_at = None


def settle(connection: OauthConnection, tokens: Tokens) -> None:
    """Fill a connection whose access somebody has just allowed."""
    account = tokens.account or Account()
    connection.refresh_token = b""
    connection.scopes_granted = connection.scopes_asked
    connection.account_id = account.id
    connection.account_name = account.name or connection.account_name
    connection.connected_at = utcnow()
    fill(connection, tokens, now=connection.connected_at)


def empty(connection: OauthConnection, status: str, reason: str) -> None:
    """Wipe the tokens."""
    connection.access_token = connection.refresh_token = b""
    connection.unread = connection.unread_at = None
    connection.expires_at = connection.refresh_expires_at = None
    connection.status, connection.last_error = status, reason[:_DIGITS]
    connection.lease = connection.lease_until = connection.retry_at = None


async def expire(session: AsyncSession, actor: Actor, connection: OauthConnection, reason: str) -> None:
    """The provider has ended the access: only connecting again helps, or a kept answer that is understood one day.
    Published as `oauth.connection.expired`.
    """
    unread = connection.unread, connection.unread_at
    empty(connection, "expired", reason)
    connection.unread, connection.unread_at = unread
    changed(session, connection)
    registration = await registration_of(session, connection)
    payload = {
        "connection_id": connection.id,
        "app": registration.slug if isinstance(registration, OauthApp) else "",
        "name": registration.name,
        "account_name": connection.account_name,
        "reason": reason,
    }
    draft = outbox.Draft("oauth.connection.expired", orjson.dumps(payload).decode(), None)
    await outbox.write(session, [draft])
    await record(session, actor, "expired", connection, {"name": registration.name, "reason": reason})


async def record(
    session: AsyncSession, actor: Actor, verb: str, connection: OauthConnection, summary: dict[str, object]
) -> None:
    """Audit what happened to a connection."""
    await audit.act(session, actor, f"oauth.connection.{verb}", connection, **summary)


async def shown(session: AsyncSession, connections: Sequence[OauthConnection]) -> list[ConnectionOut]:
    """Connections as they go out, with the names of their apps and users."""
    app_ids = {one.app_id for one in connections if one.app_id is not None}
    apps = {
        app.id: app
        for app in (await session.exec(select(OauthApp).where(col(OauthApp.id).in_(app_ids)))).all()
    }
    client_ids = {one.client_id for one in connections if one.client_id is not None}
    found = await session.exec(select(OauthClient).where(col(OauthClient.id).in_(client_ids)))
    clients = {client.id: client for client in found.all()}
    names = await names_of(session, {one.user_id for one in connections if one.user_id is not None})
    return [
        _out(
            one,
            apps[one.app_id] if one.app_id else None,
            clients[one.client_id].name if one.client_id else "",
            names.get(one.user_id, "") if one.user_id else "",
        )
        for one in connections
    ]


def _out(one: OauthConnection, app: OauthApp | None, client_name: str, user_name: str) -> ConnectionOut:
    now = utcnow()
    # Nobody has tried it since, but everybody sees that it is over.
    ended = one.expires_at is not None and one.expires_at <= now
    refreshes = bool(one.refresh_token) or one.unread_at is not None
    over = one.status in ALIVE and ended and not refreshes
    same = set(ConnectionOut.model_fields) & set(OauthConnection.model_fields) - {"status"}
    return ConnectionOut(
        **one.model_dump(include=same),
        status="expired" if over else one.status,  # type: ignore[arg-type]
        oauth_app_id=one.app_id,
        oauth_client_id=one.client_id,
        app_slug=app.slug if app else "",
        app_name=app.name if app else client_name,
        app_logo=app.logo if app else "",
        user_name=user_name,
        scopes_missing=[s for s in one.scopes_asked if s not in one.scopes_granted],
        refreshes=refreshes,
    )
