"""Looking at jobs, cancelling and retrying them. Whoever may read a family of things may see its jobs."""

from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.jobs.schemas import JobOut, JobStatus
from hub_app.kernel import audit, db, jobs, paging, rows
from hub_app.kernel.activity import Work
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Conflict
from hub_app.kernel.queue import PENDING, words
from hub_app.kernel.scopes import families as all_families
from hub_app.kernel.tables import Job

_RECENT = timedelta(minutes=10)
_UNTIL_RETRIED = timedelta(hours=24)
_FAILED = col(Job.status) == words("failed")[0]
_MOST_CURRENT = 20
MOST_RETRIED = 500


async def list_jobs(actor: Actor, page: paging.PageRequest) -> paging.Slice[Job]:
    """Newest first."""
    actor.require(Role.CUSTOMER_VIEWER)
    families = _readable(actor)
    each = None if len(families) == len(all_families()) else [col(Job.family) == one for one in families]
    async with db.read(actor.tenant_id) as session:
        return await paging.fetch(session, select(Job), paging.newest_first(Job.id), page, each=each)


async def current_jobs(actor: Actor) -> list[Job]:
    """What waits, runs, has ended in the last ten minutes, or failed in the last day; newest first, at most twenty."""
    actor.require(Role.CUSTOMER_VIEWER)
    statement = select(Job).where(col(Job.family).in_(_readable(actor))).order_by(col(Job.id).desc())
    found: list[Job] = []
    async with db.read(actor.tenant_id) as session:
        for current in (
            col(Job.status) == PENDING,
            col(Job.finished_at) > utcnow() - _RECENT,
            sa.and_(_FAILED, col(Job.finished_at) > utcnow() - _UNTIL_RETRIED),
        ):
            found += (await session.exec(statement.where(current).limit(_MOST_CURRENT))).all()
    return sorted({job.id: job for job in found}.values(), key=lambda job: job.id, reverse=True)[
        :_MOST_CURRENT
    ]


async def current_work(actor: Actor) -> list[Work]:
    """The same, for the top bar."""
    return [
        Work(
            id=job.id,
            title=job.title,
            href=job.href,
            status=status_of(job),
            done=job.done,
            total=job.total,
            result=job.result,
            may_change=jobs.may_change(actor, job),
            finished_at=job.finished_at,
        )
        for job in await current_jobs(actor)
    ]


async def get_job(actor: Actor, job_id: UUID) -> Job:
    actor.require(Role.CUSTOMER_VIEWER)
    async with db.read(actor.tenant_id) as session:
        return await _find(session, actor, job_id)


async def cancel_job(actor: Actor, job_id: UUID) -> Job:
    """Stop a job: at once while it waits, else before its next step. What it has done so far stays done."""
    actor.require(Role.ENGINEER)
    async with db.begin(actor.tenant_id) as session:
        job = await _find(session, actor, job_id, lock=True)
        jobs.require_change(actor, job)
        job.cancel("job")
        session.add(job)
        jobs.told(session, job)
        await audit.act(session, actor, "job.cancelled", job, kind=job.kind, title=job.title)
    return job


async def retry_job(actor: Actor, job_id: UUID) -> Job:
    """Let a job that failed go on where it stopped. Conflict for others."""
    actor.require(Role.ENGINEER)
    async with db.begin(actor.tenant_id) as session:
        job = await _find(session, actor, job_id, lock=True)
        jobs.require_change(actor, job)
        if job.status != "failed":
            raise Conflict("Only a job that has failed can be retried.")
        await _go_on(session, actor, job)
    return job


async def retry_failed(actor: Actor, since: datetime) -> str:
    """Let the jobs that failed since then go on where they stopped; in words, how many. Conflict when there are none."""
    actor.require(Role.ENGINEER, "write:*")
    async with db.begin(actor.tenant_id) as session:
        newest_first = select(Job).where(_FAILED, col(Job.finished_at) > since)
        newest_first = newest_first.order_by(col(Job.finished_at).desc()).limit(MOST_RETRIED)
        found = (await session.exec(newest_first.with_for_update(key_share=True))).all()
        if not found:
            raise Conflict("No job of this tenant failed in this period.")
        for job in found:
            await _go_on(session, actor, job)
    return "1 job goes on." if len(found) == 1 else f"{len(found):,} jobs go on."


async def _go_on(session: AsyncSession, actor: Actor, job: Job) -> None:
    job.resume()
    job.result = ""
    session.add(job)
    jobs.told(session, job)
    db.notify(session, "jobs")
    await audit.act(session, actor, "job.retried", job, kind=job.kind)


def job_out(job: Job) -> JobOut:
    return JobOut(**job.model_dump(include=set(JobOut.model_fields) - {"status"}), status=status_of(job))


def status_of(job: Job) -> JobStatus:
    return cast("JobStatus", job.phase)


def _readable(actor: Actor) -> list[str]:
    return [family for family in all_families() if actor.may(Role.CUSTOMER_VIEWER, f"read:{family}")]


async def _find(session: AsyncSession, actor: Actor, job_id: UUID, *, lock: bool = False) -> Job:
    return await rows.get(session, Job, job_id, col(Job.family).in_(_readable(actor)), lock=lock)
