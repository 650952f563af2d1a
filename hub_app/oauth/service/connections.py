"""Connections: listed, taken over from elsewhere, refreshed by hand, disconnected."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import defer
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.apiclient.errors import ApiError
from hub_app.governance.schemas.consents import Agreement
from hub_app.governance.service import consents
from hub_app.kernel import db, paging, rows, underway
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Conflict, Invalid
from hub_app.kernel.ids import new_id
from hub_app.kernel.vault import SealBroken, open_field
from hub_app.oauth import exchange
from hub_app.oauth.provider import Account, Tokens
from hub_app.oauth.schemas import ConnectionOut, ConnectionStatus
from hub_app.oauth.service import clients, consent, hosts, providers, records, tokens
from hub_app.oauth.tables import OauthClient, OauthConnection

READ = "read:oauth"
WRITE = "write:oauth"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Which connections of a list: in this state, through this app, with this text in the account's name."""

    status: ConnectionStatus | None = None
    app_id: UUID | None = None
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """Tokens got elsewhere."""

    access_token: str = field(repr=False)
    refresh_token: str = field(default="", repr=False)
    expires_at: datetime | None = None


async def list_connections(
    actor: Actor, page: paging.PageRequest, *, everyone: bool = False, chosen: Chosen | None = None
) -> paging.Slice[ConnectionOut]:
    """One's own connections, or for customer admins the whole tenant's; newest first."""
    actor.require(Role.CUSTOMER_ADMIN if everyone else Role.CUSTOMER_VIEWER, READ)
    chosen = chosen or Chosen()
    # Kept answers can be large, and nobody sees them.
    statement = select(OauthConnection).options(defer(OauthConnection.unread))  # type: ignore[arg-type]
    if not everyone:
        statement = statement.where(OauthConnection.user_id == actor.user_id)
    if chosen.status is not None:
        statement = statement.where(OauthConnection.status == chosen.status)
    if chosen.app_id is not None:
        statement = statement.where(OauthConnection.app_id == chosen.app_id)
    if chosen.text:
        statement = statement.where(col(OauthConnection.account_name).icontains(chosen.text, autoescape=True))
    async with db.read(actor.tenant_id) as session:
        found = await paging.fetch(session, statement, paging.newest_first(OauthConnection.id), page)
        items = await records.shown(session, found.items)
    return found.holding(items)


async def get_connection(actor: Actor, connection_id: UUID) -> ConnectionOut:
    """A connection of one's own or of a connector; for customer admins anyone's."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    async with db.read(actor.tenant_id) as session:
        connection = await records.find(session, actor, connection_id)
        return (await records.shown(session, [connection]))[0]


@underway.counted
async def adopt(
    actor: Actor, app_ref: str, given: Given, agreement: Agreement | None = None
) -> ConnectionOut:
    """Take over a token that was got elsewhere, and that somebody consents to its use. Invalid when the provider does not
    accept it, or, naming `consent`, when nobody said so and the tenant wants it.
    """
    actor.require(Role.ENGINEER, WRITE)
    _check_expiry(given.expires_at)
    async with db.read(actor.tenant_id) as session:
        app = await providers.find_app(session, app_ref)
        await consents.require_asked(session, agreement)
    provider = providers.provider_of(app)
    try:
        account = await exchange.account(provider, given.access_token)
    except ApiError as error:
        if error.kind == "auth":
            raise Invalid.field("access_token", f"does not work. {error}") from None
        account = Account()
    connection = OauthConnection(
        tenant_id=actor.tenant_id,
        id=new_id(),
        app_id=app.id,
        user_id=actor.person,
        account_id=account.id,
        account_name=account.name,
        hosts=hosts.of(app),
    )
    _take_over(connection, given)
    async with db.begin(actor.tenant_id) as session:
        # It may have been deleted while the provider was asked.
        await providers.registration_of(session, connection)
        records.changed(session, connection)
        await session.flush()
        await consent.record(session, actor, connection, app.name, agreement)
        await records.record(session, actor, "adopted", connection, {"app": app.slug})
        return (await records.shown(session, [connection]))[0]


async def refresh(actor: Actor, connection_id: UUID) -> ConnectionOut:
    """Get new tokens now. Conflict when there is nothing to refresh with; errors as of `tokens.access_token`."""
    actor.require(Role.ENGINEER, WRITE)
    async with db.read(actor.tenant_id) as session:
        connection = await records.find(session, actor, connection_id, others=False)
        _require_admin_for_clients(actor, connection)
        name = (await providers.registration_of(session, connection)).name
    renewable = connection.refresh_token or connection.unread_at is not None
    if connection.status in records.ALIVE and not renewable:
        raise Conflict(
            f"{name} issued no refresh token. The connection works until its access token expires; then connect again."
        )
    await tokens.refresh(actor.tenant_id, connection_id)
    async with db.begin(actor.tenant_id) as session:
        connection = await records.find(session, actor, connection_id)
        await records.record(session, actor, "refreshed", connection, {"name": name})
        return (await records.shown(session, [connection]))[0]


@underway.counted
async def disconnect(actor: Actor, connection_id: UUID) -> None:
    """Wipe a connection's tokens and give them back to the provider where it takes them; the row stays `revoked`.

    One's own; customer admins may disconnect anyone's. Once more changes nothing.
    """
    actor.require(Role.ENGINEER, WRITE)
    async with db.begin(actor.tenant_id) as session:
        connection = await records.find(session, actor, connection_id)
        _require_admin_for_clients(actor, connection)
        if connection.status == "revoked":
            return
        registration = await providers.registration_of(session, connection)
        stays = hosts.left(connection.hosts, hosts.of(registration))
        unread = connection.unread_at is not None
        is_sealed = bool(connection.access_token or connection.refresh_token) or unread
        try:
            provider = providers.provider_of(registration)
            access = open_field(connection, "access_token") if connection.access_token else ""
            renewing = open_field(connection, "refresh_token") if connection.refresh_token else ""
        except SealBroken:
            provider, access, renewing = None, "", ""
        records.empty(connection, "revoked", "")
        records.changed(session, connection)
        await records.record(session, actor, "disconnected", connection, {"name": registration.name})
    if not is_sealed:
        return
    # Its tokens go to no other host than the one that they came from; those that nobody could read go nowhere.
    back = False
    if provider is not None and not stays and (access or renewing):
        back = await exchange.revoke(provider, access_token=access, refresh_token=renewing)
    if unread or not back:
        await _note(
            actor.tenant_id,
            connection_id,
            f"Hub has forgotten its tokens, but could not give them back to {registration.name}. Remove Hub's access"
            " there too.",
        )


async def connection_of_client(session: AsyncSession, client_ref: UUID) -> UUID | None:
    """The connection of a tenant's own client; None until somebody connects it. In the open transaction."""
    statement = select(OauthConnection.id).where(OauthConnection.client_id == client_ref)
    return (await session.exec(statement)).one_or_none()


