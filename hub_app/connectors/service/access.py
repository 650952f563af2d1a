"""How a connector reaches its API: its addresses, and the OAuth client or connection that it uses."""

from functools import partial

from pydantic import ValidationError
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.connectors.schemas.connectors import AccessOut, ConnectorIn
from hub_app.connectors.tables import Connector
from hub_app.kernel import edits, outbound, pinned
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.errors import FieldError, Invalid, NotFound
from hub_app.kernel.validation import field_errors
from hub_app.oauth.service import clients, connections, records
from hub_app.oauth.service.clients import ClientIn, ClientOut

_PLAIN = {"base_url", "auth_header", "auth_prefix", "auth_query"}
_OF_CLIENT = {"authorize_url", "token_url", "revoke_url", "client_id", "client_secret", "scopes", "pkce"}
_PREFIX = "oauth_config."


async def check_addresses(given: ConnectorIn, there: AccessOut | None = None) -> None:
    """Invalid, naming the fields, for what Hub would never call, or an OAuth client that lacks something.

    Addresses that are `there` already are left alone: every call is checked where it goes. Before the transaction:
    names are resolved.
    """
    await outbound.check_urls({"base_url": given.oauth_config.base_url}, prefix=_PREFIX, there=there)
    client = _client_in(given)
    if client is not None:
        if given.oauth_config.connection_id is not None:
            raise Invalid.field(
                f"{_PREFIX}connection_id", "stands in place of a client of your own: give one or the other"
            )
        await clients.check_client(client, prefix=_PREFIX, there=there)


def columns(given: ConnectorIn) -> dict[str, object]:
    """What the connector's own row keeps of it."""
    return given.oauth_config.model_dump(include=_PLAIN)


async def save(session: AsyncSession, actor: Actor, connector: Connector, given: ConnectorIn) -> None:
    """Keep the OAuth part, in the open transaction; before the connector's own row changes."""
    client = _client_in(given)
    if client is not None:
        try:
            host = pinned.host_of(given.oauth_config.base_url)
            ref = await clients.save_client(session, actor, connector.oauth_client_id, client, api_host=host)
        except Invalid as error:
            raise Invalid([FieldError(_PREFIX + one.field, one.message) for one in error.errors]) from None
        connector.oauth_client_id = ref
    elif connector.oauth_client_id is not None:
        await remove(session, actor, connector)
        connector.oauth_client_id = None
    await _use_connection(session, actor, connector, given)


async def remove(session: AsyncSession, actor: Actor, connector: Connector) -> None:
    """Delete the OAuth client that was the connector's own, with its tokens, in the open transaction."""
    if connector.oauth_client_id is not None:
        await clients.delete_client(session, actor, connector.oauth_client_id)


async def config_out(session: AsyncSession, actor: Actor, connector: Connector) -> AccessOut:
    """The connector's access, without secrets."""
    out = AccessOut(**connector.model_dump(include=_PLAIN), connection_id=connector.oauth_connection_id)
    if connector.oauth_client_id is None:
        return out.of(partial(_version, out))
    client = await clients.get_client(session, actor, connector.oauth_client_id)
    shown = client.model_dump(include=_OF_CLIENT - {"client_secret"})
    out = out.model_copy(update={**shown, "has_client_secret": bool(client.secret_hint)})
    return out.of(partial(_version, out, client))


def _version(out: AccessOut, client: ClientOut | None = None) -> edits.Version:
    settings = out.model_dump(mode="json", exclude={"has_client_secret"})
    fields = dict(edits.Version.of({f"{_PREFIX}{name}": value for name, value in settings.items()}).fields)
    if client is not None:
        fields[f"{_PREFIX}client_secret"] = client.version.fields["client_secret"]
    return edits.Version(fields)


async def _use_connection(
    session: AsyncSession, actor: Actor, connector: Connector, given: ConnectorIn
) -> None:
    """Let the connector use an OAuth connection that is there: one's own, since its token goes to the base URL."""
    wanted = given.oauth_config.connection_id if given.auth_type == "oauth" else None
    moves = pinned.leaves([connector.base_url], [given.oauth_config.base_url])
    if wanted is not None and (moves or wanted != connector.oauth_connection_id):
        # Its token goes wherever this connector calls: a token for connectors alone must not reach it.
        actor.require(Role.ENGINEER, connections.WRITE)
        not_own = Invalid.field(f"{_PREFIX}connection_id", "is not one of your own OAuth connections")
        try:
            connection = await records.find(session, actor, wanted, others=False)
        except NotFound:
            raise not_own from None
        if connection.user_id != actor.user_id:
            raise not_own
    connector.oauth_connection_id = wanted


def _client_in(given: ConnectorIn) -> ClientIn | None:
    """The OAuth client that the document describes; Invalid when it lacks something."""
    if not given.oauth_config.has_client:
        return None
    if given.auth_type != "oauth":
        raise Invalid.field("auth_type", "must be oauth for a connector with an OAuth client of its own")
    described = given.oauth_config.model_dump(include=_OF_CLIENT)
    try:
        return ClientIn.model_validate({"name": given.display_name, **described})
    except ValidationError as error:
        found = field_errors(error.errors(include_url=False, include_input=False))
        raise Invalid([FieldError(_PREFIX + one.field, one.message) for one in found]) from None
