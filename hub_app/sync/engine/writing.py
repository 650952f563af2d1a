"""Writing what a page came to: a few statements for all of its records, in the transaction of the job's step."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, delete, tuple_
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import bulk, db
from hub_app.kernel.clock import utcnow
from hub_app.kernel.ids import new_id
from hub_app.kernel.lookups import Lookup, columns_of
from hub_app.sync.engine import findings, known
from hub_app.sync.engine.plan import Plan
from hub_app.sync.engine.run import Run
from hub_app.sync.tables import (
    SyncConflict,
    SyncData,
    SyncFinding,
    SyncLink,
    SyncQuarantine,
    SyncRecord,
    SyncReference,
    SyncVersion,
)

_NAMED = columns_of(SyncReference)
_WAITING = Lookup(
    lambda one_of: sa.select(_NAMED.id, _NAMED.external_id).where(
        _NAMED.stream_id == sa.bindparam("stream", type_=sa.Uuid()),
        one_of(_NAMED.external_id),
        # Not as the column itself: SQLite would look among all that wait, of which there may be many.
        sa.func.coalesce(_NAMED.target_id, sa.null()).is_(None),
    )
)


async def write(session: AsyncSession, run: Run, plan: Plan) -> None:
    """Write a plan, in the open step; of a dry run what it would do."""
    if run.dry_run:
        await _write_findings(session, run, plan)
    else:
        await _write(session, run, plan)
    run.add_notes(session, plan.notes)


async def _write(session: AsyncSession, run: Run, plan: Plan) -> None:
    writes = bulk.writes_of(session)
    writes.insert(SyncRecord, plan.new_records)
    writes.insert(SyncData, plan.new_data)
    writes.insert(SyncLink, plan.new_links)
    writes.update(SyncRecord, plan.records)
    writes.update(SyncRecord, plan.archived)
    writes.update(SyncData, plan.data)
    writes.update(SyncLink, plan.links)
    writes.insert(SyncVersion, plan.versions)
    writes.insert(SyncConflict, plan.new_conflicts)
    writes.update(SyncConflict, plan.conflicts)
    await bulk.run(session, writes)
    await _quarantine(session, run, plan)
    await refer(session, plan.references, plan.replaced)
    await _join(session, plan.stream.id, {row["external_id"]: row["record_id"] for row in plan.new_links})
    if plan.new_records or plan.records or plan.archived:
        db.notify(session, f"sync_records:{run.tenant_id}")
    if plan.new_conflicts or plan.conflicts:
        db.notify(session, f"sync_conflicts:{run.tenant_id}")


async def _write_findings(session: AsyncSession, run: Run, plan: Plan) -> None:
    """Of each kind the first ones."""
    shown = [one for one in plan.findings if findings.is_shown(run, one.kind)]
    rows = [findings.row_of(run, plan.stream.resource, one, plan.now) for one in shown]
    await bulk.insert(session, SyncFinding, rows)


async def _quarantine(session: AsyncSession, run: Run, plan: Plan) -> None:
    """Put rows into quarantine, and take those out that have become records. One that somebody dismissed stays dismissed as long as
    it is read as it was.
    """
    ids = [row["external_id"] for row in plan.quarantine]
    there = await known.set_aside(session, plan.stream.id, [*ids, *plan.released])
    new: dict[str, dict[str, Any]] = {}
    again: list[dict[str, Any]] = []
    for row in plan.quarantine:
        kept = {**row, "status": "open", "settled_by": None, "updated_at": plan.now}
        before = there.get(row["external_id"])
        if before is None:
            of_stream = {"stream_id": plan.stream.id, "connection_id": plan.stream.connection_id}
            made = {"id": new_id(), "created_at": plan.now, "attempts": 1, "job_id": run.job_id}
            new[row["external_id"]] = {**made, **of_stream, **kept}
        elif before.status != "dismissed" or before.raw != row["raw"]:
            # Of one that waits already an undo of this job leaves the row.
            job_id = before.job_id if before.status == "open" else run.job_id
            again.append({"id": before.id, "job_id": job_id, "attempts": before.attempts + 1, **kept})
    await bulk.insert(session, SyncQuarantine, list(new.values()))
    await bulk.update(session, SyncQuarantine, again)
    settled = {"status": "resolved", "settled_by": run.job_id, "updated_at": plan.now}
    released = [there[one].id for one in plan.released if one in there and there[one].status != "resolved"]
    await bulk.update(session, SyncQuarantine, [{"id": one, **settled} for one in released])
    if new or again or released:
        db.notify(session, f"sync_quarantine:{run.connection_id}")


async def refer(
    session: AsyncSession,
    references: Mapping[UUID, Sequence[tuple[str, UUID, str]]],
    replaced: Sequence[tuple[UUID, str]],
) -> None:
    """Write which records name which, by field, stream and external id, in place of the fields `replaced`."""
    if replaced:
        named = tuple_(col(SyncReference.record_id), col(SyncReference.field))
        await session.exec(delete(SyncReference).where(named.in_(replaced)))
    wanted = {(stream, external) for rows in references.values() for _, stream, external in rows}
    found = await known.targets(session, wanted)
    await bulk.insert(
        session,
        SyncReference,
        [
            {
                "id": new_id(),
                "created_at": utcnow(),
                "record_id": record_id,
                "field": name,
                "stream_id": stream_id,
                "external_id": external_id,
                "target_id": found.get((stream_id, external_id)),
            }
            for record_id, rows in references.items()
            for name, stream_id, external_id in rows
        ],
    )


async def _join(session: AsyncSession, stream_id: UUID, arrived: dict[str, UUID]) -> None:
    """Let what names these records know that they are here."""
    if not arrived:
        return
    rows = await _WAITING.fetch(session, list(arrived), stream=stream_id)
    await bulk.update(
        session, SyncReference, [{"id": row_id, "target_id": arrived[one]} for row_id, one in rows]
    )
