"""A connector's document: its settings by name (`display_name`, `oauth_config.base_url`), each of which can change by itself,
and the OAuth client or connection that it describes.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.connectors.schemas.connectors import AccessOut, ConnectorIn, ConnectorOut
from hub_app.connectors.service.actions import document_of
from hub_app.connectors.tables import Connector
from hub_app.kernel import edits, outbound, pinned
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.errors import Invalid, NotFound
from hub_app.kernel.validation import renamed, validated
from hub_app.oauth.service import clients, connections, records
from hub_app.oauth.service.clients import ClientIn, ClientOut

# A setting that is only compared: what authenticates. Others' change of it concerns whoever changes a part of it.
SIGN_IN = "sign_in"
CONFIG = "oauth_config."
COLUMNS = {"name", "display_name", "description", "auth_type", "default_headers", "is_active"}
_OF_ACCESS = {"base_url", "auth_header", "auth_prefix", "auth_query"}
_OF_CLIENT = {"authorize_url", "token_url", "revoke_url", "client_id", "client_secret", "scopes", "pkce"}


def version_of(out: ConnectorOut) -> edits.Version:
    """What a document can change; not the state of the credentials, which Hub keeps."""
    own = out.model_dump(mode="json", by_alias=True, include=COLUMNS | {"actions"})
    fields = edits.Version.of({**own, SIGN_IN: sign_in(out)}).fields
    return edits.Version({**fields, **out.oauth_config.version.fields})


def sign_in(one: ConnectorIn | ConnectorOut) -> str:
    """How a connector authenticates: `api_key`, `oauth by connection`."""
    if one.auth_type != "oauth":
        return one.auth_type
    config = one.oauth_config
    by = "client" if config.authorize_url or config.token_url or config.client_id else "token"
    return f"oauth by {'connection' if config.connection_id else by}"


def settings_of(one: ConnectorIn | ConnectorOut) -> dict[str, object]:
    """A document's settings as `edit_connector` takes them. A client secret is among them when one is given."""
    own = one.model_dump(mode="json", include=COLUMNS - {"is_active"})
    config = one.oauth_config.model_dump(mode="json", exclude={"has_client_secret"})
    if config.get("client_secret") is None:
        config.pop("client_secret", None)
    return {**own, SIGN_IN: sign_in(one), **{f"{CONFIG}{name}": value for name, value in config.items()}}


def merged(one: ConnectorOut, changes: Mapping[str, object]) -> ConnectorIn:
    """The connector's document with these changes; Invalid names what does not go together."""
    settings = {**settings_of(one), **changes}
    del settings[SIGN_IN]
    config = {name.removeprefix(CONFIG): settings.pop(name) for name in list(settings) if CONFIG in name}
    actions = [document_of(action) for action in one.actions]
    document = {**settings, "is_active": one.is_active, "oauth_config": config, "actions": actions}
    return validated(ConnectorIn, document)


async def check_addresses(given: ConnectorIn, there: AccessOut | None = None) -> None:
    """Invalid, naming the fields, for what Hub would never call, or an OAuth client that lacks something.

    Addresses that are `there` already are left alone: every call is checked where it goes. Before the transaction:
    names are resolved.
    """
    await outbound.check_urls({"base_url": given.oauth_config.base_url}, prefix=CONFIG, there=there)
    client = _client_in(given)
    if client is not None:
        if given.oauth_config.connection_id is not None:
            raise Invalid.field(
                f"{CONFIG}connection_id", "stands in place of a client of your own: give one or the other"
            )
        await clients.check_client(client, prefix=CONFIG, there=there)


def columns(given: ConnectorIn) -> dict[str, Any]:
    """What the connector's own row keeps of a document."""
    return given.model_dump(include=COLUMNS) | given.oauth_config.model_dump(include=_OF_ACCESS)


async def save_access(session: AsyncSession, actor: Actor, connector: Connector, given: ConnectorIn) -> None:
    """Keep the OAuth part, in the open transaction; before the connector's own row changes."""
    client = _client_in(given)
    if client is not None:
        host = pinned.host_of(given.oauth_config.base_url)
        with renamed(lambda one: CONFIG + one.field):
            connector.oauth_client_id = await clients.save_client(
                session, actor, connector.oauth_client_id, client, api_host=host, connector_id=connector.id
            )
    elif connector.oauth_client_id is not None:
        await remove_client(session, actor, connector)
        connector.oauth_client_id = None
    await _use_connection(session, actor, connector, given)


async def remove_client(session: AsyncSession, actor: Actor, connector: Connector) -> None:
    """Delete the OAuth client that was the connector's own, with its tokens, in the open transaction."""
    if connector.oauth_client_id is not None:
        await clients.delete_client(session, actor, connector.oauth_client_id)


async def access_out(session: AsyncSession, actor: Actor, connector: Connector) -> AccessOut:
    """The connector's access, without secrets."""
    out = AccessOut(**connector.model_dump(include=_OF_ACCESS), connection_id=connector.oauth_connection_id)
    if connector.oauth_client_id is None:
        return out.of(partial(_access_version, out))
    client = await clients.get_client(session, actor, connector.oauth_client_id)
    shown = client.model_dump(include=_OF_CLIENT - {"client_secret"})
    out = out.model_copy(update={**shown, "has_client_secret": bool(client.secret_hint)})
    return out.of(partial(_access_version, out, client))


def _access_version(out: AccessOut, client: ClientOut | None = None) -> edits.Version:
    settings = out.model_dump(mode="json", exclude={"has_client_secret"})
    fields = dict(edits.Version.of({f"{CONFIG}{name}": value for name, value in settings.items()}).fields)
    if client is not None:
        fields[f"{CONFIG}client_secret"] = client.version.fields["client_secret"]
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
        not_own = Invalid.field(f"{CONFIG}connection_id", "is not one of your own OAuth connections")
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
    with renamed(lambda one: CONFIG + one.field):
        return validated(ClientIn, {"name": given.display_name, **described})
