"""Telling whoever has the connection that a job has begun, and how it ends (`SourceFamily.tell`)."""

from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import sources
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
    """A job begins. When it goes on after it was cut off or put off, that was told. Ended when it is over."""
    if run.checkpoint.get(_TOLD) or run.dry_run or run.type in _QUIET:
        return
    retries = run.checkpoint.get("retries", 0)
    async with run.step() as session:
        await sources.families()[run.connection.family].tell(
            session,
            JobNews(
                tenant_id=run.tenant_id,
                connection_id=run.connection_id,
                job_id=run.job_id,
                job_type=run.type,
                trigger=run.trigger,
                key=f"sync:{run.job_id}:{retries}:triggered",
            ),
        )
        run.checkpoint[_TOLD] = True


async def is_cancelled(session: AsyncSession, job: SyncJob, connection: SyncConnection) -> None:
    """A job that waited is cancelled at once, in the open transaction. One that had never begun was never told of."""
    if job.status == "cancelled" and job.checkpoint.get(_TOLD):
        await ends(session, job, connection, "cancelled")


async def ends(session: AsyncSession, job: SyncJob, connection: SyncConnection, outcome: str) -> None:
    """A job ends, in the transaction that writes it."""
    if job.dry_run or job.type in _QUIET:
        return
    await sources.families()[connection.family].tell(
        session,
        JobNews(
            tenant_id=job.tenant_id,
            connection_id=connection.id,
            job_id=job.id,
            job_type=job.type,
            trigger=job.trigger,
            key=f"sync:{job.id}:{job.checkpoint.get('retries', 0)}:completed",
            outcome=outcome,
            error=job.error,
            counts=job.counts,
        ),
    )
