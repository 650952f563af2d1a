"""Consent to CRMs: each connection is one that somebody consents to."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.crm import providers
from hub_app.crm.service import FAMILY
from hub_app.kernel.actor import Actor
from hub_app.kernel.consents import Connected, ConsentKind
from hub_app.kernel.paging import PageRequest, Slice
from hub_app.sync.service import connections

NAME = "crm_connection"


def terms(provider: str, direction: str, auth_type: str = "") -> str:
    """What is consented to when a CRM is connected in this way."""
    label = label_of(provider)
    known = providers.every().get(provider)
    takes = known is not None and known.capabilities.leads
    sends = f" Clients that someone chooses may be sent to {label} as leads." if takes else ""
    if known is not None and not known.reads(auth_type or known.auth_type):
        return f"Hub may keep what is uploaded from {label}, and the leads that it sends.{sends}"
    reads = f"Hub may read the clients, projects and other records of {label} and keep copies of them"
    return (f"{reads}." if direction == "in" else f"{reads}, and may change records there.") + sends


def label_of(provider: str) -> str:
    """What a provider is called. One that this version does not know is called by its id."""
    known = providers.every().get(provider)
    return known.name if known is not None else provider


def connected(connection: connections.Connection) -> Connected:
    return Connected(
        id=connection.id,
        name=f"{label_of(connection.provider)}: {connection.name}",
        terms=terms(connection.provider, connection.direction),
        href=f"/crm/connections/{connection.id}",
    )


async def _page(session: AsyncSession, _actor: Actor, page: PageRequest) -> Slice[Connected]:
    found = await connections.page_of(session, FAMILY, page)
    return found.holding([connected(one) for one in found.items])


async def _among(session: AsyncSession, _actor: Actor, ids: Collection[UUID]) -> list[Connected]:
    return [connected(one) for one in await connections.among(session, FAMILY, ids)]


async def _ids(session: AsyncSession) -> Sequence[UUID]:
    return await connections.ids_of(session, FAMILY)


async def _find(session: AsyncSession, _actor: Actor, connection_id: UUID) -> Connected | None:
    found = await connections.among(session, FAMILY, [connection_id])
    return connected(found[0]) if found else None


KIND = ConsentKind(label="CRM", page=_page, among=_among, find=_find, ids=_ids, changed=connections.told)
