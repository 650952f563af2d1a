"""The one way to use a connection: its access token, refreshed when it must be, exactly once over all processes.

Most providers rotate refresh tokens and end the whole grant when one is used twice. So whoever refreshes takes a lease in
the row first, under the condition that the token is still the one that was seen; the others wait and look again.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple, cast
from uuid import UUID

from sqlalchemy import ColumnElement, and_, tuple_, update
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.apiclient.errors import ApiError
from hub_app.kernel import db, signals
from hub_app.kernel.actor import system_actor
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Conflict, NotFound, Unavailable
from hub_app.kernel.ids import new_id
from hub_app.kernel.vault import SealBroken, open_field
from hub_app.oauth import exchange, protocol
from hub_app.oauth.provider import (
    Account,
    Answer,
    Grant,
    Provider,
    Tokens,
    Unreadable,
)
from hub_app.oauth.service import hosts, records, unread
from hub_app.oauth.service.providers import provider_of, registration_of
from hub_app.oauth.tables import OauthConnection

_MARGIN = timedelta(seconds=60)
# Longer than a refresh may take, so that nobody else begins one meanwhile.
_LEASE = timedelta(seconds=exchange.TIMEOUT + 60)
_PATIENCE = exchange.TIMEOUT + 90
_LOOK_AGAIN = 1.0
# A provider that is down is not asked by everybody who waits.
_PAUSE = timedelta(seconds=10)
# What does not open now will not open by itself.
_LONG_PAUSE = timedelta(hours=1)
_TRIES = 5
_log = logging.getLogger(__name__)
_running: set[asyncio.Task[None]] = set()


class NotConnected(Conflict):
    """A connection cannot be used until somebody connects it again."""

    title = "Not connected"


class RefreshFailed(Unavailable):
    """The access token has run out and could not be refreshed now; it may work later."""


@dataclass(frozen=True, slots=True)
class Held:
    """A connection that this task alone may refresh."""

    tenant_id: UUID
    id: UUID
    lease: UUID
    provider: Provider
    refresh_token: str = field(repr=False)
    account_id: str = ""
    unread: Answer | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """A token that holds for a while. `version` changes when somebody allows the access anew: it may be another account."""

    token: str = field(repr=False)
    version: str


async def access_token(tenant_id: UUID, connection_id: UUID, *, refused: str = "") -> str:
    """The token of `access`."""
    return (await access(tenant_id, connection_id, refused=refused)).token


async def access(
    tenant_id: UUID, connection_id: UUID, *, refused: str = "", api_host: str | None = None
) -> Access:
    """A token that holds for a while; `refused` is one that the API has just answered with 401, `api_host` the one that
    it shall be sent to, when the connection is that of a connector's own client.

    NotConnected when somebody must connect again, or the token was given for another host; RefreshFailed when the
    provider does not answer, NotFound. No transaction may be open.
    """
    first: bytes | None = None
    end = time.monotonic() + _PATIENCE
    with signals.watch(records.topic(connection_id)) as changed:
        while True:
            connection, name = await _look(tenant_id, connection_id)
            _require_host(connection, name, api_host)
            token = _usable(connection, refused, first)
            if token:
                allowed = round(connection.connected_at.timestamp() * 1_000_000)
                return Access(token, f"{connection_id} {allowed}")
            first = connection.access_token if first is None else first
            await _require_refreshable(connection, name, refused)
            held = await take(connection)
            if held is not None:
                await _to_the_end(_renew(held))
            elif time.monotonic() > end:
                raise RefreshFailed(f"The connection to {name} is being refreshed. Try again in a minute.")
            else:
                await changed.wait(_LOOK_AGAIN)


async def refresh(tenant_id: UUID, connection_id: UUID) -> None:
    """Refresh now, whatever the token's age; errors as of `access_token`."""
    connection, _ = await _look(tenant_id, connection_id)
    token = open_field(connection, "access_token") if connection.access_token else ""
    await access_token(tenant_id, connection_id, refused=token)


