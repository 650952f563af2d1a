"""Possible duplicates: offered to people, merged by them, and taken apart again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import audit, db, paging, rows
from hub_app.kernel.actor import Actor
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Conflict, FieldError, Invalid, NotFound
from hub_app.sync.engine import changes
from hub_app.sync.engine.changes import Subject
from hub_app.sync.journal import changed_since, put_back
from hub_app.sync.service import access
from hub_app.sync.tables import (
    SyncCollection,
    SyncConflict,
    SyncConnection,
    SyncData,
    SyncDuplicate,
    SyncLink,
    SyncRecord,
    SyncReference,
    SyncStream,
    SyncVersion,
)

Row = SyncDuplicate
Record = SyncRecord


@dataclass(frozen=True, slots=True)
class Side:
    """One record of a pair: its values, and the names of the connections that know it."""

    record: SyncRecord
    values: Mapping[str, Any]
    sources: Sequence[str]


@dataclass(frozen=True, slots=True)
class Pair:
    row: SyncDuplicate
    resource: str
    first: Side
    second: Side


async def list_duplicates(
    actor: Actor, family: str, page: paging.PageRequest, *, status: str = "open", resource: str = ""
) -> paging.Slice[Pair]:
    """Newest first."""
    access.require_read(actor, family)
    async with db.read(actor.tenant_id) as session:
        known = await _collections(session, family)
        wanted = [one for one, name in known.items() if not resource or name == resource]
        if not wanted:
            return paging.Slice([])
        statement = select(SyncDuplicate).where(SyncDuplicate.status == status)
        each = [col(SyncDuplicate.collection_id) == one for one in wanted]
        found = await paging.fetch(session, statement, paging.newest_first(SyncDuplicate.id), page, each=each)
        return found.holding(await _pairs(session, found.items, known))


async def get_duplicate(actor: Actor, family: str, duplicate_id: UUID) -> Pair:
    access.require_read(actor, family)
    async with db.read(actor.tenant_id) as session:
        known = await _collections(session, family)
        return (await _pairs(session, [await _row(session, known, duplicate_id)], known))[0]


async def dismiss(actor: Actor, family: str, duplicate_id: UUID) -> None:
    """They are two: they are not offered again. Conflict when it was decided already."""
    access.require_work(actor, family)
    async with db.begin(actor.tenant_id) as session:
        row = await _open(session, family, duplicate_id)
        await _decide(session, actor, family, row, "dismissed")


async def merge(
    actor: Actor, family: str, duplicate_id: UUID, *, keep: UUID, take: Sequence[str] = ()
) -> None:
    """Make one record of two: the one to `keep`, with the other one's values in the fields to `take`. What names the other one
    names this one then, and its sources keep this one in step; where both are of the same source, the other one's is not read any
    more. Conflict when it was decided already; Invalid.
    """
    access.require_work(actor, family)
    async with db.begin(actor.tenant_id) as session:
        row = await _open(session, family, duplicate_id)
        if keep not in {row.first_id, row.second_id}:
            raise Invalid.field("keep", "must be one of the two records")
        # In one order everywhere, so that two who lock the same rows wait for each other instead of locking up.
        both = {one: await changes.subject(session, one) for one in sorted((row.first_id, row.second_id))}
        kept, other = both.pop(keep), next(iter(both.values()))
        unknown = [name for name in take if name not in other.data.contents]
        if unknown:
            raise Invalid([FieldError(f"take.{name}", "is empty on the other record") for name in unknown])
        row.merged = await _merge(session, actor, kept, other, take)
        await _decide(session, actor, family, row, "merged", kept=str(keep))


async def take_apart(actor: Actor, family: str, duplicate_id: UUID) -> list[str]:
    """Make two records again of one that was merged; the fields that somebody has changed since, which stay as they are.
    Conflict when they were not merged.
    """
    access.require_work(actor, family)
    async with db.begin(actor.tenant_id) as session:
        row = await _row(session, await _collections(session, family), duplicate_id, lock=True)
        if row.status != "merged":
            raise Conflict("These records were not merged.")
        left = await _take_apart(session, actor, row.merged)
        row.merged = {}
        await _decide(session, actor, family, row, "open")
        return left


async def _merge(
    session: AsyncSession, actor: Actor, kept: Subject, other: Subject, take: Sequence[str]
) -> dict[str, Any]:
    """Merge, in the open transaction; what to take it back by."""
    values = {name: other.data.contents[name] for name in take}
    version = await changes.change(session, kept, values, kind="merged", made_by=actor.name)
    links = (await session.exec(select(SyncLink).where(SyncLink.record_id == other.record.id))).all()
    own = select(SyncLink.stream_id).where(SyncLink.record_id == kept.record.id, SyncLink.state == "linked")
    taken = set((await session.exec(own)).all())
    moved = [{"id": str(link.id), "state": link.state} for link in links]
    for link in links:
        if link.state == "linked" and link.stream_id in taken:
            link.state = "merged"
        link.record_id, link.synced_version = kept.record.id, 0
        session.add(link)
    named = select(SyncReference.id).where(SyncReference.target_id == other.record.id)
    references = [str(one) for one in (await session.exec(named)).all()]
    await _point(session, references, kept.record.id)
    conflicts = update(SyncConflict).where(
        col(SyncConflict.record_id) == other.record.id, col(SyncConflict.status) == "open"
    )
    await session.exec(conflicts.values(status="obsolete"))
    await changes.archive(session, other, kind="merged", made_by=actor.name)
    await changes.owe(session, kept.record.id)
    return {
        "kept": str(kept.record.id),
        "other": str(other.record.id),
        "version": str(version.id) if version else None,
        "links": moved,
        "references": references,
    }


async def _take_apart(session: AsyncSession, actor: Actor, merged: Mapping[str, Any]) -> list[str]:
    kept = await changes.subject(session, UUID(merged["kept"]))
    other = await changes.subject(session, UUID(merged["other"]))
    left: list[str] = []
    if merged["version"]:
        version = await rows.get(session, SyncVersion, UUID(merged["version"]))
        now = kept.data.contents
        left = sorted(changed_since(now, version.before, version.after))
        values = put_back(now, version.before, version.after, keep=frozenset(left))
        emptied = dict.fromkeys(now)
        await changes.change(session, kept, {**emptied, **values}, kind="taken_apart", made_by=actor.name)
    for one in merged["links"]:
        link = (await session.exec(select(SyncLink).where(SyncLink.id == UUID(one["id"])))).one_or_none()
        if link is not None:
            link.record_id, link.state, link.synced_version = other.record.id, one["state"], 0
            session.add(link)
    await _point(session, merged["references"], other.record.id)
    await changes.unarchive(session, other, kind="taken_apart", made_by=actor.name)
    return left


async def _point(session: AsyncSession, references: Sequence[str], record_id: UUID) -> None:
    """Let these references name another record."""
    ids = [UUID(one) for one in references]
    change = update(SyncReference).where(col(SyncReference.id).in_(ids)).values(target_id=record_id)
    await session.exec(change.execution_options(synchronize_session=False))


async def _decide(
    session: AsyncSession, actor: Actor, family: str, row: SyncDuplicate, status: str, **summary: object
) -> None:
    row.status, row.decided_by, row.updated_at = status, "" if status == "open" else actor.name, utcnow()
    session.add(row)
    await session.flush()
    verb = "taken_apart" if status == "open" else status
    await audit.act(session, actor, f"{family}.duplicate.{verb}", row, **summary)
    db.notify(session, f"sync_duplicates:{row.tenant_id}")


async def _open(session: AsyncSession, family: str, duplicate_id: UUID) -> SyncDuplicate:
    row = await _row(session, await _collections(session, family), duplicate_id, lock=True)
    if row.status != "open":
        raise Conflict("Somebody has already decided on these two records.")
    return row


async def _row(
    session: AsyncSession, known: Mapping[UUID, str], duplicate_id: UUID, *, lock: bool = False
) -> SyncDuplicate:
    row = await rows.get(session, SyncDuplicate, duplicate_id, lock=lock)
    if row.collection_id not in known:
        raise NotFound("Duplicate not found")
    return row


async def _collections(session: AsyncSession, family: str) -> dict[UUID, str]:
    """The names of a family's collections."""
    found = select(SyncCollection.id, SyncCollection.name).where(SyncCollection.family == family)
    return dict((await session.exec(found)).all())


