"""Jobs of syncing as people and programs start, see and stop them."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal, cast
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import audit, db, leases, paging
from hub_app.kernel.actor import Actor
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import BadRequest, Conflict
from hub_app.kernel.ids import lowest_at
from hub_app.kernel.queue import PENDING
from hub_app.sync.engine import ending, news
from hub_app.sync.engine.run import told
from hub_app.sync.service import access
from hub_app.sync.tables import SyncConnection, SyncFinding, SyncJob, SyncLog

JobType = Literal[
    "full_import",
    "incremental_sync",
    "export",
    "mapping_update",
    "undo",
    "check",
    "retry",
    "deletions",
    "merge",
    "lead",
]
Job = SyncJob
TOPIC = "sync_jobs"
QUEUE = leases.queue_of(SyncJob)
resumed = leases.goes_on(SyncJob, TOPIC)
_RECENT = timedelta(minutes=10)
_A_DAY = timedelta(days=1)
_MOST_CURRENT = 20
IMPORTS = ("full_import", "incremental_sync", "mapping_update")


class SyncUnderWay(Conflict):
    """A connection has one job at a time."""

    title = "Sync already in progress"


class NotConnected(BadRequest):
    """The connection cannot be used before somebody has done something about it."""

    title = "Integration not connected"


async def start(
    session: AsyncSession,
    actor: Actor,
    connection: SyncConnection,
    job_type: JobType,
    *,
    trigger: str = "manual",
    dry_run: bool = False,
    undoes: UUID | None = None,
    config: dict[str, Any] | None = None,
) -> SyncJob:
    """Start a job in the open transaction. SyncUnderWay when the connection has one; NotConnected."""
    await require_idle(session, connection)
    require_connected(connection)
    return await add(
        session,
        actor,
        connection,
        job_type,
        trigger=trigger,
        dry_run=dry_run,
        undoes=undoes,
        config=config or {},
    )


async def add(
    session: AsyncSession,
    actor: Actor,
    connection: SyncConnection,
    job_type: JobType,
    *,
    trigger: str,
    dry_run: bool,
    undoes: UUID | None,
    config: dict[str, Any],
) -> SyncJob:
    """Start a job of a connection that is known to be idle, whatever its state, in the open transaction."""
    job = SyncJob(
        tenant_id=connection.tenant_id,
        connection_id=connection.id,
        type=job_type,
        trigger=trigger,
        dry_run=dry_run,
        undoes=undoes,
        config=config,
        started_by=actor.name,
    )
    session.add(job)
    await session.flush()
    told(session, job)
    db.notify(session, TOPIC)
    return job


async def require_idle(session: AsyncSession, connection: SyncConnection) -> None:
    """Raise SyncUnderWay while a job of the connection waits or runs. Of two at once, the second waits for the first."""
    await db.lock(session, f"sync {connection.id}")
    pending = select(SyncJob.id).where(SyncJob.connection_id == connection.id, col(SyncJob.status) == PENDING)
    if (await session.exec(pending)).first() is not None:
        raise SyncUnderWay("Please wait for the current sync to complete")


def require_connected(connection: SyncConnection) -> None:
    """Raise NotConnected unless the connection works, as far as is known."""
    if connection.status == "paused":
        raise NotConnected(f"This integration is paused: {connection.reason} Resume it first.")
    if connection.status == "error":
        raise NotConnected(f"This integration has an error: {connection.reason}")
    if connection.status != "connected":
        raise NotConnected("Please complete the authentication setup first")


async def cancel(actor: Actor, family: str, job_id: UUID) -> SyncJob:
    """End a job: at once while it waits, else before its next step. What it has done stays. Conflict when it has ended."""
    access.require_work(actor, family)
    async with db.begin(actor.tenant_id) as session:
        job = await access.job(session, family, job_id, lock=True)
        if job.status == "needs_confirmation":
            job.status, job.finished_at = "cancelled", utcnow()
        else:
            job.cancel("sync job")
        connection = await access.connection(session, family, job.connection_id)
        await _changed(session, actor, family, job, "cancelled")
        await news.is_cancelled(session, job, connection)
        return job


async def retry(actor: Actor, family: str, job_id: UUID) -> SyncJob:
    """Let a job that failed or was cancelled go on where it stopped. Conflict for others, and while another one runs."""
    access.require_work(actor, family)
    async with db.begin(actor.tenant_id) as session:
        job = await access.job(session, family, job_id, lock=True)
        connection = await access.connection(session, family, job.connection_id)
        await require_idle(session, connection)
        if job.undoes is None:
            # An undo pauses its connection itself.
            require_connected(connection)
        if job.status not in {"failed", "cancelled"}:
            raise Conflict("Only a job that has failed or was cancelled can be retried.")
        if job.undone_by is not None:
            raise Conflict("This job has been undone. Start a new one instead.")
        if job.undoes is not None and (await access.job(session, family, job.undoes)).undone_by is not None:
            raise Conflict("Another undo has taken this job back.")
        await _resume(session, actor, family, job)
        return job


async def go_on(
    session: AsyncSession, actor: Actor, family: str, connection: SyncConnection
) -> SyncJob | None:
    """Let the connection's last job go on where it stopped, in the open transaction, when that was an import and its account could
    not be used; None for none. What was to be written there waits for somebody.
    """
    latest = select(SyncJob).where(SyncJob.connection_id == connection.id).order_by(col(SyncJob.id).desc())
    job = (await session.exec(latest.limit(1).with_for_update())).one_or_none()
    if job is None or job.status != "failed" or job.error_kind not in ending.NEEDS_SOMEBODY:
        return None
    if job.type not in IMPORTS or job.undone_by is not None:
        return None
    await _resume(session, actor, family, job)
    return job


async def confirm(
    session: AsyncSession, actor: Actor, family: str, job_id: UUID, digests: Mapping[str, str]
) -> SyncJob:
    """Confirm that what a job could not find is gone, in the open transaction: exactly the lists of these digests, by resource. The
    job that marks it. Conflict when the job waits for nothing, or for other lists, or read another account; SyncUnderWay,
    NotConnected.
    """
    asked = await access.job(session, family, job_id, lock=True)
    if asked.status != "needs_confirmation":
        raise Conflict("This job does not wait for a confirmation.")
    shown = {name: one["digest"] for name, one in cast("dict[str, dict[str, Any]]", asked.confirm).items()}
    if any(shown.get(name) != digest for name, digest in digests.items()):
        raise Conflict("This is not the list that the job found. Reload, and look at it again.")
    newer = select(SyncJob.id).where(
        SyncJob.connection_id == asked.connection_id,
        col(SyncJob.id) > asked.id,
        col(SyncJob.type).in_(IMPORTS),
        col(SyncJob.dry_run).is_(False),
    )
    if (await session.exec(newer.limit(1))).first() is not None:
        raise Conflict(
            "This integration was synced again after that. Run a full import, and confirm what it finds."
        )
    connection = await access.connection(session, family, asked.connection_id, lock=True)
    if any(one["account"] != connection.account for one in asked.confirm.values()):
        raise Conflict(
            "This integration is connected with another account by now. Run a full import, and confirm what it finds."
        )
    asked.status = "completed"
    session.add(asked)
    config = {"job_id": str(asked.id), "resources": sorted(digests)}
    return await start(session, actor, connection, "deletions", config=config)


async def get(actor: Actor, family: str, job_id: UUID) -> SyncJob:
    access.require_read(actor, family)
    async with db.read(actor.tenant_id) as session:
        return await access.job(session, family, job_id)


async def list_jobs(
    actor: Actor, family: str, connection_id: UUID, page: paging.PageRequest
) -> paging.Slice[SyncJob]:
    """A connection's jobs, newest first."""
    access.require_read(actor, family)
    statement = select(SyncJob).where(SyncJob.connection_id == connection_id)
    async with db.read(actor.tenant_id) as session:
        await access.connection(session, family, connection_id)
        return await paging.fetch(session, statement, paging.newest_first(SyncJob.id), page)


