"""Syncing a CRM: starting jobs, previews and checks, taking jobs back, confirming what was found to be missing."""

from typing import Any, cast
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.crm.schemas.jobs import (
    JOB_TYPES,
    CheckIn,
    FindingOut,
    JobConfig,
    JobStatus,
    LogOut,
    SyncIn,
    SyncJobOut,
)
from hub_app.crm.service import FAMILY, READ, WRITE, accounts
from hub_app.crm.titles import title_of
from hub_app.kernel import audit, db
from hub_app.kernel.activity import Work, WorkStatus
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.errors import Invalid
from hub_app.kernel.paging import PageRequest, Slice
from hub_app.sync.service import access, jobs, undo
from hub_app.sync.service.connections import Connection
from hub_app.sync.service.jobs import Job, JobType

_TYPES: dict[str, JobType] = {
    "full_import": "full_import",
    "incremental_sync": "incremental_sync",
    "export_to_crm": "export",
}


_PHASES = {"pending": "waiting", "completed": "succeeded", "needs_confirmation": "succeeded"}
"""How the top bar says that a job stands, where that is something else."""


async def start_sync(
    actor: Actor, connection_id: UUID, given: SyncIn, *, dry_run: bool = False
) -> SyncJobOut:
    """Start a job, or a preview of it. SyncUnderWay, NotConnected, or Invalid for what this connection does not do."""
    actor.require(Role.ENGINEER, WRITE)
    async with db.begin(actor.tenant_id) as session:
        connection = await access.connection(session, FAMILY, connection_id, lock=True)
        await jobs.require_idle(session, connection)
        jobs.require_connected(connection)
        await _check(session, connection, given)
        job = await jobs.start(
            session,
            actor,
            connection,
            _TYPES[given.job_type],
            dry_run=dry_run,
            config=given.job_config.model_dump(exclude_defaults=True),
        )
        await _audit(session, actor, "previewed" if dry_run else "triggered", job)
    return job_out(job)


async def start_check(actor: Actor, connection_id: UUID, given: CheckIn) -> SyncJobOut:
    """Start a check, which changes nothing here or there."""
    actor.require(Role.ENGINEER, WRITE)
    async with db.begin(actor.tenant_id) as session:
        connection = await access.connection(session, FAMILY, connection_id, lock=True)
        await jobs.require_idle(session, connection)
        jobs.require_connected(connection)
        await _require_source(session, connection)
        config = given.model_dump(exclude_none=True)
        job = await jobs.start(session, actor, connection, "check", config=config)
        await _audit(session, actor, "checked", job)
    return job_out(job)


async def undo_job(actor: Actor, job_id: UUID, *, dry_run: bool = False) -> SyncJobOut:
    """Start the job that takes another one back. Conflict when there is nothing to take back."""
    actor.require(Role.CUSTOMER_ADMIN, WRITE)
    async with db.begin(actor.tenant_id) as session:
        job = await undo.start(session, actor, FAMILY, job_id, dry_run=dry_run)
        await _audit(session, actor, "undone", job, undoes=str(job_id))
    return job_out(job)


async def confirm_job(actor: Actor, job_id: UUID, digests: dict[str, str]) -> SyncJobOut:
    """Confirm that these lists of records are gone at the CRM. Conflict when they are not the lists that were shown."""
    actor.require(Role.CUSTOMER_ADMIN, WRITE)
    async with db.begin(actor.tenant_id) as session:
        job = await jobs.confirm(session, actor, FAMILY, job_id, digests)
        await _audit(session, actor, "confirmed", job, resources=sorted(digests))
    return job_out(job)


async def cancel_job(actor: Actor, job_id: UUID) -> SyncJobOut:
    return job_out(await jobs.cancel(actor, FAMILY, job_id))


async def retry_job(actor: Actor, job_id: UUID) -> SyncJobOut:
    return job_out(await jobs.retry(actor, FAMILY, job_id))


async def get_job(actor: Actor, job_id: UUID) -> SyncJobOut:
    return job_out(await jobs.get(actor, FAMILY, job_id))


async def list_jobs(actor: Actor, connection_id: UUID, page: PageRequest) -> Slice[SyncJobOut]:
    """Newest first."""
    found = await jobs.list_jobs(actor, FAMILY, connection_id, page)
    return found.holding([job_out(one) for one in found.items])


async def current_work(actor: Actor) -> list[Work]:
    """What waits, runs, or has just ended, for the top bar. Nothing for those who may not see CRMs."""
    if not actor.may(Role.CUSTOMER_VIEWER, READ):
        return []
    may_change = actor.may(Role.ENGINEER, WRITE)
    return [_work(job, one, may_change=may_change) for job, one in await jobs.current(actor, FAMILY)]


