"""The OAuth connection behind a connector."""

from datetime import datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.connectors.schemas.connectors import CredentialType
from hub_app.connectors.tables import Connector
from hub_app.kernel.actor import Actor


async def connection_of(tenant_id: UUID, connector: Connector) -> UUID | None:
    """The connection that the connector uses; None when it has none and a token was saved instead."""
    del tenant_id
    return connector.oauth_connection_id


async def token(tenant_id: UUID, connection: UUID, *, refused: str = "") -> str:
    """A token that is in force, refreshed when needed."""
    raise LookupError(tenant_id, connection, refused)


async def adopt(
    session: AsyncSession,
    actor: Actor,
    connector: Connector,
    kind: CredentialType,
    text: str,
    expires_at: datetime | None,
) -> None:
    """Give the connection of the connector's own client a token that was got elsewhere."""
    raise LookupError(session, actor, connector, kind, text, expires_at)
