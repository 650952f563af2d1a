"""REST of jobs."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from hub_app.jobs import service
from hub_app.jobs.schemas import JobOut
from hub_app.kernel.access import CurrentActor
from hub_app.kernel.paging import Page, PageRequest, page_request
from hub_app.kernel.routes import router_of

router = router_of("/v1/integration/jobs", "Jobs")


@router.get("", summary="List jobs")
async def list_jobs(actor: CurrentActor, page: Annotated[PageRequest, Depends(page_request)]) -> Page[JobOut]:
    found = await service.list_jobs(actor, page)
    return Page.of(found.holding([service.job_out(job) for job in found.items]))


@router.get("/{job_id}", summary="Read a job and its progress")
async def get_job(actor: CurrentActor, job_id: UUID) -> JobOut:
    return service.job_out(await service.get_job(actor, job_id))


@router.post(
    "/{job_id}/cancel",
    summary="Cancel a job",
    description="At once while it waits, else before its next step. What it has done stays done. Takes the role that could start it.",
)
async def cancel_job(actor: CurrentActor, job_id: UUID) -> JobOut:
    return service.job_out(await service.cancel_job(actor, job_id))


@router.post(
    "/{job_id}/retry",
    summary="Retry a failed job",
    description="It continues where it stopped. 409 for a job that has not failed. Takes the role that could start it.",
)
async def retry_job(actor: CurrentActor, job_id: UUID) -> JobOut:
    return service.job_out(await service.retry_job(actor, job_id))