def _work(job: Job, connection: Connection, *, may_change: bool) -> Work:
    status = "pending" if job.phase == "waiting" else job.phase
    results = {"success": "Done", "partial": "Done in part: some records need someone", "failed": job.error}
    waits = status == "needs_confirmation"
    return Work(
        id=job.id,
        title=f"{title_of(JOB_TYPES.get(job.type, job.type), dry_run=job.dry_run)}: {connection.name}",
        href=f"/crm/connections/{connection.id}?tab=jobs&job={job.id}",
        status=cast("WorkStatus", _PHASES.get(status, status)),
        done=job.processed,
        total=job.total,
        result="Someone has to confirm what is missing" if waits else results.get(job.outcome, ""),
        may_change=may_change,
        finished_at=job.finished_at,
    )


async def list_logs(actor: Actor, job_id: UUID, page: PageRequest, *, level: str = "") -> Slice[LogOut]:
    """Oldest first."""
    found = await jobs.list_logs(actor, FAMILY, job_id, page, level=level)
    return found.holding([LogOut.model_validate(one, from_attributes=True) for one in found.items])


async def list_findings(
    actor: Actor, job_id: UUID, page: PageRequest, *, kind: str = ""
) -> Slice[FindingOut]:
    """By their kinds."""
    found = await jobs.list_findings(actor, FAMILY, job_id, page, kind=kind)
    return found.holding([FindingOut.model_validate(one, from_attributes=True) for one in found.items])


def job_out(job: Job) -> SyncJobOut:
    counts = cast("dict[str, dict[str, Any]]", job.counts)

    def total(*names: str) -> int:
        return sum(tally[name] for tally in counts.values() for name in names)

    is_done = job.status == "completed"
    percent = 100 * job.processed // job.total if job.total else None
    return SyncJobOut(
        id=job.id,
        integration_id=job.connection_id,
        job_type=JOB_TYPES.get(job.type, job.type),
        job_status=cast("JobStatus", "pending" if job.phase == "waiting" else job.phase),
        dry_run=job.dry_run,
        job_config=JobConfig.model_validate(
            {name: one for name, one in job.config.items() if name in JobConfig.model_fields}
        ).model_dump(exclude_defaults=True),
        trigger=job.trigger,
        progress_percent=100 if is_done else None if percent is None else min(99, percent),
        records_processed=job.processed,
        records_total=job.total,
        records_created=total("created"),
        records_updated=total("updated"),
        records_unchanged=total("unchanged", "repeated"),
        records_skipped=sum(sum(tally["skipped"].values()) for tally in counts.values()),
        records_failed=total("quarantined", "refused"),
        conflicts=total("conflicts"),
        outcome=job.outcome or None,  # type: ignore[arg-type]
        counts=counts,
        needs_confirmation=cast("dict[str, dict[str, Any]]", job.confirm),
        error_details=job.error or None,
        file_id=job.config.get("file_id"),
        undoes_job_id=job.undoes,
        undone_by_job_id=job.undone_by,
        started_by=job.started_by,
        created_at=job.created_at,
        started_at=job.started_at,
        completed_at=job.finished_at,
    )


async def _check(session: AsyncSession, connection: Connection, given: SyncIn) -> None:
    await _require_source(session, connection)
    provider = accounts.provider_of(connection.provider)
    exports = given.job_type == "export_to_crm"
    if exports and connection.direction == "in":
        raise Invalid.field("job_type", "must be an import: this integration is import_only")
    if exports and not provider.capabilities.write:
        raise Invalid.field("job_type", f"must be an import: {provider.name} cannot be written to")
    if not exports and connection.direction == "out":
        raise Invalid.field("job_type", "must be export_to_crm: this integration is export_only")
    unknown = [one for one in given.job_config.resources or () if one not in provider.features]
    if unknown:
        has = ", ".join(provider.features)
        raise Invalid.field("job_config.resources", f"must be among {has}: {provider.name} has no others")


async def _require_source(session: AsyncSession, connection: Connection) -> None:
    provider = accounts.provider_of(connection.provider)
    if not provider.capabilities.read:
        raise Invalid.field("job_type", f"cannot be run: {provider.name} has no API. Upload a file instead")
    if not provider.reads((await accounts.account_of(session, connection.id)).auth_type):
        raise Invalid.field(
            "job_type", "cannot be run: this integration takes files alone. Upload one instead"
        )


async def _audit(session: AsyncSession, actor: Actor, verb: str, job: Job, **summary: object) -> None:
    await session.flush()
    await audit.act(session, actor, f"crm.sync.{verb}", job, type=job.type, **summary)
