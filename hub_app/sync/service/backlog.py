"""Sync jobs as operators see them, and letting those of a tenant go on that failed."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select

from hub_app.kernel import audit, db, rows
from hub_app.kernel.actor import Actor
from hub_app.kernel.backlogs import Backlog
from hub_app.kernel.errors import Conflict, HubError
from hub_app.kernel.queue import words
from hub_app.sync.service import access, jobs
from hub_app.sync.tables import SyncConnection, SyncJob

_FAILED = ("failed",)
# Of one tenant. A connection has one job at a time, so that there are hardly more to go on than there are connections.
_MOST = 500
CALLED: Mapping[str, str] = {
    "full_import": "Full import",
    "incremental_sync": "Sync of changes",
    "export": "Export",
    "mapping_update": "Update after a change of the mapping",
    "undo": "Undo",
    "check": "Check",
    "retry": "Retry of quarantined records",
    "deletions": "Confirmed deletions",
    "merge": "Merge of duplicates",
}


async def retry_job(actor: Actor, job_id: UUID) -> SyncJob:
    """Let a job that failed go on, whoever has its connection. Conflict, NotFound."""
    async with db.read(actor.tenant_id) as session:
        job = await rows.get(session, SyncJob, job_id)
        connection = await rows.get(session, SyncConnection, job.connection_id)
    return await jobs.retry(actor, connection.family, job_id)


async def retry_failed(actor: Actor, since: datetime) -> str:
    """Let the newest job of each connection go on that failed since then; in words, what came of it. Conflict when none failed."""
    failed = (col(SyncJob.status) == words(*_FAILED)[0], col(SyncJob.finished_at) > since)
    statement = select(SyncJob.id, SyncJob.connection_id, SyncConnection.family).join(
        SyncConnection, col(SyncConnection.id) == SyncJob.connection_id
    )
    newest = statement.where(*failed).order_by(col(SyncJob.finished_at).desc()).limit(_MOST)
    async with db.read(actor.tenant_id) as session:
        found = (await session.exec(newest)).all()
    if not found:
        raise Conflict("No sync job of this tenant failed in this period.")
    access.require_work(actor, found[0][2])
    left, seen, done = Counter[str](), set[UUID](), 0
    for job_id, connection_id, family in found:
        if connection_id in seen:
            left["a newer job of the same connection failed"] += 1
            continue
        seen.add(connection_id)
        try:
            await jobs.retry(actor, family, job_id)
            done += 1
        except HubError as error:
            left[error.detail.rstrip(".")] += 1
    async with db.begin(actor.tenant_id) as session:
        summary = {"failed_since": since.isoformat(), "jobs": done}
        await audit.record(session, actor, "sync.jobs_retried", summary=summary)
    told = [f"{count:,} did not: {why}." for why, count in left.most_common()]
    return " ".join([f"{done:,} {'job goes' if done == 1 else 'jobs go'} on.", *told])


BACKLOG = Backlog(
    name="sync_jobs",
    label="Sync jobs",
    model=SyncJob,
    failed=_FAILED,
    kind=SyncJob.type,
    called=lambda kind: CALLED.get(kind, kind),
    tries=SyncJob.starts,
    retry=retry_job,
    retry_all=retry_failed,
    left_out="Of the failed jobs of a connection the newest goes on; it does the work of the others.",
    order=3,
)
