"""What is known around a record: how it came to be as it is, which sources have it, and which records name each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import bulk, db, paging
from hub_app.kernel.actor import Actor
from hub_app.sync.journal import ARCHIVED
from hub_app.sync.service import records
from hub_app.sync.tables import (
    SyncCollection,
    SyncConnection,
    SyncJob,
    SyncLink,
    SyncRecord,
    SyncReference,
    SyncStream,
    SyncVersion,
)

_MOST_REFERENCES = 200


@dataclass(frozen=True, slots=True)
class Change:
    """A field as it was and as it became; None where it had no value."""

    field: str
    label: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Entry:
    """A version of a record. `job_id` made it, or the person `made_by`; of a job whose connection is gone no more is known. `is_current`: the
    record is still as it was then.
    """

    id: UUID
    number: int
    kind: str
    at: datetime
    made_by: str
    job_id: UUID | None
    job_type: str
    connection_id: UUID | None
    connection_name: str
    provider: str
    changes: Sequence[Change]
    undone: bool
    is_current: bool


@dataclass(frozen=True, slots=True)
class Known:
    """A record as a source knows it. `read_at` is when it was last seen there."""

    connection_id: UUID
    connection_name: str
    provider: str
    external_id: str
    state: str
    read_at: datetime
    modified: datetime | None
    gone_at: datetime | None
    owes: bool


@dataclass(frozen=True, slots=True)
class Related:
    """A record that names this one (`named` false), or that this one names. One that has not arrived has no `record`."""

    field: str
    collection: str
    external_id: str
    record: SyncRecord | None
    named: bool


@dataclass(frozen=True, slots=True)
class Around:
    """A record, the connections that know it, the oldest first, the records that it names, and the newest of those that name it."""

    whole: records.Whole
    sources: Sequence[Known]
    related: Sequence[Related]


async def history(
    actor: Actor, family: str, record_id: UUID, page: paging.PageRequest
) -> paging.Slice[Entry]:
    """The versions of a record, newest first."""
    whole = await records.get_record(actor, family, record_id)
    labels = _labels(whole)
    versions = select(SyncVersion).where(SyncVersion.record_id == record_id)
    async with db.read(actor.tenant_id) as session:
        found = await paging.fetch(session, versions, paging.newest_first(SyncVersion.id), page)
        jobs = await _jobs(session, {one.job_id for one in found.items if one.job_id is not None})
        return found.holding([_entry(one, whole, labels, jobs) for one in found.items])


async def entry_of(session: AsyncSession, version: SyncVersion, whole: records.Whole) -> Entry:
    """One version of a record, in the open transaction."""
    jobs = await _jobs(session, {version.job_id} if version.job_id is not None else set())
    return _entry(version, whole, _labels(whole), jobs)


def _labels(whole: records.Whole) -> dict[str, str]:
    return {one.key: one.label for one in whole.fields} | {ARCHIVED: "Archived"}


async def around(actor: Actor, family: str, record_id: UUID) -> Around:
    """A record with what is known around it."""
    async with db.read(actor.tenant_id) as session:
        whole = await records.get_record(actor, family, record_id)
        found = [*await _named(session, record_id), *await _naming(session, record_id)]
        names = await _collections(session, {one.record.collection_id for one in found if one.record})
        return Around(
            whole,
            await _sources(session, record_id),
            [
                replace(one, collection=names.get(one.record.collection_id, "")) if one.record else one
                for one in found
            ],
        )


async def _sources(session: AsyncSession, record_id: UUID) -> list[Known]:
    statement = (
        select(SyncLink, SyncStream, SyncConnection)
        .join(SyncStream, col(SyncStream.id) == SyncLink.stream_id)
        .join(SyncConnection, col(SyncConnection.id) == SyncStream.connection_id)
        .where(SyncLink.record_id == record_id)
    )
    found = sorted((await session.exec(statement)).all(), key=lambda one: one[0].id)
    return [_known(*one) for one in found]


async def _named(session: AsyncSession, record_id: UUID) -> list[Related]:
    statement = (
        select(SyncReference, SyncRecord)
        .join(SyncRecord, col(SyncRecord.id) == SyncReference.target_id, isouter=True)
        .where(SyncReference.record_id == record_id)
        .order_by(col(SyncReference.field), col(SyncReference.id))
        .limit(_MOST_REFERENCES)
    )
    found = (await session.exec(statement)).all()
    return [Related(one.field, "", one.external_id, target, named=True) for one, target in found]


async def _naming(session: AsyncSession, record_id: UUID) -> list[Related]:
    statement = (
        select(SyncReference, SyncRecord)
        .join(SyncRecord, col(SyncRecord.id) == SyncReference.record_id)
        .where(SyncReference.target_id == record_id, col(SyncRecord.archived_at).is_(None))
        .order_by(bulk.unindexed(session, SyncReference.id).desc())
        .limit(_MOST_REFERENCES)
    )
    found = (await session.exec(statement)).all()
    return [Related(one.field, "", one.external_id, naming, named=False) for one, naming in found]


async def _collections(session: AsyncSession, ids: set[UUID]) -> dict[UUID, str]:
    found = select(SyncCollection).where(col(SyncCollection.id).in_(ids))
    return {one.id: one.name for one in (await session.exec(found)).all()}


async def _jobs(session: AsyncSession, ids: set[UUID]) -> dict[UUID, tuple[SyncJob, SyncConnection]]:
    statement = (
        select(SyncJob, SyncConnection)
        .join(SyncConnection, col(SyncConnection.id) == SyncJob.connection_id)
        .where(col(SyncJob.id).in_(ids))
    )
    return {job.id: (job, connection) for job, connection in (await session.exec(statement)).all()}


def _entry(
    one: SyncVersion,
    whole: records.Whole,
    labels: Mapping[str, str],
    jobs: Mapping[UUID, tuple[SyncJob, SyncConnection]],
) -> Entry:
    job, connection = jobs.get(one.job_id, (None, None)) if one.job_id else (None, None)
    changed = {**one.before, **one.after}
    return Entry(
        id=one.id,
        number=one.number,
        kind=one.kind,
        at=one.created_at,
        made_by=one.made_by,
        job_id=job.id if job else None,
        job_type=job.type if job else "",
        connection_id=connection.id if connection else None,
        connection_name=connection.name if connection else "",
        provider=connection.provider if connection else "",
        changes=[
            Change(name, labels.get(name, name), one.before.get(name), one.after.get(name))
            for name in sorted(changed, key=lambda name: _place(name, labels))
        ],
        undone=one.undone_by is not None,
        is_current=one.number == whole.record.version,
    )


def _place(name: str, labels: Mapping[str, str]) -> tuple[int, str]:
    """Fields in the order of their collection; those that it no longer has come last."""
    known = list(labels)
    return (known.index(name) if name in labels else len(known), name)


def _known(link: SyncLink, stream: SyncStream, connection: SyncConnection) -> Known:
    seen = [link.updated_at]
    if link.state == "linked" and stream.last_full_at is not None:
        # A full import reads everything, and writes only what has changed.
        seen.append(stream.last_full_at)
    return Known(
        connection_id=connection.id,
        connection_name=connection.name,
        provider=connection.provider,
        external_id=link.external_id,
        state=link.state,
        read_at=max(seen),
        modified=link.modified,
        gone_at=link.gone_at,
        owes=link.owes,
    )
