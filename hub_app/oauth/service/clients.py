"""Tenants' own OAuth clients, which custom connectors bring along. Their use cases run in the connectors' transactions."""

from functools import partial
from typing import Protocol
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import audit, edits, outbound, rows
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.errors import Invalid
from hub_app.oauth.schemas import ClientIn, ClientOut
from hub_app.oauth.service import hosts, providers
from hub_app.oauth.tables import OauthClient

READ = "read:connectors"
WRITE = "write:connectors"
_URLS = ("authorize_url", "token_url", "revoke_url")


class Addresses(Protocol):
    """Where a client's provider is."""

    authorize_url: str
    token_url: str
    revoke_url: str


async def check_client(given: ClientIn, *, prefix: str = "", there: Addresses | None = None) -> None:
    """Invalid, with fields under `prefix` (`oauth_config.`), when an address may not be called that is not `there` yet.

    Before the transaction: names are resolved.
    """
    urls = {name: str(getattr(given, name)) for name in _URLS}
    await outbound.check_urls(urls, prefix=prefix, there=there)


async def save_client(
    session: AsyncSession,
    actor: Actor,
    client_ref: UUID | None,
    given: ClientIn,
    *,
    api_host: str = "",
    connector_id: UUID | None = None,
) -> UUID:
    """Make a client, or change the one with this id; its id. `check_client` goes before.

    `connector_id` is the connector that it is made for; `api_host` (scheme and host) is where its tokens are used. With another one, or another host of the provider's, its
    connection has to be made again; in the latter case Invalid, unless the client secret comes along.
    """
    actor.require(Role.CUSTOMER_ADMIN, WRITE)
    if client_ref is None:
        client = OauthClient(tenant_id=actor.tenant_id, name=given.name)
    else:
        client = await rows.get(session, OauthClient, client_ref, lock=True)
    before, had_secret = hosts.of(client), bool(client.client_secret)
    client.api_host, client.connector_id = api_host, connector_id
    for name, value in given.model_dump(exclude={"client_secret", "scopes"}).items():
        setattr(client, name, value)
    client.default_scopes = given.scopes
    client.scopes = dict.fromkeys(given.scopes, "")
    if given.client_secret is not None:
        providers.seal_secret(client, given.client_secret.get_secret_value())
    session.add(client)
    await session.flush()
    if hosts.provider_left(before, hosts.of(client)):
        if had_secret and given.client_secret is None:
            raise Invalid.field("client_secret", "must be entered again, because an address has another host")
        await hosts.forget(session, client, "The provider's address was changed. Connect again.")
    elif client_ref is not None and before["api"] != api_host:
        await hosts.forget(session, client, "The connector's address was changed. Connect again.")
    verb = "created" if client_ref is None else "updated"
    await _audit(session, actor, verb, client)
    return client.id


async def get_client(session: AsyncSession, actor: Actor, client_ref: UUID) -> ClientOut:
    """A client of the tenant, without its secret."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    client = await rows.get(session, OauthClient, client_ref)
    values = client.model_dump(include=set(ClientOut.model_fields) - {"scopes"})
    return ClientOut(**values, scopes=client.default_scopes).of(partial(_version, client))


def _version(client: OauthClient) -> edits.Version:
    settings = client.model_dump(include=set(ClientIn.model_fields) - {"client_secret", "scopes"})
    secret = edits.sealed(client, "client_secret")
    return edits.Version.of({**settings, "scopes": client.default_scopes, "client_secret": secret})


async def delete_client(session: AsyncSession, actor: Actor, client_ref: UUID) -> None:
    """Delete a client with its connections."""
    actor.require(Role.CUSTOMER_ADMIN, WRITE)
    client = await rows.get(session, OauthClient, client_ref)
    await session.delete(client)
    await _audit(session, actor, "deleted", client)


async def _audit(session: AsyncSession, actor: Actor, verb: str, client: OauthClient) -> None:
    await audit.act(
        session,
        actor,
        f"oauth.client.{verb}",
        client,
        name=client.name,
        token_host=outbound.scheme_host(client.token_url),
    )
