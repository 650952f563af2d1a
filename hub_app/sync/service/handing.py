"""What is known of records that are handed over to a source once (engine/handing.py)."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.sync.tables import SyncCollection, SyncConnection, SyncLink, SyncRecord, SyncStream


async def active_among(
    session: AsyncSession, family: str, collection: str, ids: Collection[UUID]
) -> set[UUID]:
    """Those of these ids that are records of the collection, and not archived."""
    there = (
        select(SyncRecord.id)
        .join(SyncCollection, col(SyncCollection.id) == SyncRecord.collection_id)
        .where(
            col(SyncRecord.id).in_(ids),
            col(SyncRecord.archived_at).is_(None),
            SyncCollection.family == family,
            SyncCollection.name == collection,
        )
    )
    return set((await session.exec(there)).all())


async def sent_to(session: AsyncSession, record_id: UUID, resource: str) -> set[UUID]:
    """The connections whose stream of this name has the record."""
    links = (
        select(SyncStream.connection_id)
        .join(SyncLink, col(SyncLink.stream_id) == SyncStream.id)
        .where(SyncLink.record_id == record_id, SyncStream.resource == resource)
    )
    return set((await session.exec(links)).all())


async def of_providers(
    session: AsyncSession, family: str, providers: Sequence[str]
) -> Sequence[SyncConnection]:
    """The connections with one of these providers that work, in the order in which they were made."""
    found = select(SyncConnection).where(
        SyncConnection.family == family,
        col(SyncConnection.provider).in_(providers),
        SyncConnection.status == "connected",
    )
    return (await session.exec(found.order_by(col(SyncConnection.id)))).all()
