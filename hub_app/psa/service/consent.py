"""Consent to the PSA: the connection is one that somebody consents to."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import db
from hub_app.kernel.actor import Actor
from hub_app.kernel.consents import Connected, ConsentKind
from hub_app.kernel.paging import PageRequest, Slice, fetch, newest_first
from hub_app.psa import providers
from hub_app.psa.tables import PsaConnection

NAME = "psa_connection"
PAGE = "/psa"


def terms(provider: str) -> str:
    """What is consented to when a PSA is connected."""
    label = label_of(provider)
    return (
        f"Hub may read tickets, companies, members and configurations of {label}, and post notes, time and statuses to its tickets"
        " when an engineer asks for it."
    )


def label_of(provider: str) -> str:
    """What a provider is called. One that this version does not know is called by its id."""
    known = providers.every().get(provider)
    return known.name if known is not None else provider


def connected(row: PsaConnection) -> Connected:
    return Connected(
        id=row.id, name=f"{label_of(row.provider)}: {row.display_name}", terms=terms(row.provider), href=PAGE
    )


async def _page(session: AsyncSession, _actor: Actor, page: PageRequest) -> Slice[Connected]:
    found = await fetch(session, select(PsaConnection), newest_first(PsaConnection.id), page)
    return found.holding([connected(one) for one in found.items])


async def _among(session: AsyncSession, _actor: Actor, ids: Collection[UUID]) -> list[Connected]:
    found = await session.exec(select(PsaConnection).where(col(PsaConnection.id).in_(ids)))
    return [connected(one) for one in found.all()]


async def _ids(session: AsyncSession) -> Sequence[UUID]:
    return (await session.exec(select(PsaConnection.id))).all()


async def _find(session: AsyncSession, _actor: Actor, connection_id: UUID) -> Connected | None:
    found = (await session.exec(select(PsaConnection).where(PsaConnection.id == connection_id))).one_or_none()
    return connected(found) if found is not None else None


def told(session: AsyncSession, tenant_id: UUID) -> None:
    """Tell open screens that something about the connection changed."""
    db.notify(session, f"psa_connection:{tenant_id}")


KIND = ConsentKind(label="PSA", page=_page, among=_among, find=_find, ids=_ids, changed=told)
