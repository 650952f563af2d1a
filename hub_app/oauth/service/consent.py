"""Consent to connections: each member's own is a connection that somebody consents to. That of a connector's own client is
covered by the consent to the connector.
"""

from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from sqlalchemy.orm import defer
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from hub_app.governance.schemas.consents import Agreement
from hub_app.governance.service import consents
from hub_app.kernel import db
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.consents import Connected, ConsentKind
from hub_app.kernel.errors import NotFound
from hub_app.kernel.paging import PageRequest, Slice, fetch, newest_first
from hub_app.oauth.schemas import ConnectionOut
from hub_app.oauth.service import providers, records
from hub_app.oauth.tables import OauthApp, OauthClient, OauthConnection

NAME = "oauth_connection"
_OF_CONNECTOR = "connector"


def terms(app: str) -> str:
    """What is consented to when an account of this app is connected."""
    return (
        f"Hub may call {app} on behalf of the connected account, within the scopes that it grants, and exchange data with"
        f" {app}."
    )


async def require(connection: OauthConnection, registration: OauthApp | OauthClient) -> None:
    """Raise ConsentRevoked when the connection may not be used. No transaction may be open."""
    refusal = await refusal_before(connection.tenant_id, connection.id, registration)
    if refusal:
        raise consents.ConsentRevoked(refusal)


async def refusal_before(
    tenant_id: UUID, connection_id: UUID | None, registration: OauthApp | OauthClient
) -> str:
    """Why a connection through this app or client may not be used or made again, "" when it may; None for one that is to be
    made, whose consent is recorded with it. No transaction may be open.
    """
    kind, one = _bound(connection_id, registration)
    return "" if one is None else await consents.refusal_of(tenant_id, kind, one)


async def refusal_in(
    session: AsyncSession, connection_id: UUID | None, registration: OauthApp | OauthClient
) -> str:
    """As `refusal_before`, in the transaction that connects it again: nobody revokes the consent before that has committed."""
    kind, one = _bound(connection_id, registration)
    return "" if one is None else await consents.refusal_in(session, kind, one)


def _bound(connection_id: UUID | None, registration: OauthApp | OauthClient) -> tuple[str, UUID | None]:
    """What the consent is to: a member's own connection, or the connector whose client it is."""
    if isinstance(registration, OauthApp):
        return NAME, connection_id
    return _OF_CONNECTOR, registration.connector_id


async def refusal_of(tenant_id: UUID, one: ConnectionOut) -> str:
    """Why a member's connection may not be used; "" when it may. No transaction may be open."""
    return "" if one.oauth_app_id is None else await consents.refusal_of(tenant_id, NAME, one.id)


async def refusals(tenant_id: UUID, found: Iterable[ConnectionOut]) -> dict[UUID, str]:
    """`refusal_of` for a page of connections: those that may not be used, by their ids."""
    members = [one.id for one in found if one.oauth_app_id is not None]
    return await consents.refusals(tenant_id, NAME, members)


async def record(
    session: AsyncSession,
    actor: Actor,
    connection: OauthConnection,
    app: str,
    agreement: Agreement | None,
) -> None:
    """Record consent to a connection that is made in the open transaction, through the app of this name."""
    if connection.app_id is not None:
        await consents.record(session, actor, NAME, _connected(connection, app), agreement)


async def _page(session: AsyncSession, actor: Actor, page: PageRequest) -> Slice[Connected]:
    found = await fetch(session, _seen_by(actor), newest_first(OauthConnection.id), page)
    return found.holding(await _named(session, found.items))


async def _among(session: AsyncSession, actor: Actor, ids: Collection[UUID]) -> list[Connected]:
    chosen = _seen_by(actor).where(col(OauthConnection.id).in_(ids))
    found = await session.exec(chosen.order_by(col(OauthConnection.id).desc()))
    return await _named(session, found.all())


async def _ids(session: AsyncSession) -> Sequence[UUID]:
    members = select(OauthConnection.id).where(col(OauthConnection.app_id).is_not(None))
    return (await session.exec(members)).all()


def _seen_by(actor: Actor) -> SelectOfScalar[OauthConnection]:
    # Kept answers can be large, and are not needed.
    statement = (
        select(OauthConnection)
        .options(defer(OauthConnection.unread))  # type: ignore[arg-type]
        .where(col(OauthConnection.app_id).is_not(None), OauthConnection.status != "revoked")
    )
    if not actor.role.includes(Role.CUSTOMER_ADMIN):
        statement = statement.where(OauthConnection.user_id == actor.user_id)
    return statement


async def _named(session: AsyncSession, found: Sequence[OauthConnection]) -> list[Connected]:
    apps = {one.app_id for one in found}
    named = await session.exec(select(OauthApp.id, OauthApp.name).where(col(OauthApp.id).in_(apps)))
    names = dict(named.all())
    return [_connected(one, names[one.app_id]) for one in found if one.app_id]


async def _find(session: AsyncSession, actor: Actor, connection_id: UUID) -> Connected | None:
    try:
        connection = await records.find(session, actor, connection_id)
    except NotFound:
        return None
    if connection.app_id is None:
        return None
    return _connected(connection, (await providers.registration_of(session, connection)).name)


def _connected(connection: OauthConnection, app: str) -> Connected:
    # Not the account's name, which is somebody's.
    return Connected(
        id=connection.id,
        name=app,
        terms=terms(app),
        href=f"/apps/connections?connection={connection.id}",
        owner_id=connection.user_id,
    )


def _changed(session: AsyncSession, connection_id: UUID) -> None:
    db.notify(session, records.topic(connection_id))
    tenant = db.unit_of(session).scope
    if tenant is not None:
        db.notify(session, records.topic(tenant))


KIND = ConsentKind(label="OAuth connection", page=_page, among=_among, find=_find, ids=_ids, changed=_changed)