async def adopt_for_client(
    session: AsyncSession,
    actor: Actor,
    client_ref: UUID,
    *,
    access_token: str = "",
    refresh_token: str = "",
    expires_at: datetime | None = None,
) -> UUID:
    """Give the client's connection tokens that were got elsewhere, one or both; its id. In the open transaction. ConsentRevoked
    when the consent to the connector whose client it is was revoked.

    A refresh token alone gets an access token on its first use.
    """
    actor.require(Role.CUSTOMER_ADMIN, clients.WRITE)
    _check_expiry(expires_at)
    client = await rows.get(session, OauthClient, client_ref, lock=True)
    refusal = await consent.refusal_in(session, None, client)
    if refusal:
        raise consents.ConsentRevoked(refusal)
    statement = select(OauthConnection).where(OauthConnection.client_id == client_ref)
    connection = (await session.exec(statement)).one_or_none()
    if connection is None:
        connection = OauthConnection(tenant_id=actor.tenant_id, id=new_id(), client_id=client_ref)
    if not access_token:
        access_token = _token_that_opens(connection)
        expires_at = connection.expires_at if access_token else None
    connection.hosts = hosts.of(client)
    _take_over(
        connection, Given(access_token=access_token, refresh_token=refresh_token, expires_at=expires_at)
    )
    if not access_token:
        connection.access_token, connection.expires_at = b"", utcnow()
    records.changed(session, connection)
    await session.flush()
    await records.record(session, actor, "adopted", connection, {})
    return connection.id


def _token_that_opens(connection: OauthConnection) -> str:
    """The access token that is stored; "" when there is none, or it does not open: a refresh brings another one."""
    try:
        return open_field(connection, "access_token") if connection.access_token else ""
    except SealBroken:
        return ""


def _check_expiry(wanted: datetime | None) -> None:
    if wanted is not None and wanted <= utcnow():
        raise Invalid.field("expires_at", "must be in the future")


def _take_over(connection: OauthConnection, given: Given) -> None:
    connection.connected_at = utcnow()
    records.fill(connection, Tokens(given.access_token, given.refresh_token), now=connection.connected_at)
    connection.expires_at = given.expires_at or connection.expires_at


def _require_admin_for_clients(actor: Actor, connection: OauthConnection) -> None:
    if connection.user_id is None:
        actor.require(Role.CUSTOMER_ADMIN, clients.WRITE)


async def _note(tenant_id: UUID, connection_id: UUID, message: str) -> None:
    async with db.begin(tenant_id) as session:
        statement = select(OauthConnection).where(
            OauthConnection.id == connection_id, OauthConnection.status == "revoked"
        )
        connection = (await session.exec(statement)).one_or_none()
        if connection is not None:
            connection.last_error = message
            records.changed(session, connection)