async def _pairs(
    session: AsyncSession, found: Sequence[SyncDuplicate], known: Mapping[UUID, str]
) -> list[Pair]:
    ids = {one for row in found for one in (row.first_id, row.second_id)}
    statement = select(SyncRecord, SyncData).join(SyncData, col(SyncData.id) == SyncRecord.id)
    records = {
        record.id: (record, data.contents)
        for record, data in (await session.exec(statement.where(col(SyncRecord.id).in_(ids)))).all()
    }
    sources = await _sources(session, ids)
    return [
        Pair(
            row,
            known[row.collection_id],
            *(Side(*records[one], sources.get(one, [])) for one in (row.first_id, row.second_id)),
        )
        for row in found
    ]


async def _sources(session: AsyncSession, ids: set[UUID]) -> dict[UUID, list[str]]:
    """The names of the connections that know these records."""
    statement = (
        sa.select(col(SyncLink.record_id), col(SyncConnection.name))
        .join(SyncStream, col(SyncStream.id) == SyncLink.stream_id)
        .join(SyncConnection, col(SyncConnection.id) == SyncStream.connection_id)
        .where(col(SyncLink.record_id).in_(ids), col(SyncLink.state) == "linked")
        .order_by(col(SyncConnection.name))
    )
    found: dict[UUID, list[str]] = {}
    for record_id, name in (await session.execute(statement)).all():
        found.setdefault(record_id, []).append(name)
    return found