async def finish() -> None:
    """Wait for the refreshes that are under way: a rotated token that is not stored is lost."""
    if _running:
        await asyncio.wait(_running)


async def _look(tenant_id: UUID, connection_id: UUID) -> tuple[OauthConnection, str]:
    async with db.read(tenant_id) as session:
        connection = await records.find_any(session, connection_id)
        return connection, (await registration_of(session, connection)).name


def _require_host(connection: OauthConnection, name: str, api_host: str | None) -> None:
    """NotConnected when the token was given for another host than the one it shall be sent to."""
    if api_host is not None and (connection.hosts or {}).get("api") != api_host:
        raise NotConnected(
            f"The connection to {name} was made for another host than {api_host}: the connector's address was changed."
            " Run it again; connect again if this stays."
        )


def _usable(connection: OauthConnection, refused: str, first: bytes | None) -> str:
    """The connection's token, if it is good enough; else "". `first` is the sealed one that was seen at first."""
    if connection.status not in records.ALIVE or not connection.access_token:
        return ""
    token = open_field(connection, "access_token")
    new = first not in (None, connection.access_token)
    if token == refused and not new:
        return ""
    now = utcnow()
    if connection.expires_at is None or connection.expires_at - now > _margin(connection):
        return token
    put_off = connection.retry_at is not None and connection.retry_at > now
    holds = connection.expires_at > now
    return token if holds and (new or put_off or not connection.refresh_token) else ""


def _margin(connection: OauthConnection) -> timedelta:
    """How long before its end a token is refreshed: a minute, less for tokens that hold for minutes only."""
    if connection.expires_at is None or connection.last_refreshed_at is None:
        return _MARGIN
    return min(_MARGIN, (connection.expires_at - connection.last_refreshed_at) / 4)


async def _require_refreshable(connection: OauthConnection, name: str, refused: str) -> None:
    """NotConnected or RefreshFailed when a refresh cannot help, or was just tried."""
    now = utcnow()
    if connection.status == "revoked":
        raise NotConnected(f"The connection to {name} was disconnected. Connect it again to use it.")
    put_off = connection.retry_at is not None and connection.retry_at > now
    if connection.status not in records.ALIVE and (put_off or connection.unread_at is None):
        raise NotConnected(f"The connection to {name} has expired. Connect it again: {connection.last_error}")
    if not connection.refresh_token and connection.unread_at is None:
        if connection.expires_at is not None and connection.expires_at <= now:
            reason = f"The access has run out, and {name} gave no refresh token to prolong it."
            await _ended(connection.tenant_id, connection.id, None, reason)
            raise NotConnected(f"The connection to {name} has expired. Connect it again.")
        reason = f"{name} refused the access token, and gave no refresh token to get another one."
        if refused:
            await _put_off(connection.tenant_id, connection.id, None, "error", reason)
        raise NotConnected(f"{reason} Connect it again.")
    if put_off:
        raise RefreshFailed(f"The connection to {name} could not be refreshed. {connection.last_error}")


def _refreshable() -> ColumnElement[bool]:
    """Alive, or ended with an answer that may be understood by now."""
    unread_at, status = col(OauthConnection.unread_at), col(OauthConnection.status)
    return or_(status.in_(records.ALIVE), and_(status == "expired", unread_at.is_not(None)))


