"""REST of the quarantine: rows of a CRM that could not become records."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from hub_app.crm.schemas.jobs import SyncJobAnswer
from hub_app.crm.schemas.quarantine import QuarantinedOut, QuarantinedSummary, QuarantineStatus, RetryIn
from hub_app.crm.service import quarantine
from hub_app.kernel.access import CurrentActor
from hub_app.kernel.paging import Page, Paging
from hub_app.kernel.routes import router_of

router = router_of("/api/crm/integrations", "CRM")
of_rows = router_of("/api/crm/quarantine", "CRM")


@router.get("/{integration_id}/quarantine", summary="List what could not become a record, newest first")
async def list_quarantine(
    actor: CurrentActor,
    integration_id: UUID,
    page: Paging,
    status: Annotated[QuarantineStatus, Query(description="Rows of this status alone")] = "open",
) -> Page[QuarantinedSummary]:
    return Page.of(await quarantine.list_quarantine(actor, integration_id, page, status=status))


@router.post(
    "/{integration_id}/quarantine/retry",
    summary="Try all that waits in quarantine once more",
    status_code=201,
)
async def retry_quarantine(
    actor: CurrentActor, integration_id: UUID, given: RetryIn | None = None
) -> SyncJobAnswer:
    wanted = given or RetryIn()
    return SyncJobAnswer(sync_job=await quarantine.retry_all(actor, integration_id, dry_run=wanted.dry_run))


@of_rows.get("/{row_id}", summary="Read what could not become a record")
async def get_quarantined(actor: CurrentActor, row_id: UUID) -> QuarantinedOut:
    return await quarantine.get_quarantined(actor, row_id)


@of_rows.post("/{row_id}/retry", summary="Try one row once more", status_code=201)
async def retry_quarantined(actor: CurrentActor, row_id: UUID, given: RetryIn | None = None) -> SyncJobAnswer:
    wanted = given or RetryIn()
    return SyncJobAnswer(sync_job=await quarantine.retry_one(actor, row_id, dry_run=wanted.dry_run))


@of_rows.post("/{row_id}/dismiss", summary="Let a row rest until it comes otherwise from the CRM")
async def dismiss_quarantined(actor: CurrentActor, row_id: UUID) -> QuarantinedOut:
    return await quarantine.dismiss(actor, row_id)
