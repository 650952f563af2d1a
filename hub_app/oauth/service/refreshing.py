"""Refreshing a connection's access token under a lease, and what comes of it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.apiclient.errors import ApiError
from hub_app.kernel import db, underway
from hub_app.kernel.actor import system_actor
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import NotFound
from hub_app.kernel.vault import SealBroken
from hub_app.oauth import exchange, protocol
from hub_app.oauth.provider import Account, Grant, Tokens, Unreadable
from hub_app.oauth.service import records, unread
from hub_app.oauth.service.leases import Held, still
from hub_app.oauth.tables import OauthConnection

# A provider that is down is not asked by everybody who waits.
_PAUSE = timedelta(seconds=10)
# What does not open now will not open by itself.
_LONG_PAUSE = timedelta(hours=1)
_TRIES = 5
_log = logging.getLogger(__name__)
_running: set[asyncio.Task[None]] = set()


async def renew(held: Held) -> None:
    """Refresh it and let go of it, even if the caller goes away meanwhile."""
    task = asyncio.ensure_future(_renew(held))
    _running.add(task)
    task.add_done_callback(_running.discard)
    await asyncio.shield(task)


@underway.counted
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
    raise ApiError("auth", f"{held.provider.name} issued tokens for another account ({whose}).")


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


async def finish() -> None:
    """Wait for the refreshes that are under way: a rotated token that is not stored is lost."""
    if _running:
        await asyncio.wait(_running)


async def _store(held: Held, tokens: Tokens, grant: Grant) -> None:
    async with db.begin(held.tenant_id) as session:
        connection = await still(session, held.id, held.lease)
        if connection is not None:
            if grant == "refresh":
                records.fill(connection, tokens, now=utcnow())
            else:
                records.settle(connection, tokens)
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
        connection = await still(session, held.id, held.lease)
        if connection is not None:
            unread.keep(connection, error)
            _pause(session, connection, _PAUSE)


async def _is_gone(held: Held) -> bool:
    async with db.read(held.tenant_id) as session:
        try:
            return (await records.find_any(session, held.id)).status == "revoked"
        except NotFound:
            return True


async def _failed(held: Held, error: ApiError) -> None:
    """Note that the provider gave no tokens: the connection has ended, is in error, or is tried again later as it is."""
    if error.reauthorize:
        reason = f"{error} It was revoked there or has expired."
        return await expire(held.tenant_id, held.id, held.lease, reason)
    refused = error.status is not None and not error.retryable
    return await put_off(held.tenant_id, held.id, "error" if refused else None, str(error), lease=held.lease)


async def expire(tenant_id: UUID, connection_id: UUID, lease: UUID | None, reason: str) -> None:
    """Note that the access has ended: only connecting again helps."""
    async with db.begin(tenant_id) as session:
        connection = await still(session, connection_id, lease)
        if connection is not None:
            await records.expire(session, system_actor(tenant_id, "OAuth"), connection, reason)


async def put_off(
    tenant_id: UUID,
    connection_id: UUID,
    status: str | None,
    reason: str,
    *,
    lease: UUID | None = None,
    pause: timedelta = _PAUSE,
) -> None:
    """Note a failure; `status` None leaves it as it is."""
    async with db.begin(tenant_id) as session:
        connection = await still(session, connection_id, lease)
        if connection is not None:
            connection.status, connection.last_error = status or connection.status, reason[:500]
            _pause(session, connection, pause)


async def put_off_unopened(tenant_id: UUID, connection_id: UUID, error: SealBroken) -> None:
    """Note that what is stored of a connection does not open; it is not tried again for an hour."""
    await put_off(tenant_id, connection_id, "error", error.detail, pause=_LONG_PAUSE)


def _pause(session: AsyncSession, connection: OauthConnection, pause: timedelta) -> None:
    """Let go of it, and let nobody try again at once."""
    connection.lease = connection.lease_until = None
    connection.retry_at = utcnow() + pause
    records.changed(session, connection)
