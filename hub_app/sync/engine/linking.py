"""Linking all exact matches of a connection, and taking them apart again: a job of its own, with a preview."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import bulk, db, rows
from hub_app.kernel.clock import utcnow
from hub_app.sync.engine import joining, matches, streams
from hub_app.sync.engine.changes import Subject
from hub_app.sync.engine.findings import Finding, is_shown, row_of
from hub_app.sync.engine.joining import By
from hub_app.sync.engine.matches import Match
from hub_app.sync.engine.run import Run
from hub_app.sync.merge import is_blank
from hub_app.sync.tables import SyncDuplicate, SyncFinding, SyncJob

_FIRST = str(UUID(int=0))
_STEP = 50


async def link_all(run: Run) -> None:
    """Make one record of each exact match of the connection with another one. A dry run tells what would come of each."""
    found = await streams.load(run.connection)
    resources = {one.collection_id: one.resource for one in reversed(found)}
    of_connection = {one.id for one in found}
    for collection_id, resource in resources.items():
        place = run.part(f"link {resource}")
        while not place.get("done"):
            async with run.step() as session:
                at = UUID(place.get("after", _FIRST))
                looked = await matches.look(session, collection_id, of_connection, at)
                await _link(session, run, resource, looked.matches)
                tally = run.tally(resource)
                for why, count in looked.left.items():
                    tally.skip(why, count)
                    tally.read += count
                run.processed += len(looked.matches)
                place["after"], place["done"] = str(looked.last or at), looked.last is None


async def _link(session: AsyncSession, run: Run, resource: str, found: Sequence[Match]) -> None:
    """Link these, in the open step."""
    both = await joining.subjects(session, [one for match in found for one in (match.kept, match.other)])
    told: list[dict[str, Any]] = []
    for match in found:
        kept, other = both[match.kept], both[match.other]
        fills, differs = _compared(kept, other)
        tally = run.tally(resource)
        tally.read += 1
        tally.updated += 1
        if not run.dry_run:
            by = By(run.started_by, run.job_id)
            match.pair.merged = await joining.join(session, by, kept, other, list(fills), settles=True)
            match.pair.status, match.pair.decided_by = "merged", run.started_by
            match.pair.job_id, match.pair.updated_at = run.job_id, utcnow()
            session.add(match.pair)
        if is_shown(run, "link"):
            detail = {"fields": {**differs, **fills}, "other": str(match.other)}
            one = Finding("link", "", kept.record.name, match.kept, detail)
            told.append(row_of(run, resource, one, utcnow()))
    await bulk.insert(session, SyncFinding, told)
    if found and not run.dry_run:
        _told(session, run)


def _compared(kept: Subject, other: Subject) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the kept record gets of the other one, and what differs between them and stays."""
    fills: dict[str, Any] = {}
    differs: dict[str, Any] = {}
    for name, value in other.data.contents.items():
        own = kept.data.contents.get(name)
        if is_blank(value) or own == value:
            continue
        sides = {"kept": own, "other": value}
        (fills if is_blank(own) else differs)[name] = sides
    return fills, differs


async def part_all(run: Run) -> None:
    """Take apart what the job that this one undoes has linked. What somebody has changed since stays, and is told."""
    undone = run.undoes or run.job_id
    resources = {one.collection_id: one.resource for one in reversed(await streams.load(run.connection))}
    is_over = False
    while not is_over:
        async with run.step() as session:
            after = UUID(run.checkpoint.get("after", _FIRST))
            found = select(SyncDuplicate).where(
                SyncDuplicate.job_id == undone,
                SyncDuplicate.status == "merged",
                col(SyncDuplicate.id) > after,
            )
            pairs = (await session.exec(found.order_by(col(SyncDuplicate.id)).limit(_STEP))).all()
            await _part(session, run, pairs, resources)
            run.processed += len(pairs)
            if pairs:
                run.checkpoint["after"] = str(pairs[-1].id)
            is_over = len(pairs) < _STEP
    if not run.dry_run:
        async with run.step() as session:
            job = await rows.get(session, SyncJob, undone, lock=True)
            job.undone_by = run.job_id
            session.add(job)


async def _part(
    session: AsyncSession, run: Run, pairs: Sequence[SyncDuplicate], resources: Mapping[UUID, str]
) -> None:
    both = await joining.subjects(session, [one for pair in pairs for one in (pair.first_id, pair.second_id)])
    told: list[dict[str, Any]] = []
    for pair in pairs:
        resource = resources.get(pair.collection_id, "")
        tally = run.tally(resource)
        tally.read += 1
        kept = both[UUID(pair.merged["kept"])] if pair.merged else both[pair.first_id]
        is_last = bool(pair.merged) and not await joining.is_merged_on(session, kept.record.id)
        left: list[str] = []
        if not is_last:
            tally.skip("merged_again")
        else:
            tally.updated += 1
            left = await joining.left_of(session, kept, pair.merged)
        if is_last and not run.dry_run:
            await joining.part(session, By(run.started_by, run.job_id), both, pair.merged)
            pair.status, pair.merged, pair.job_id = "open", {}, None
            pair.decided_by, pair.updated_at = "", utcnow()
            session.add(pair)
        kind = "apart" if is_last else "kept"
        if is_shown(run, kind):
            one = Finding(kind, "", kept.record.name, kept.record.id, {"fields": left})
            told.append(row_of(run, resource, one, utcnow()))
    await bulk.insert(session, SyncFinding, told)
    if pairs and not run.dry_run:
        _told(session, run)


def _told(session: AsyncSession, run: Run) -> None:
    db.notify(session, f"sync_duplicates:{run.tenant_id}")
    db.notify(session, f"sync_records:{run.tenant_id}")
