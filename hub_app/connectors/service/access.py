"""How a connector reaches its API: its addresses, and the OAuth client or connection that it uses."""

from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.connectors.schemas.connectors import AccessOut, ConnectorIn
from hub_app.connectors.tables import Connector
from hub_app.kernel import outbound
from hub_app.kernel.actor import Actor
from hub_app.kernel.errors import FieldError, Invalid

_URLS = ("base_url", "authorize_url", "token_url", "revoke_url")
_PLAIN = {"base_url", "auth_header", "auth_prefix", "auth_query"}


async def check_addresses(given: ConnectorIn) -> None:
    """Invalid, naming each field, for URLs that Hub would never call."""
    errors: list[FieldError] = []
    for name in _URLS:
        url = getattr(given.oauth_config, name)
        if not url:
            continue
        try:
            await outbound.get_client().check_url(url)
        except (outbound.InvalidUrl, outbound.RefusedAddress) as error:
            errors.append(FieldError(f"oauth_config.{name}", str(error)))
    if errors:
        raise Invalid(errors)


def columns(given: ConnectorIn) -> dict[str, object]:
    """What the connector's own row keeps of it."""
    return given.oauth_config.model_dump(include=_PLAIN)


async def save(session: AsyncSession, actor: Actor, connector: Connector, given: ConnectorIn) -> None:
    """Keep the OAuth part, in the open transaction."""
    del session, actor
    connector.oauth_connection_id = given.oauth_config.connection_id if given.auth_type == "oauth" else None


async def remove(session: AsyncSession, actor: Actor, connector: Connector) -> None:
    """Delete the OAuth client that was the connector's own, in the open transaction."""
    del session, actor, connector


async def config_out(session: AsyncSession, connector: Connector) -> AccessOut:
    """The connector's access, without secrets."""
    del session
    return AccessOut(**connector.model_dump(include=_PLAIN), connection_id=connector.oauth_connection_id)
