"""Possible duplicates: offered to people, merged by them, and taken apart again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import audit, db, edits, paging, rows
from hub_app.kernel.actor import Actor
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Conflict, FieldError, Invalid, NotFound
from hub_app.sync.engine import joining
from hub_app.sync.engine.joining import By
from hub_app.sync.service import access
from hub_app.sync.tables import (
    SyncCollection,
    SyncConnection,
    SyncData,
    SyncDuplicate,
    SyncLink,
    SyncRecord,
    SyncStream,
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

    def version(self) -> edits.Version:
        """What somebody decides by: both records, field by field."""
        sides = {"first": self.first, "second": self.second}
        archived = {name: one.record.archived_at for name, one in sides.items()}
        values = {f"{name}.{key}": value for name, one in sides.items() for key, value in one.values.items()}
        return edits.Version.of({"status": self.row.status, **archived, **values})


async def list_duplicates(
    actor: Actor, family: str, page: paging.PageRequest, *, status: str = "open", resource: str = ""
) -> paging.Slice[Pair]:
    """Newest first. Of those that wait, the ones of which neither record is in the archive."""
    access.require_read(actor, family)
    async with db.read(actor.tenant_id) as session:
        known = await _collections(session, family)
        wanted = [one for one, name in known.items() if not resource or name == resource]
        if not wanted:
            return paging.Slice([])
        statement = select(SyncDuplicate).where(SyncDuplicate.status == status)
        if status == "open":
            statement = statement.where(
                ~_archived(SyncDuplicate.first_id), ~_archived(SyncDuplicate.second_id)
            )
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
    actor: Actor,
    family: str,
    duplicate_id: UUID,
    *,
    keep: UUID,
    take: Sequence[str] = (),
    expected: edits.Expected | None = None,
) -> None:
    """Make one record of two: the one to `keep`, with the other one's values in the fields to `take`. What names the other one
    names this one then, and its sources keep this one in step; where both are of the same source, the other one's is not read any
    more. Conflict when it was decided already, or one of them is in the archive; Invalid; PreconditionFailed when they are not as
    they were seen.
    """
    access.require_work(actor, family)
    async with db.begin(actor.tenant_id) as session:
        known = await _collections(session, family)
        row = await _row(session, known, duplicate_id)
        if keep not in {row.first_id, row.second_id}:
            raise Invalid.field("keep", "must be one of the two records")
        both = await joining.subjects(session, (row.first_id, row.second_id))
        row = await _open(session, family, duplicate_id)
        kept, other = both.pop(keep), next(iter(both.values()))
        (pair,) = await _pairs(session, [row], known)
        edits.check(expected, pair.version())
        if kept.record.archived_at is not None or other.record.archived_at is not None:
            raise Conflict("One of these records is in the archive by now.")
        unknown = [name for name in take if name not in other.data.contents]
        if unknown:
            raise Invalid([FieldError(f"take.{name}", "is empty on the other record") for name in unknown])
        row.merged = await joining.join(session, By(actor.name), kept, other, take)
        await _decide(session, actor, family, row, "merged", kept=str(keep))


async def take_apart(actor: Actor, family: str, duplicate_id: UUID) -> list[str]:
    """Make two records again of one that was merged; the fields that somebody has changed since, which stay as they are.
    Conflict when they were not merged.
    """
    access.require_work(actor, family)
    async with db.begin(actor.tenant_id) as session:
        known = await _collections(session, family)
        row = await _row(session, known, duplicate_id)
        both = await joining.subjects(session, (row.first_id, row.second_id))
        row = await _row(session, known, duplicate_id, lock=True)
        if row.status != "merged":
            raise Conflict("These records were not merged.")
        if not row.merged:
            raise Conflict("Nothing is known of these records any more: somebody was erased.")
        await joining.require_last(session, UUID(row.merged["kept"]))
        left = await joining.part(session, By(actor.name), both, row.merged)
        row.merged, row.job_id = {}, None
        await _decide(session, actor, family, row, "open")
        return left


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


def _archived(record_id: object) -> sa.ColumnElement[bool]:
    """Whether the record of this id is in the archive."""
    found = sa.select(1).where(
        col(SyncRecord.tenant_id) == SyncDuplicate.tenant_id,
        col(SyncRecord.id) == record_id,
        col(SyncRecord.archived_at).is_not(None),
    )
    return found.exists()


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