async def take(seen: OauthConnection) -> Held | None:
    """The lease on a connection whose token is still the one seen; None when someone else has it or was quicker, or when
    the provider's addresses have other hosts than those that the token was given for: then it ends.
    """
    now, lease = utcnow(), new_id()
    # Before anything is written: nobody could refresh under a lease whose token does not open.
    refresh_token = open_field(seen, "refresh_token") if seen.refresh_token else ""
    async with db.begin(seen.tenant_id) as session:
        taken = await session.exec(
            update(OauthConnection)
            .where(
                col(OauthConnection.id) == seen.id,
                _refreshable(),
                col(OauthConnection.access_token) == seen.access_token,
                col(OauthConnection.refresh_token) == seen.refresh_token,
                or_(col(OauthConnection.lease).is_(None), col(OauthConnection.lease_until) <= now),
                # Somebody may have failed since it was seen.
                or_(col(OauthConnection.retry_at).is_(None), col(OauthConnection.retry_at) <= now),
            )
            # Nothing that anybody would call a change.
            .values(lease=lease, lease_until=now + _LEASE, updated_at=col(OauthConnection.updated_at))
            .execution_options(synchronize_session=False)
        )
        if taken.rowcount != 1:
            return None
        connection = await records.find_any(session, seen.id)
        registration = await registration_of(session, connection)
        if hosts.left(connection.hosts, hosts.of(registration)):
            records.empty(connection, "expired", "The provider's address was changed. Connect again.")
            session.add(connection)
            records.changed(session, connection)
            return None
        provider, answer = provider_of(registration), unread.kept(connection)
    return Held(seen.tenant_id, seen.id, lease, provider, refresh_token, connection.account_id, answer)


async def _to_the_end(work: Awaitable[None]) -> None:
    """Do `work` even if the caller goes away meanwhile."""
    task = asyncio.ensure_future(work)
    _running.add(task)
    task.add_done_callback(_running.discard)
    await asyncio.shield(task)


async def _renew(held: Held) -> None:
    try:
        tokens, grant = await _newest(held)
    except Unreadable as error:
        unreadable = error
        await _surely(lambda: _keep(held, unreadable))
    except ApiError as error:
        failure = error
        await _surely(lambda: _failed(held, failure))
    else:
        await _surely(lambda: _store(held, tokens, grant))


async def _newest(held: Held) -> tuple[Tokens, Grant]:
    """What a kept answer gives now that it may be understood; else what the provider gives for the refresh token."""
    if held.unread is not None:
        try:
            tokens = await exchange.understood(held.provider, held.unread)
            if held.unread.grant == "code":
                _require_account(held, tokens)
        except ApiError as error:
            spent = held.unread.grant == "refresh" and protocol.may_hold_tokens(held.unread)
            if spent or not held.refresh_token:
                raise Unreadable(str(error), held.unread) from None
        else:
            return tokens, held.unread.grant
    return await exchange.by_refresh_token(held.provider, held.refresh_token), "refresh"


def _require_account(held: Held, tokens: Tokens) -> None:
    """ApiError when the tokens for a code are not, or may not be, those of the connection's account."""
    account = tokens.account or Account()
    if held.account_id in ("", account.id):
        return
    whose = account.name or account.id or "nobody that the provider names"
    raise ApiError("auth", f"What {held.provider.name} gave is for another account ({whose}).")


async def _surely(write: Callable[[], Awaitable[None]]) -> None:
    """Write, again when the database fails: the old refresh token is spent, and the new one is nowhere else."""
    for attempt in range(1, _TRIES + 1):
        try:
            return await write()
        except SQLAlchemyError:
            if attempt == _TRIES:
                raise
            _log.warning("A refreshed connection could not be written; trying again.")
            await asyncio.sleep(attempt)
    return None


async def _store(held: Held, tokens: Tokens, grant: Grant) -> None:
    async with db.begin(held.tenant_id) as session:
        connection = await _still(session, held.id, held.lease)
        if connection is not None:
            if grant == "refresh":
                records.fill(connection, tokens, now=utcnow())
            else:
                records.settle(connection, tokens)
            session.add(connection)
            records.changed(session, connection)
            return
    # Disconnected meanwhile: what came too late is given back.
    _log.warning("Connection %s was changed while it was being refreshed.", held.id)
    if await _is_gone(held):
        await exchange.revoke(
            held.provider, access_token=tokens.access_token, refresh_token=tokens.refresh_token
        )


async def _keep(held: Held, error: Unreadable) -> None:
    """Keep an answer that was not understood, and do not ask again at once."""
    async with db.begin(held.tenant_id) as session:
        connection = await _still(session, held.id, held.lease)
        if connection is not None:
            unread.keep(connection, error)
            connection.lease = connection.lease_until = None
            connection.retry_at = utcnow() + _PAUSE
            session.add(connection)
            records.changed(session, connection)


