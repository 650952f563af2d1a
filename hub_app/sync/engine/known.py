"""What the hub knows of the records on a page, in two looks: little of all of them, all of those that changed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import and_, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import bulk
from hub_app.kernel.lookups import Lookup, columns_of
from hub_app.kernel.queue import words
from hub_app.sync.journal import LinkState
from hub_app.sync.tables import SyncConflict, SyncData, SyncLink, SyncQuarantine, SyncRecord

_LINK, _RECORD, _ASIDE = columns_of(SyncLink), columns_of(SyncRecord), columns_of(SyncQuarantine)
_STREAM = sa.bindparam("stream", type_=sa.Uuid())
_GLANCES = Lookup(
    lambda one_of: sa.select(
        _LINK.external_id,
        _LINK.payload_hash,
        _LINK.mapping_version,
        _LINK.synced_version,
        _RECORD.version,
        _LINK.state,
        _LINK.modified,
        _LINK.pushed_at,
    ).where(_RECORD.id == _LINK.record_id, _LINK.stream_id == _STREAM, one_of(_LINK.external_id))
)
_ARRIVED = Lookup(
    lambda one_of: sa.select(_LINK.external_id, _LINK.record_id).where(
        _LINK.stream_id == _STREAM, one_of(_LINK.external_id)
    )
)
_QUARANTINED = Lookup(
    lambda one_of: sa.select(_ASIDE.external_id, _ASIDE.id).where(
        _ASIDE.stream_id == _STREAM, one_of(_ASIDE.external_id)
    )
)
IS_LINKED = col(SyncLink.state) == words("linked")[0]
"""Written out: the index of what is linked, in which a stream's links lie by their records, serves for no other value."""

_OTHER = aliased(SyncLink)
_ELSEWHERE = sa.exists().where(
    col(_OTHER.tenant_id) == SyncLink.tenant_id,
    col(_OTHER.record_id) == SyncLink.record_id,
    col(_OTHER.stream_id) != SyncLink.stream_id,
    col(_OTHER.state) == "linked",
)


@dataclass(frozen=True, slots=True)
class Glance:
    """Whether anything can have changed of a record that is known."""

    payload_hash: bytes | None
    mapping_version: int
    synced_version: int
    version: int
    state: str
    modified: datetime | None
    pushed_at: datetime | None

    def is_settled(self, payload_hash: bytes, mapping_version: int) -> bool:
        """Neither the source, nor the mapping, nor the hub's own record has changed since they were last merged."""
        return (
            self.payload_hash == payload_hash
            and self.mapping_version == mapping_version
            and self.synced_version == self.version
            and self.state == "linked"
        )


@dataclass(frozen=True, slots=True)
class Known:
    """A record with its link, its values, and the conflict about it that waits for somebody. `elsewhere` when another source has
    it, too.
    """

    link_id: UUID
    record_id: UUID
    external_id: str
    link: LinkState
    version: int
    archived_at: datetime | None
    name: str
    values: dict[str, Any]
    stamps: dict[str, str]
    stamped_at: datetime | None
    conflict_id: UUID | None
    elsewhere: bool = False


async def glances(session: AsyncSession, stream_id: UUID, external_ids: Sequence[str]) -> dict[str, Glance]:
    """By external id, of those that are known."""
    found = await _GLANCES.fetch(session, external_ids, stream=stream_id)
    return {row[0]: Glance(*row[1:]) for row in found}


async def arrived(
    session: AsyncSession, stream_id: UUID, external_ids: Collection[str]
) -> list[tuple[str, UUID]]:
    """Those of these external ids that have a record, with its id."""
    found = await _ARRIVED.fetch(session, external_ids, stream=stream_id)
    return [(external_id, record_id) for external_id, record_id in found]


