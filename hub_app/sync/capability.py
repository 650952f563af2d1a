"""What the sync engine brings: records and jobs, and the work on them. Screens and REST are those of whoever has connections."""

from datetime import timedelta
from functools import partial

from sqlmodel import col, select

from hub_app.kernel.capability import Capability
from hub_app.kernel.retention import Retention
from hub_app.kernel.settings import get_settings
from hub_app.sync import worker
from hub_app.sync.personal import PERSONAL
from hub_app.sync.service import backlog, figures, jobs
from hub_app.sync.tables import SyncIntent, SyncJob, SyncQuarantine, SyncVersion


def _job_age() -> timedelta:
    return timedelta(days=get_settings().sync_job_retention_days)


# A job whose changes are in the history of records can be taken back, and is named there.
_HAS_VERSIONS = (
    select(SyncVersion.id)
    .where(SyncVersion.tenant_id == SyncJob.tenant_id, SyncVersion.job_id == SyncJob.id)
    .exists()
)
_HAS_JOB = (
    select(SyncJob.id)
    .where(SyncJob.tenant_id == SyncIntent.tenant_id, SyncJob.id == SyncIntent.job_id)
    .exists()
)

CAPABILITY = Capability(
    working=worker.running,
    resumed=jobs.resumed,
    backlogs=[backlog.BACKLOG],
    acts={"sync.jobs_retried": "Failed sync jobs retried"},
    retention=[
        Retention(
            SyncJob,
            after=_job_age,
            only=[col(SyncJob.status).in_(("completed", "failed", "cancelled")), ~_HAS_VERSIONS],
        ),
        # After their jobs. What is sent, or may have been, is looked for before anything else is sent.
        Retention(
            SyncIntent,
            after=_job_age,
            only=[col(SyncIntent.status).not_in(("sending", "unknown")), ~_HAS_JOB],
        ),
        Retention(SyncQuarantine, after=_job_age, only=[SyncQuarantine.status != "open"]),  # type: ignore[list-item]
    ],
    health={
        "sync": partial(
            jobs.QUEUE.health,
            "Sync jobs start when they are due.",
            "Sync jobs that are due have waited for more than two minutes. Check that a process with the role all or"
            " worker runs, and see its log.",
        )
    },
    health_pages={"sync": "/operator/queues?queue=sync_jobs"},
    gauges=figures.gauges,
    personal=PERSONAL,
)