async def _is_gone(held: Held) -> bool:
    async with db.read(held.tenant_id) as session:
        try:
            return (await records.find_any(session, held.id)).status == "revoked"
        except NotFound:
            return True


async def put_off_unopened(tenant_id: UUID, connection_id: UUID, error: SealBroken) -> None:
    """Note that what is stored of a connection does not open; it is not tried again for an hour."""
    await _put_off(tenant_id, connection_id, None, "error", error.detail, pause=_LONG_PAUSE)


async def _ended(tenant_id: UUID, connection_id: UUID, lease: UUID | None, reason: str) -> None:
    async with db.begin(tenant_id) as session:
        connection = await _still(session, connection_id, lease)
        if connection is not None:
            await records.expire(session, system_actor(tenant_id, "OAuth"), connection, reason)


async def _failed(held: Held, error: ApiError) -> None:
    """Note that the provider gave no tokens: the connection has ended, is in error, or is tried again later as it is."""
    if error.reauthorize:
        reason = f"{error} It was revoked there, or has run out."
        return await _ended(held.tenant_id, held.id, held.lease, reason)
    refused = error.status is not None and not error.retryable
    return await _put_off(held.tenant_id, held.id, held.lease, "error" if refused else None, str(error))


async def _put_off(
    tenant_id: UUID,
    connection_id: UUID,
    lease: UUID | None,
    status: str | None,
    reason: str,
    *,
    pause: timedelta = _PAUSE,
) -> None:
    """Note a failure; `status` None leaves it as it is."""
    async with db.begin(tenant_id) as session:
        connection = await _still(session, connection_id, lease)
        if connection is not None:
            connection.status, connection.last_error = status or connection.status, reason[:500]
            connection.lease = connection.lease_until = None
            connection.retry_at = utcnow() + pause
            session.add(connection)
            records.changed(session, connection)


async def _still(session: AsyncSession, connection_id: UUID, lease: UUID | None) -> OauthConnection | None:
    """The connection under this lease (or under none), locked; None when it has ended or is not ours any more."""
    mine = col(OauthConnection.lease).is_(None) if lease is None else col(OauthConnection.lease) == lease
    statement = select(OauthConnection).where(OauthConnection.id == connection_id, mine, _refreshable())
    return (await session.exec(statement.with_for_update())).one_or_none()


class Due(NamedTuple):
    """A connection that expires soon, in the order in which they do."""

    expires_at: datetime
    tenant_id: UUID
    id: UUID


async def due(now: datetime, soon: timedelta, after: Due, limit: int) -> list[Due]:
    """Connections beyond `after` that expire soon after `now`, or have without anybody's noticing.

    Those that were refreshed since `now` are not among them: a token that holds for less than `soon` would be due again at
    once, and a round that began at `now` would never end.
    """
    key = (
        cast("ColumnElement[datetime]", col(OauthConnection.expires_at)),
        col(OauthConnection.tenant_id),
        col(OauthConnection.id),
    )
    statement = (
        select(*key)
        .where(
            col(OauthConnection.status).in_(records.ALIVE),
            col(OauthConnection.expires_at) <= now + soon,
            or_(col(OauthConnection.refresh_token) != b"", col(OauthConnection.expires_at) <= now),
            or_(col(OauthConnection.lease).is_(None), col(OauthConnection.lease_until) <= now),
            or_(col(OauthConnection.retry_at).is_(None), col(OauthConnection.retry_at) <= now),
            or_(
                col(OauthConnection.last_refreshed_at).is_(None),
                col(OauthConnection.last_refreshed_at) <= now,
            ),
            tuple_(*key) > after,
        )
        .order_by(*key)
        .limit(limit)
    )
    async with db.system("which connections expire soon?") as session:
        return [Due(*one) for one in (await session.exec(statement)).all()]
