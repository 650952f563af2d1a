"""Consent to connectors: each is a connection that somebody consents to, with the OAuth client that is its own."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.apiclient.errors import ApiError
from hub_app.connectors.service import lookup
from hub_app.connectors.tables import Connector
from hub_app.governance.schemas.consents import Agreement
from hub_app.governance.service import consents
from hub_app.kernel import outbound
from hub_app.kernel.actor import Actor
from hub_app.kernel.consents import Connected, ConsentKind
from hub_app.kernel.paging import PageRequest, Slice, fetch, newest_first
from hub_app.oauth.service import consent as oauth_consent

NAME = "connector"


def terms(host: str) -> str:
    """What is consented to when an API at this host is connected."""
    return (
        f"Hub may send requests to {host}, including the credential saved for it and any data that actions and plans pass to"
        " it."
    )


async def require(tenant_id: UUID, connector: Connector) -> None:
    """Raise ConsentRevoked when the connector may not be called. No transaction may be open."""
    await consents.require(tenant_id, NAME, connector.id)


async def refusal_of(tenant_id: UUID, connector_id: UUID) -> str:
    """Why the connector may not be called; "" when it may. No transaction may be open."""
    return await consents.refusal_of(tenant_id, NAME, connector_id)


async def refusals(tenant_id: UUID, connector_ids: Collection[UUID]) -> dict[UUID, str]:
    """`refusal_of` for a page of connectors: those that may not be called, by their ids."""
    return await consents.refusals(tenant_id, NAME, connector_ids)


async def still_holds(tenant_id: UUID, connector_id: UUID, connection_id: UUID | None) -> None:
    """Raise ApiError when the consent, or that to the account whose token the calls carry, was revoked while a run of several
    calls is under way.
    """
    refusal = await refusal_of(tenant_id, connector_id)
    if not refusal and connection_id is not None:
        refusal = await consents.refusal_of(tenant_id, oauth_consent.NAME, connection_id)
    if refusal:
        raise ApiError("consent", refusal)


async def record(
    session: AsyncSession, actor: Actor, connector: Connector, agreement: Agreement | None
) -> None:
    """Record consent to a connector that is made in the open transaction."""
    await consents.record(session, actor, NAME, _connected(connector), agreement)


async def record_move(
    session: AsyncSession, actor: Actor, connector: Connector, agreement: Agreement | None
) -> None:
    """Record consent to a connector whose host was changed in the open transaction, unless it was revoked."""
    await consents.record_change(session, actor, NAME, _connected(connector), agreement)


async def _page(session: AsyncSession, _actor: Actor, page: PageRequest) -> Slice[Connected]:
    found = await fetch(session, select(Connector), newest_first(Connector.id), page)
    return found.holding([_connected(one) for one in found.items])


async def _among(session: AsyncSession, _actor: Actor, ids: Collection[UUID]) -> list[Connected]:
    chosen = col(Connector.id).in_(ids)
    columns = select(Connector.id, Connector.display_name, Connector.base_url)
    found = await session.exec(columns.where(chosen).order_by(col(Connector.id).desc()))
    return [_connection(*one) for one in found.all()]


async def _ids(session: AsyncSession) -> Sequence[UUID]:
    return (await session.exec(select(Connector.id))).all()


async def _find(session: AsyncSession, _actor: Actor, connector_id: UUID) -> Connected | None:
    found = (await session.exec(select(Connector).where(col(Connector.id) == connector_id))).one_or_none()
    return None if found is None else _connected(found)


def _connected(connector: Connector) -> Connected:
    return _connection(connector.id, connector.display_name, connector.base_url)


def _connection(connector_id: UUID, name: str, base_url: str) -> Connected:
    return Connected(
        id=connector_id,
        name=name,
        terms=terms(outbound.scheme_host(base_url).partition("://")[2]),
        href=f"/connectors/{connector_id}",
    )


KIND = ConsentKind(label="Connector", page=_page, among=_among, find=_find, ids=_ids, changed=lookup.changed)
