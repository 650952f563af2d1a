"""Possible duplicates: offered to people, merged by them, and taken apart again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import audit, db, edits, paging, rows
from hub_app.kernel.actor import Actor
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Conflict, FieldError, Invalid, NotFound
from hub_app.sync.engine import changes
from hub_app.sync.engine import duplicates as offers
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
_STATES = ("linked", "gone", "merged")


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
        both = await _subjects(session, (row.first_id, row.second_id))
        row = await _open(session, family, duplicate_id)
        kept, other = both.pop(keep), next(iter(both.values()))
        (pair,) = await _pairs(session, [row], known)
        edits.check(expected, pair.version())
        if kept.record.archived_at is not None or other.record.archived_at is not None:
            raise Conflict("One of these records is in the archive by now.")
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
        known = await _collections(session, family)
        row = await _row(session, known, duplicate_id)
        both = await _subjects(session, (row.first_id, row.second_id))
        row = await _row(session, known, duplicate_id, lock=True)
        if row.status != "merged":
            raise Conflict("These records were not merged.")
        if not row.merged:
            raise Conflict("Nothing is known of these records any more: somebody was erased.")
        await _require_last(session, UUID(row.merged["kept"]))
        left = await _take_apart(session, actor, both, row.merged)
        row.merged = {}
        await _decide(session, actor, family, row, "open")
        return left


async def _subjects(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, Subject]:
    """Both records, locked before their pair is, as jobs do it, and in one order everywhere, so that two who lock the same rows wait
    for each other instead of locking up.
    """
    return {one: await changes.subject(session, one) for one in sorted(ids)}


async def _merge(
    session: AsyncSession, actor: Actor, kept: Subject, other: Subject, take: Sequence[str]
) -> dict[str, Any]:
    """Merge, in the open transaction; what to take it back by."""
    values = {name: other.data.contents[name] for name in take}
    version = await changes.change(session, kept, values, kind="merged", made_by=actor.name)
    if version is None:
        # Its history tells, and an undo of what made it sees, that somebody has made something of it.
        version = changes.note(session, kept, kind="merged", made_by=actor.name)
    ids = (kept.record.id, other.record.id)
    links = (await session.exec(select(SyncLink).where(col(SyncLink.record_id).in_(ids)))).all()
    moved = await _join_links(session, links, kept.record.id)
    conflicts = update(SyncConflict).where(
        col(SyncConflict.record_id) == other.record.id, col(SyncConflict.status) == "open"
    )
    await session.exec(conflicts.values(status="obsolete"))
    await changes.archive(session, other, kind="merged", made_by=actor.name)
    await changes.owe(session, kept.record.id)
    await session.flush()
    await offers.offer_for(session, [kept.record.id])
    return {
        "kept": str(kept.record.id),
        "other": str(other.record.id),
        "version": str(version.id),
        "links": moved,
    }


async def _join_links(
    session: AsyncSession, links: Sequence[SyncLink], kept_id: UUID
) -> list[dict[str, str]]:
    """Let all links be the kept record's. Of each stream one is read on: one that is at the source before one that is gone, the kept
    record's own before the other one's. What the links were, to take it back by.
    """
    moved: list[dict[str, str]] = []
    taken = set[UUID]()
    for link in sorted(links, key=lambda one: (_STATES.index(one.state), one.record_id != kept_id)):
        before, is_other = link.state, link.record_id != kept_id
        if link.state != "merged" and link.stream_id in taken:
            link.state = "merged"
        taken |= {link.stream_id} if link.state != "merged" else set()
        if not is_other and link.state == before:
            continue
        moved.append(
            {"id": str(link.id), "record": str(link.record_id), "state": before, "became": link.state}
        )
        link.record_id, link.synced_version = kept_id, 0
        session.add(link)
        await _point(session, link)
    return moved


async def _take_apart(
    session: AsyncSession, actor: Actor, both: Mapping[UUID, Subject], merged: Mapping[str, Any]
) -> list[str]:
    kept, other = both[UUID(merged["kept"])], both[UUID(merged["other"])]
    left: list[str] = []
    version = await rows.get(session, SyncVersion, UUID(merged["version"]))
    if version.before or version.after:
        now = kept.data.contents
        left = sorted(changed_since(now, version.before, version.after))
        values = put_back(now, version.before, version.after, keep=frozenset(left))
        emptied = dict.fromkeys(now)
        await changes.change(session, kept, {**emptied, **values}, kind="taken_apart", made_by=actor.name)
    await _part_links(session, merged["links"], kept.record.id)
    await changes.unarchive(session, other, kind="taken_apart", made_by=actor.name)
    return left


async def _part_links(session: AsyncSession, moved: Sequence[Mapping[str, str]], kept_id: UUID) -> None:
    """Give links back to the records whose they were. One that its source has told otherwise of since keeps that state."""
    before = {UUID(one["id"]): one for one in moved}
    found = select(SyncLink).where(col(SyncLink.id).in_(list(before)), SyncLink.record_id == kept_id)
    links = (await session.exec(found)).all()
    # Those that leave go first: of each stream a record has one at a time.
    for link in sorted(links, key=lambda one: before[one.id]["record"] == str(kept_id)):
        one = before[link.id]
        link.record_id, link.synced_version = UUID(one["record"]), 0
        if link.state == one["became"]:
            link.state = one["state"]
        session.add(link)
        await session.flush()
        await _point(session, link)


async def _require_last(session: AsyncSession, kept_id: UUID) -> None:
    """Conflict when the record that stayed was merged into another one since, which has all of its links by now."""
    later = select(SyncDuplicate).where(
        sa.or_(col(SyncDuplicate.first_id) == kept_id, col(SyncDuplicate.second_id) == kept_id),
        SyncDuplicate.status == "merged",
    )
    if any(one.merged.get("other") == str(kept_id) for one in (await session.exec(later)).all()):
        raise Conflict(
            "The record that stayed was merged into another one since. Take those two apart first."
        )


async def _point(session: AsyncSession, link: SyncLink) -> None:
    """Let what names the record that the link stands for name the one that it is now."""
    named = update(SyncReference).where(
        col(SyncReference.stream_id) == link.stream_id, col(SyncReference.external_id) == link.external_id
    )
    change = named.values(target_id=link.record_id)
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
