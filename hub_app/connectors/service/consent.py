"""Consent to connectors: each is a connection that somebody consents to, with the OAuth client that is its own."""

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


async def _find(session: AsyncSession, _actor: Actor, connector_id: UUID) -> Connected | None:
    found = (await session.exec(select(Connector).where(col(Connector.id) == connector_id))).one_or_none()
    return None if found is None else _connected(found)


def _connected(connector: Connector) -> Connected:
    return Connected(
        id=connector.id,
        name=connector.display_name,
        terms=terms(outbound.scheme_host(connector.base_url).partition("://")[2]),
        href=f"/connectors/{connector.id}",
    )


KIND = ConsentKind(label="Connector", page=_page, find=_find, changed=lookup.changed)
