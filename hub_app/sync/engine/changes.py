"""Changes that a person makes to a record: each is a version, and is owed to the sources that take it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import db, rows
from hub_app.kernel.clock import utcnow
from hub_app.sync.engine.listed import listed
from hub_app.sync.engine.streams import fields_of
from hub_app.sync.journal import ARCHIVED, difference
from hub_app.sync.mapping.fields import Field
from hub_app.sync.tables import (
    SyncCollection,
    SyncConnection,
    SyncData,
    SyncLink,
    SyncRecord,
    SyncStream,
    SyncVersion,
)


@dataclass(frozen=True, slots=True)
class Subject:
    """A record that is about to be changed, locked, with its values and the fields that it may have."""

    record: SyncRecord
    data: SyncData
    fields: Sequence[Field]


async def subject(
    session: AsyncSession, record_id: UUID, collection: SyncCollection | None = None
) -> Subject:
    """The record in the open transaction; NotFound, also when it is another collection's."""
    only = [] if collection is None else [col(SyncRecord.collection_id) == collection.id]
    record = await rows.get(session, SyncRecord, record_id, *only, lock=True)
    data = await rows.get(session, SyncData, record_id)
    of = collection or await rows.get(session, SyncCollection, record.collection_id)
    return Subject(record, data, fields_of(of))


async def change(
    session: AsyncSession,
    of: Subject,
    values: Mapping[str, Any],
    *,
    kind: str,
    made_by: str,
    job_id: UUID | None = None,
) -> SyncVersion | None:
    """Give a record these values, of which those that are None are emptied; the others stay. None when nothing changes."""
    data, record, now = of.data, of.record, utcnow()
    new = {name: one for name, one in {**data.contents, **values}.items() if one is not None}
    before, after = difference(data.contents, new)
    if not before and not after:
        return None
    stamp = now.isoformat()
    data.contents, data.stamps = new, data.stamps | dict.fromkeys({**before, **after}, stamp)
    record.version += 1
    record.sqlmodel_update(listed(of.fields, new))
    version = SyncVersion(
        tenant_id=record.tenant_id,
        record_id=record.id,
        number=record.version,
        kind=kind,
        job_id=job_id,
        made_by=made_by,
        before=before,
        after=after,
    )
    for one in (record, data, version):
        session.add(one)
    await owe(session, record.id)
    told(session, record)
    return version


def note(
    session: AsyncSession, of: Subject, *, kind: str, made_by: str, job_id: UUID | None = None
) -> SyncVersion:
    """Have the history of a record tell what was done with it where none of its values changed."""
    record = of.record
    version = SyncVersion(
        tenant_id=record.tenant_id,
        record_id=record.id,
        number=record.version,
        kind=kind,
        job_id=job_id,
        made_by=made_by,
    )
    session.add(version)
    return version


async def archive(
    session: AsyncSession, of: Subject, *, kind: str, made_by: str, job_id: UUID | None = None
) -> None:
    """Take a record out of the lists; its history stays, and it can be put back. Nothing happens to one that is archived."""
    if of.record.archived_at is None:
        await _archived(session, of, utcnow(), kind=kind, made_by=made_by, job_id=job_id)


async def unarchive(
    session: AsyncSession, of: Subject, *, kind: str, made_by: str, job_id: UUID | None = None
) -> None:
    """Put an archived record back into the lists."""
    if of.record.archived_at is not None:
        await _archived(session, of, None, kind=kind, made_by=made_by, job_id=job_id)


async def _archived(
    session: AsyncSession, of: Subject, at: datetime | None, *, kind: str, made_by: str, job_id: UUID | None
) -> None:
    record, former = of.record, of.record.archived_at
    record.archived_at = at
    record.version += 1
    version = SyncVersion(
        tenant_id=record.tenant_id,
        record_id=record.id,
        number=record.version,
        kind=kind,
        job_id=job_id,
        made_by=made_by,
        before={ARCHIVED: former.isoformat()} if former else {},
        after={ARCHIVED: at.isoformat()} if at else {},
    )
    session.add(record)
    session.add(version)
    told(session, record)


async def owe(session: AsyncSession, record_id: UUID, *, but: UUID | None = None) -> None:
    """Have the sources that take changes of a record asked at the next export whether they have them, `but` for those of one
    connection.
    """
    links = (
        select(SyncLink)
        .join(SyncStream, col(SyncStream.id) == SyncLink.stream_id)
        .join(SyncConnection, col(SyncConnection.id) == SyncStream.connection_id)
        .where(SyncLink.record_id == record_id, SyncLink.state == "linked", SyncConnection.direction != "in")
    )
    if but is not None:
        links = links.where(SyncConnection.id != but)
    for link in (await session.exec(links)).all():
        link.owes = True
        session.add(link)


def told(session: AsyncSession, record: SyncRecord) -> None:
    """Tell open screens, once the change has committed."""
    db.notify(session, f"sync_records:{record.tenant_id}")
    db.notify(session, f"sync_record:{record.id}")
