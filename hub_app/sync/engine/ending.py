"""How a job of syncing ends, and what its connection learns from it."""

import random
from datetime import datetime, timedelta
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.apiclient.errors import ApiError, advice
from hub_app.kernel import db, figures, leases, rows
from hub_app.kernel.clock import utcnow
from hub_app.kernel.queue import Held
from hub_app.sync.engine import news
from hub_app.sync.engine.run import Run, told
from hub_app.sync.tables import SyncConnection, SyncJob

# These are jobs of a connection's own work; others look, or take back.
_SYNCS = {"full_import", "incremental_sync", "export", "mapping_update"}
# Nothing helps but somebody's doing.
NEEDS_SOMEBODY = {"auth", "credential", "consent", "refused_address"}
_LONGEST = timedelta(hours=24)
# Many things may be new at once: one sync is for all of them.
_HINTED = timedelta(seconds=20)
_JITTER = 0.1


async def complete(run: Run) -> None:
    """The job has done what there was to do."""
    partial = any(tally.failed for tally in run.tallies.values())
    partial |= any(not place.get("clean", True) for place in run.checkpoint.get("streams", {}).values())
    confirm: dict[str, Any] = run.checkpoint.get("confirm", {})
    outcome = "partial" if partial or confirm else "success"
    async with leases.under_lease(SyncJob, run.held, ending=True) as (session, job):
        run.save(job)
        job.confirm = confirm
        _finish(job, "needs_confirmation" if confirm else "completed", outcome)
        await _tell(session, job)
    figures.job(f"sync.{run.type}", outcome)


async def fail(held: Held, error: str, kind: str = "internal") -> None:
    """The job cannot go on; it can be retried from where it stopped."""
    async with leases.under_lease(SyncJob, held, ending=True) as (session, job):
        job.error, job.error_kind = error[:500], kind
        _finish(job, "failed", "failed")
        await _tell(session, job)
    figures.job(f"sync.{job.type}", "failed")


async def cancel(held: Held) -> None:
    """Somebody stopped the job."""
    async with leases.under_lease(SyncJob, held, ending=True) as (session, job):
        if job.cancelling:
            _finish(job, "cancelled", "")
            await _tell(session, job)


def kind_of(error: ApiError) -> str:
    """What a job that ends by a failed call keeps. A key that may not do one thing (403) still does others."""
    return "forbidden" if error.kind == "auth" and not error.reauthorize else error.kind


def ends_connection(error: ApiError) -> bool:
    """Whether nothing can be called any more until somebody does something about it."""
    return kind_of(error) in NEEDS_SOMEBODY


def said(error: ApiError) -> str:
    """What is told of a call that failed, and what to do about it."""
    if error.kind == "auth":
        # What comes with a refusal is seldom for people's eyes.
        why = (
            f"The account was not let in ({error.status})." if error.status else "The account was not let in."
        )
        return f"{why} Correct it in the connection's settings, or allow it more there."
    if error.reauthorize:
        return str(error)
    return f"{str(error).rstrip('.')}. {advice(error.kind)}".strip()


def _finish(job: SyncJob, status: str, outcome: str) -> None:
    job.finish(status)
    job.outcome = outcome


async def _tell(session: AsyncSession, job: SyncJob) -> None:
    """Let the connection know how its job has ended, and whoever wants to hear of it."""
    connection = await rows.get(session, SyncConnection, job.connection_id, lock=True)
    if job.type in _SYNCS and not job.dry_run and job.status != "cancelled":
        connection.last_sync_at = job.finished_at
        connection.last_sync_status = job.outcome
        connection.failures = connection.failures + 1 if job.outcome == "failed" else 0
        if connection.status == "connected":
            connection.reason = job.error
        if _has_read_since(job, connection.hinted_at):
            connection.hinted_at = None
    if job.outcome == "failed" and job.error_kind in NEEDS_SOMEBODY:
        connection.status, connection.reason = "error", job.error
    plan_next(connection)
    session.add(connection)
    db.notify(session, f"sync_connections:{connection.tenant_id}")
    told(session, job)
    await news.ends(session, job, connection, job.outcome or job.status)


def _has_read_since(job: SyncJob, hinted_at: datetime | None) -> bool:
    """Whether the job has read everything that was new at the source when that said so."""
    reads_all = job.type in {"full_import", "incremental_sync"} and not job.config.get("resources")
    is_later = hinted_at is not None and job.started_at is not None and hinted_at < job.started_at
    return reads_all and is_later and job.outcome != "failed"


def plan_next(connection: SyncConnection) -> None:
    """When the connection is next synced by itself: by its schedule, or soon where its source said that something is new; not at all
    while it is not connected. One that fails waits longer each time.
    """
    waits: list[timedelta] = []
    if connection.auto_sync:
        waits.append(timedelta(minutes=connection.interval_minutes))
    if connection.hinted_at is not None:
        waits.append(_HINTED)
    if not waits or connection.status != "connected":
        connection.next_sync_at = None
        return
    wait = min(waits) * 2 ** min(connection.failures, 10)
    # Not all connections of an hour at the same second.
    wait = min(wait, max(_LONGEST, min(waits)))
    connection.next_sync_at = utcnow() + wait * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311 - no secret
