"""Taking jobs back."""

from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel.actor import Actor
from hub_app.kernel.errors import Conflict
from hub_app.sync.service import access, jobs
from hub_app.sync.tables import SyncIntent, SyncJob, SyncVersion

_UNDOABLE = {
    "full_import",
    "incremental_sync",
    "mapping_update",
    "retry",
    "deletions",
    "merge",
    "export",
    "lead",
}


async def start(
    session: AsyncSession, actor: Actor, family: str, job_id: UUID, *, dry_run: bool = False
) -> SyncJob:
    """Start the job that takes this one back, in the open transaction. Conflict when it cannot be, or has been; SyncUnderWay. A
    connection that is paused, or has an error, does not stand in the way.
    """
    job = await access.job(session, family, job_id, lock=True)
    connection = await access.connection(session, family, job.connection_id, lock=True)
    await jobs.require_idle(session, connection)
    if job.status == "pending":
        raise Conflict("This job has not ended yet. Cancel it first, or wait.")
    if job.type not in _UNDOABLE or job.dry_run:
        raise Conflict("This job changed nothing that could be undone.")
    if "record_ids" in job.config:
        raise Conflict("What was sent as a lead stays there: it cannot be taken back from here.")
    if job.undone_by is not None:
        raise Conflict("This job has already been undone.")
    if not await _has_effects(session, job):
        raise Conflict("This job changed nothing that could be undone.")
    return await jobs.add(
        session, actor, connection, "undo", trigger="manual", dry_run=dry_run, undoes=job.id, config={}
    )


async def _has_effects(session: AsyncSession, job: SyncJob) -> bool:
    changed = select(SyncVersion.id).where(SyncVersion.job_id == job.id, col(SyncVersion.undone_by).is_(None))
    sent = select(SyncIntent.id).where(SyncIntent.job_id == job.id, SyncIntent.status == "done")
    for found in (changed, sent):
        if (await session.exec(found.limit(1))).first() is not None:
            return True
    return False
