"""Telling whoever has the connection that a job has begun, and how it ends (`SourceFamily.tell`)."""

from collections.abc import Mapping
from typing import Any

from sqlmodel import select

from hub_app.kernel import db, sources
from hub_app.kernel.queue import PENDING, Held
from hub_app.kernel.sources import JobNews
from hub_app.sync.engine.run import Run
from hub_app.sync.tables import SyncConnection, SyncJob

# These look, or are a part of what somebody does on a screen.
_QUIET = {"check", "merge"}
_TOLD = "told"


def again(job: SyncJob) -> None:
    """A job that has ended is to go on: its next beginning and end are told, too."""
    retries = job.checkpoint.get("retries", 0) + 1
    job.checkpoint = {**job.checkpoint, "retries": retries, _TOLD: False}


async def begins(run: Run) -> None:
    """A job begins. When it goes on after it was cut off or put off, that was told."""
    if run.checkpoint.get(_TOLD) or run.dry_run or run.type in _QUIET:
        return
    retries = run.checkpoint.get("retries", 0)
    await sources.families()[run.connection.family].tell(
        JobNews(
            tenant_id=run.tenant_id,
            connection_id=run.connection_id,
            job_id=run.job_id,
            job_type=run.type,
            trigger=run.trigger,
            key=f"sync:{run.job_id}:{retries}:triggered",
        )
    )
    run.checkpoint[_TOLD] = True


async def ends(
    held: Held, outcome: str, *, error: str = "", counts: Mapping[str, Mapping[str, Any]] | None = None
) -> None:
    """A job ends, unless it is another process's by now. To be called before that is written; no transaction may be open."""
    statement = (
        select(SyncJob, SyncConnection)
        .join(SyncConnection, SyncConnection.id == SyncJob.connection_id)  # type: ignore[arg-type]
        .where(SyncJob.id == held.id, SyncJob.lease == held.lease, SyncJob.status == PENDING)
    )
    async with db.read(held.tenant_id) as session:
        found = (await session.exec(statement)).one_or_none()
    if found is None:
        return
    job, connection = found
    if outcome != "cancelled" or job.cancelling:
        await _tell_end(job, connection, outcome, error=error, counts=counts)


async def is_cancelled(job: SyncJob, connection: SyncConnection) -> None:
    """A job that waited was cancelled at once. One that had never begun was never told of."""
    if job.status == "cancelled" and job.checkpoint.get(_TOLD):
        await _tell_end(job, connection, "cancelled")


async def _tell_end(
    job: SyncJob,
    connection: SyncConnection,
    outcome: str,
    *,
    error: str = "",
    counts: Mapping[str, Mapping[str, Any]] | None = None,
) -> None:
    if job.dry_run or job.type in _QUIET:
        return
    await sources.families()[connection.family].tell(
        JobNews(
            tenant_id=job.tenant_id,
            connection_id=connection.id,
            job_id=job.id,
            job_type=job.type,
            trigger=job.trigger,
            key=f"sync:{job.id}:{job.checkpoint.get('retries', 0)}:completed",
            outcome=outcome,
            error=error[:500],
            counts=counts if counts is not None else job.counts,
        )
    )
