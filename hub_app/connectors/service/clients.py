"""A connector as a ready client: for capabilities that make many calls of their own with its credential."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.apiclient.client import Client
from hub_app.apiclient.errors import ApiError
from hub_app.apiclient.quota import Quota, Rate
from hub_app.connectors.service import calling, consent
from hub_app.connectors.service.credentials import Secret
from hub_app.connectors.tables import Connector
from hub_app.governance.service.consents import ConsentRevoked
from hub_app.kernel import audit, db, outbound, rows
from hub_app.kernel.actor import Actor
from hub_app.kernel.errors import NotFound
from hub_app.oauth.service import members

_MOST = 1000
GONE = "Its connector was deleted. Choose another one."


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """How a connector is to be called: `rates` are the limits that its user knows of, `patience` the seconds for which a call waits
    by itself. `before` is awaited before each call; its ApiError ends the work.
    """

    rates: Sequence[Rate] = ()
    patience: float = 0
    max_body: int | None = None
    before: Callable[[], Awaitable[None]] | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A connector that may be called below `base_url`. `ready` gives a client with its credential; it takes a token that the API has
    just refused, "" at first, and refreshes that of an OAuth connection.
    """

    base_url: str
    host: str
    ready: Callable[[str], Awaitable[Client]]


async def opened(actor: Actor, connector_id: UUID, use: Use) -> Opened:
    """Open a connector for work that makes many calls, which is audited as one use of its credential. ApiError when it is gone, off,
    or nobody may use it. No transaction may be open.
    """
    try:
        async with db.begin(actor.tenant_id) as session:
            connector = await rows.get(session, Connector, connector_id)
            if connector.auth_type != "none":
                await audit.act(session, actor, "connector.credential_used", connector)
    except NotFound:
        raise ApiError("credential", GONE) from None
    if not connector.is_active:
        raise ApiError("credential", f"The connector {connector.display_name} is off. Turn it on.")
    await consent.still_holds(actor.tenant_id, connector.id, None)
    host = outbound.scheme_host(connector.base_url).partition("://")[2]
    return Opened(connector.base_url, host, partial(_client, actor.tenant_id, connector, use))


async def _client(tenant_id: UUID, connector: Connector, use: Use, refused: str) -> Client:
    try:
        secret = await calling.secret_of(tenant_id, connector, refused=refused)
    except ConsentRevoked as error:
        raise ApiError("consent", error.detail) from None
    # Those of the credential stand above the connector's own.
    carried = replace(secret, headers={**_lower(connector.default_headers), **_lower(secret.headers)})
    return Client(
        carried,
        tenant_id,
        quota=Quota(f"{connector.id} {secret.version}", use.rates),
        before=partial(_may_call, tenant_id, connector.id, secret, use),
        patience=use.patience,
        max_body=use.max_body,
    )


def _lower(headers: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


async def _may_call(tenant_id: UUID, connector_id: UUID, secret: Secret, use: Use) -> None:
    await consent.still_holds(tenant_id, connector_id, secret.connection)
    if use.before is not None:
        await use.before()


@dataclass(frozen=True, slots=True)
class Known:
    """A connector as others refer to it."""

    id: UUID
    name: str
    auth_type: str


async def known(session: AsyncSession, connector_id: UUID) -> Known | None:
    """The connector, in the open transaction; None when there is none of this id."""
    columns = select(Connector.id, Connector.display_name, Connector.auth_type)
    found = (await session.exec(columns.where(col(Connector.id) == connector_id))).one_or_none()
    return None if found is None else Known(*found)


async def every(session: AsyncSession) -> Sequence[Known]:
    """The tenant's connectors by their names, as many as anyone chooses from, in the open transaction."""
    columns = select(Connector.id, Connector.display_name, Connector.auth_type)
    found = await session.exec(columns.order_by(col(Connector.display_name), col(Connector.id)).limit(_MOST))
    return [Known(*one) for one in found.all()]


async def uses(session: AsyncSession, oauth_connection_id: UUID) -> bool:
    """Whether a connector calls with this OAuth connection, in the open transaction."""
    statement = select(Connector.id).where(col(Connector.oauth_connection_id) == oauth_connection_id)
    return (await session.exec(statement.limit(1))).first() is not None


async def of_member(session: AsyncSession, tenant_id: UUID, user_id: UUID) -> Sequence[UUID]:
    """The tenant's connectors that call with an OAuth connection of this member, in the open transaction."""
    connections = await members.connections_of(session, tenant_id, user_id)
    chosen = select(Connector.id).where(
        Connector.tenant_id == tenant_id, col(Connector.oauth_connection_id).in_(connections)
    )
    return (await session.exec(chosen)).all()