async def details(
    session: AsyncSession, stream_id: UUID, external_ids: Sequence[str], *, lock: bool
) -> dict[str, Known]:
    """By external id. `lock` keeps the records as they are until the transaction ends."""
    # To join five tables costs more than to see that a page has nothing but new records.
    external_ids = [one for one, _ in await arrived(session, stream_id, external_ids)] if external_ids else []
    if not external_ids:
        return {}
    if not lock:
        return await _details(session, stream_id, external_ids)
    # Locked first and read then: a statement that waits for a lock has read the other tables before.
    locked = set[UUID]()
    while True:
        locked |= await _locked(session, stream_id, external_ids)
        found = await _details(session, stream_id, external_ids)
        if {one.record_id for one in found.values()} <= locked:
            return found
        # One was merged with another record in between.


async def _locked(session: AsyncSession, stream_id: UUID, external_ids: Sequence[str]) -> set[UUID]:
    """Lock the records of these external ids; which they are."""
    statement = (
        select(SyncRecord.id)
        .join(SyncLink, col(SyncLink.record_id) == SyncRecord.id)
        .where(_of_stream(session, stream_id, external_ids))
        # In one order everywhere, so that two who lock the same rows wait for each other instead of locking up.
        .order_by(col(SyncRecord.id))
        .with_for_update(of=SyncRecord, key_share=True)
    )
    return set((await session.exec(statement)).all())


async def _details(session: AsyncSession, stream_id: UUID, external_ids: Sequence[str]) -> dict[str, Known]:
    statement = (
        sa.select(
            SyncLink,
            SyncData,
            col(SyncRecord.version),
            col(SyncRecord.archived_at),
            col(SyncRecord.name),
            col(SyncConflict.id),
            _ELSEWHERE,
        )
        .join(SyncRecord, col(SyncRecord.id) == SyncLink.record_id)
        .join(SyncData, col(SyncData.id) == SyncLink.record_id)
        .join(
            SyncConflict,
            and_(col(SyncConflict.link_id) == SyncLink.id, SyncConflict.status == "open"),
            isouter=True,
        )
        .where(_of_stream(session, stream_id, external_ids))
        .execution_options(populate_existing=True)
    )
    found: dict[str, Known] = {}
    rows = (await session.execute(statement)).all()
    for link, data, version, archived_at, name, conflict_id, elsewhere in rows:
        found[link.external_id] = Known(
            link_id=link.id,
            record_id=link.record_id,
            external_id=link.external_id,
            link=LinkState.of(link),
            version=version,
            archived_at=archived_at,
            name=name,
            values=data.contents,
            stamps=data.stamps,
            stamped_at=data.stamped_at,
            conflict_id=conflict_id,
            elsewhere=elsewhere,
        )
    return found


async def quarantined(session: AsyncSession, stream_id: UUID, external_ids: Sequence[str]) -> dict[str, UUID]:
    """The rows in quarantine by external id, of those that have one."""
    if not external_ids:
        return {}
    found = await _QUARANTINED.fetch(session, external_ids, stream=stream_id)
    return dict(found)


async def set_aside(
    session: AsyncSession, stream_id: UUID, external_ids: Sequence[str]
) -> dict[str, SyncQuarantine]:
    """The same, as whole rows."""
    found = await quarantined(session, stream_id, external_ids)
    if not found:
        return {}
    rows = select(SyncQuarantine).where(col(SyncQuarantine.id).in_(found.values()))
    return {one.external_id: one for one in (await session.exec(rows)).all()}


async def targets(session: AsyncSession, named: Collection[tuple[UUID, str]]) -> dict[tuple[UUID, str], UUID]:
    """The records that these (stream id, external id) stand for, of those that have arrived."""
    found: dict[tuple[UUID, str], UUID] = {}
    for stream_id in {stream_id for stream_id, _ in named}:
        ids = [external_id for of, external_id in named if of == stream_id]
        for external_id, record_id in await arrived(session, stream_id, ids):
            found[stream_id, external_id] = record_id
    return found


def _of_stream(
    session: AsyncSession, stream_id: UUID, external_ids: Collection[str]
) -> sa.ColumnElement[bool]:
    return sa.and_(
        col(SyncLink.stream_id) == stream_id, bulk.among(session, SyncLink.external_id, external_ids)
    )