async def current(actor: Actor, family: str) -> list[tuple[SyncJob, SyncConnection]]:
    """What waits, runs, or was started in the last day and has ended in the last ten minutes, with its connection; newest first,
    at most twenty.
    """
    access.require_read(actor, family)
    statement = (
        select(SyncJob, SyncConnection)
        .join(SyncConnection, col(SyncConnection.id) == SyncJob.connection_id)
        .where(SyncConnection.family == family)
    )
    # A connection has one at most. Asked for in an order, they would be looked for among all jobs.
    pending = statement.where(col(SyncJob.status) == PENDING)
    since = utcnow() - _RECENT
    ended = statement.where(
        col(SyncJob.id) > lowest_at(utcnow() - _A_DAY), col(SyncJob.finished_at) > since
    ).order_by(col(SyncJob.id).desc())
    async with db.read(actor.tenant_id) as session:
        found = [
            *(await session.exec(pending)).all(),
            *(await session.exec(ended.limit(_MOST_CURRENT))).all(),
        ]
    newest = sorted({job.id: (job, one) for job, one in found}.items(), reverse=True)
    return [pair for _, pair in newest[:_MOST_CURRENT]]


async def list_logs(
    actor: Actor, family: str, job_id: UUID, page: paging.PageRequest, *, level: str = ""
) -> paging.Slice[SyncLog]:
    """What a job has to say, oldest first."""
    access.require_read(actor, family)
    statement = select(SyncLog).where(SyncLog.job_id == job_id)
    if level:
        statement = statement.where(SyncLog.level == level)
    async with db.read(actor.tenant_id) as session:
        await access.job(session, family, job_id)
        return await paging.fetch(session, statement, [paging.Order(col(SyncLog.id))], page)  # type: ignore[arg-type]


async def list_findings(
    actor: Actor, family: str, job_id: UUID, page: paging.PageRequest, *, kind: str = ""
) -> paging.Slice[SyncFinding]:
    """What a job found without writing, in the order in which it did."""
    access.require_read(actor, family)
    statement = select(SyncFinding).where(SyncFinding.job_id == job_id)
    order = [paging.Order(col(SyncFinding.id))]  # type: ignore[arg-type]
    if kind:
        statement = statement.where(SyncFinding.kind == kind)
    else:
        order = [paging.Order(col(SyncFinding.kind)), *order]  # type: ignore[arg-type]
    async with db.read(actor.tenant_id) as session:
        await access.job(session, family, job_id)
        return await paging.fetch(session, statement, order, page)


async def _resume(session: AsyncSession, actor: Actor, family: str, job: SyncJob) -> None:
    job.resume()
    news.again(job)
    job.error, job.error_kind, job.outcome = "", "", ""
    db.notify(session, TOPIC)
    await _changed(session, actor, family, job, "retried")


async def _changed(session: AsyncSession, actor: Actor, family: str, job: SyncJob, verb: str) -> None:
    session.add(job)
    await session.flush()
    await audit.act(session, actor, f"{family}.sync.{verb}", job, type=job.type)
    told(session, job)
