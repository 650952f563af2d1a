"""All records of a collection with their links and their whole history, for a copy that somebody takes along."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlmodel import col, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.sync.mapping.fields import Field
from hub_app.sync.service import record_fields
from hub_app.sync.tables import (
    SyncConnection,
    SyncData,
    SyncLink,
    SyncQuarantine,
    SyncRecord,
    SyncStream,
    SyncVersion,
)

_AT_ONCE = 200
# Of one record there may be many.
_VERSIONS_AT_ONCE = 1_000
Json = dict[str, Any]
Version = SyncVersion


@dataclass(slots=True)
class Whole:
    """A record, those of archived ones among them: `links` tell what it is at each source, `versions` how it became what it is."""

    record: SyncRecord
    values: Json
    links: list[Json] = field(default_factory=list[Json])


@dataclass(frozen=True, slots=True)
class Collected:
    """A collection: its fields, of which `custom` are the tenant's own, and how many records it has."""

    id: UUID
    fields: Sequence[Field]
    custom: frozenset[str]
    records: int


async def collected(session: AsyncSession, family: str, name: str) -> Collected | None:
    """A collection of the family; None when nothing has been put into it yet."""
    found = await record_fields.collection_named(session, family, name)
    if found is None:
        return None
    count = select(func.count()).select_from(SyncRecord).where(SyncRecord.collection_id == found.id)
    custom = frozenset(record_fields.custom_keys(found))
    return Collected(found.id, record_fields.of(found), custom, (await session.exec(count)).one())


async def records(session: AsyncSession, collection_id: UUID) -> AsyncIterator[Sequence[Whole]]:
    """Page by page, in the order in which they were made."""
    after = UUID(int=0)
    while True:
        page = (
            select(SyncRecord)
            .where(SyncRecord.collection_id == collection_id, col(SyncRecord.id) > after)
            .order_by(col(SyncRecord.id))
            .limit(_AT_ONCE)
        )
        found = (await session.exec(page)).all()
        if found:
            yield await _whole(session, found)
            after = found[-1].id
        session.expunge_all()
        if len(found) < _AT_ONCE:
            return


async def _whole(session: AsyncSession, found: Sequence[SyncRecord]) -> list[Whole]:
    ids = [one.id for one in found]
    data = await session.exec(select(SyncData).where(col(SyncData.id).in_(ids)))
    values = {one.id: one.contents for one in data.all()}
    made = {one.id: Whole(one, values.get(one.id, {})) for one in found}
    links = select(SyncLink, SyncStream.connection_id).join(
        SyncStream, col(SyncStream.id) == SyncLink.stream_id
    )
    for link, connection_id in (await session.exec(links.where(col(SyncLink.record_id).in_(ids)))).all():
        made[link.record_id].links.append(
            {"connection_id": connection_id, "external_id": link.external_id, "state": link.state}
        )
    return list(made.values())


async def versions(session: AsyncSession, record_ids: Sequence[UUID]) -> AsyncIterator[Sequence[SyncVersion]]:
    """The history of these records, which are in their order; each in its order."""
    left, last = list(record_ids), (UUID(int=0), UUID(int=0))
    while left:
        record_id, after = last
        page = (
            select(SyncVersion)
            .where(
                col(SyncVersion.record_id).in_(left),
                or_(col(SyncVersion.record_id) != record_id, col(SyncVersion.id) > after),
            )
            .order_by(col(SyncVersion.record_id), col(SyncVersion.id))
            .limit(_VERSIONS_AT_ONCE)
        )
        found = (await session.exec(page)).all()
        if found:
            yield found
            last = (found[-1].record_id, found[-1].id)
        left = [one for one in left if one >= last[0]] if len(found) == _VERSIONS_AT_ONCE else []
        session.expunge_all()


async def connections(session: AsyncSession, family: str) -> list[Json]:
    """The connections of the family with their mappings. Nothing of their accounts."""
    of_family = select(SyncConnection).where(SyncConnection.family == family)
    made: list[Json] = []
    for one in (await session.exec(of_family.order_by(col(SyncConnection.id)))).all():
        streams = select(SyncStream).where(SyncStream.connection_id == one.id)
        ordered = (await session.exec(streams.order_by(col(SyncStream.position), col(SyncStream.id)))).all()
        made.append(
            {
                "id": one.id,
                "provider": one.provider,
                "name": one.name,
                "status": one.status,
                "created_at": one.created_at,
                "field_mappings": {stream.resource: stream.mapping for stream in ordered},
            }
        )
    return made


async def quarantined(session: AsyncSession, family: str) -> AsyncIterator[Sequence[Json]]:
    """What was read and set aside, and waits for somebody."""
    of_family = select(SyncConnection.id).where(SyncConnection.family == family)
    for connection_id in (await session.exec(of_family.order_by(col(SyncConnection.id)))).all():
        after = UUID(int=0)
        more = True
        while more:
            page = (
                select(SyncQuarantine)
                .where(
                    SyncQuarantine.connection_id == connection_id,
                    SyncQuarantine.status == "open",
                    col(SyncQuarantine.id) > after,
                )
                .order_by(col(SyncQuarantine.id))
                .limit(_AT_ONCE)
            )
            found = (await session.exec(page)).all()
            if found:
                yield [
                    {"connection_id": one.connection_id, "external_id": one.external_id}
                    | {"reason": one.reason, "read": one.raw}
                    for one in found
                ]
                after = found[-1].id
            more = len(found) == _AT_ONCE
            session.expunge_all()
