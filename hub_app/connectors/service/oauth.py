"""The OAuth connection behind a connector: that of its own client, or one of the member who set it up."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.connectors.schemas.connectors import CredentialType
from hub_app.connectors.service import consent, lookup
from hub_app.connectors.tables import Connector
from hub_app.kernel import db, outbound, rows
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.authorizations import Purpose
from hub_app.kernel.errors import Conflict, NotFound
from hub_app.oauth.service import connections, flows, records, tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a connector's credentials say of its connection."""

    alive: bool
    expires_at: datetime | None = None
    error: str = ""


async def connection_of(tenant_id: UUID, connector: Connector) -> UUID | None:
    """The connection that the connector uses; None when a token was saved instead, or nothing yet."""
    if connector.oauth_client_id is None:
        return connector.oauth_connection_id
    async with db.read(tenant_id) as session:
        return await own_connection(session, connector)


async def state_of(session: AsyncSession, connector: Connector) -> Grant | None:
    """How the connector's connection fares; None when it has none. In the open transaction."""
    connection = connector.oauth_connection_id or await own_connection(session, connector)
    if connection is None:
        return None
    try:
        row = await records.find_any(session, connection)
    except NotFound:
        return Grant(alive=False, error="The OAuth connection is gone. Choose or make another one.")
    if row.status in records.ALIVE:
        return Grant(alive=True, expires_at=row.expires_at)
    return Grant(alive=False, error=row.last_error or "The OAuth connection was disconnected. Connect again.")


async def own_connection(session: AsyncSession, connector: Connector) -> UUID | None:
    """The connection of the connector's own client, in the open transaction."""
    if connector.oauth_client_id is None:
        return None
    return await connections.connection_of_client(session, connector.oauth_client_id)


async def token(
    tenant_id: UUID, connector: Connector, connection: UUID, *, refused: str = ""
) -> tokens.Access:
    """A token that is in force and was given for the connector's host, refreshed when needed. No transaction may be open."""
    own = connector.oauth_client_id is not None
    host = outbound.scheme_host(connector.base_url) if own else None
    return await tokens.access(tenant_id, connection, refused=refused, api_host=host)


async def adopt(
    session: AsyncSession,
    actor: Actor,
    connector: Connector,
    kind: CredentialType,
    text: str,
    expires_at: datetime | None,
) -> None:
    """Give the connection of the connector's own client a token that was got elsewhere, in the open transaction."""
    if connector.oauth_client_id is None:
        return
    access, renewing = (text, "") if kind == "oauth_token" else ("", text)
    await connections.adopt_for_client(
        session,
        actor,
        connector.oauth_client_id,
        access_token=access,
        refresh_token=renewing,
        expires_at=expires_at if access else None,
    )


async def authorize(actor: Actor, connector_id: UUID, origin: str) -> str:
    """Where to send the browser, so that the connector's own OAuth client is allowed to act; it comes back to the
    connector's credentials. `origin` is the address people open Hub at.
    """
    actor.require(Role.CUSTOMER_ADMIN, lookup.WRITE)
    async with db.read(actor.tenant_id) as session:
        connector = await rows.get(session, Connector, connector_id)
    if connector.oauth_client_id is None:
        raise Conflict(f"{connector.display_name} has no OAuth client. Enter its URLs and client ID first.")
    await consent.require(actor.tenant_id, connector)
    back = f"/connectors/{connector_id}?tab=credentials"
    return await flows.start(actor, client=connector.oauth_client_id, purpose=Purpose(back), origin=origin)
