"""The one way to use a connection: its access token, refreshed when it must be (`leases.py`, `refreshing.py`)."""

import time
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from hub_app.kernel import db, signals
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Conflict, Unavailable
from hub_app.kernel.vault import open_field
from hub_app.oauth import exchange
from hub_app.oauth.service import consent, leases, records, refreshing
from hub_app.oauth.service.providers import registration_of
from hub_app.oauth.tables import OauthConnection

_MARGIN = timedelta(seconds=60)
_PATIENCE = exchange.TIMEOUT + 90
_LOOK_AGAIN = 1.0


class NotConnected(Conflict):
    """A connection cannot be used until somebody connects it again."""

    title = "Not connected"


class RefreshFailed(Unavailable):
    """The access token has run out and could not be refreshed now; it may work later."""


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

    NotConnected when somebody must connect again, or the token was given for another host; ConsentRevoked when nobody may use
    it; RefreshFailed when the provider does not answer, NotFound. No transaction may be open.
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
            held = await leases.take(connection)
            if held is not None:
                await refreshing.renew(held)
            elif time.monotonic() > end:
                raise RefreshFailed(f"The connection to {name} is being refreshed. Try again in a minute.")
            else:
                await changed.wait(_LOOK_AGAIN)


async def refresh(tenant_id: UUID, connection_id: UUID) -> None:
    """Refresh now, whatever the token's age; errors as of `access_token`."""
    connection, _ = await _look(tenant_id, connection_id)
    token = open_field(connection, "access_token") if connection.access_token else ""
    await access_token(tenant_id, connection_id, refused=token)


async def _look(tenant_id: UUID, connection_id: UUID) -> tuple[OauthConnection, str]:
    """The connection with its provider's name, once it is known that it may be used."""
    async with db.read(tenant_id) as session:
        connection = await records.find_any(session, connection_id)
        registration = await registration_of(session, connection)
    await consent.require(connection, registration)
    return connection, registration.name


def _require_host(connection: OauthConnection, name: str, api_host: str | None) -> None:
    """NotConnected when the token was given for another host than the one it shall be sent to."""
    if api_host is not None and (connection.hosts or {}).get("api") != api_host:
        raise NotConnected(
            f"The connection to {name} was made for another host than {api_host}: the connector's address was changed."
            " Run it again. If it keeps happening, connect again."
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
            reason = f"Access has expired, and {name} issued no refresh token."
            await refreshing.expire(connection.tenant_id, connection.id, None, reason)
            raise NotConnected(f"The connection to {name} has expired. Connect it again.")
        reason = f"{name} refused the access token, and issued no refresh token."
        if refused:
            await refreshing.put_off(connection.tenant_id, connection.id, "error", reason)
        raise NotConnected(f"{reason} Connect it again.")
    if put_off:
        raise RefreshFailed(f"The connection to {name} could not be refreshed. {connection.last_error}")
