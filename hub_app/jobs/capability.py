"""What jobs bring."""

from datetime import timedelta

from sqlmodel import col

from hub_app.jobs import service
from hub_app.jobs.api import router
from hub_app.jobs.personal import PERSONAL
from hub_app.kernel import jobs
from hub_app.kernel.activity import Activity
from hub_app.kernel.backlogs import Backlog
from hub_app.kernel.capability import Capability
from hub_app.kernel.retention import Retention
from hub_app.kernel.tables import Job

CAPABILITY = Capability(
    routers=[router],
    resumed=jobs.resumed,
    activity=Activity(
        topic="jobs", current=service.current_work, cancel=service.cancel_job, retry=service.retry_job
    ),
    backlogs=[
        Backlog(
            name="jobs",
            label="Jobs",
            model=Job,
            failed=["failed"],
            kind=Job.kind,
            called=jobs.label_of,
            tries=Job.starts,
            retry=service.retry_job,
            retry_all=service.retry_failed,
            left_out=f"At most {service.MOST_RETRIED} jobs are retried at once, the newest ones first.",
            order=3,
        )
    ],
    retention=[Retention(Job, after=timedelta(days=30), only=[col(Job.status) != "pending"])],
    personal=PERSONAL,
)
