"""REST of governance: the audit log, and a person's data."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query
from fastapi.responses import StreamingResponse

from hub_app.governance.schemas import (
    AuditFilter,
    AuditOut,
    EraseIn,
    ExportFormat,
    PersonIn,
    PrivacyRequestOut,
)
from hub_app.governance.service import audit_log, export, privacy
from hub_app.kernel.access import CurrentActor
from hub_app.kernel.clock import utcnow
from hub_app.kernel.paging import Page, Paging
from hub_app.kernel.routes import router_of

router = router_of("/v1/integration/audit", "Audit log")
Chosen = Annotated[AuditFilter, Depends()]
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind.partition(";")[0]: {} for kind in export.MEDIA_TYPES.values()}}
}


@router.get("", summary="List audited acts")
async def list_audit_entries(actor: CurrentActor, chosen: Chosen, page: Paging) -> Page[AuditOut]:
    return Page.of(await audit_log.list_entries(actor, chosen, page))


@router.get(
    "/export",
    summary="Download audited acts",
    description="The whole filtered log as a file, newest first. A CSV cell that a spreadsheet would take for a formula begins"
    " with an apostrophe. The download is audited.",
    response_class=StreamingResponse,
    responses=_FILE,
)
async def export_audit_entries(
    actor: CurrentActor, chosen: Chosen, form: Annotated[ExportFormat, Query(alias="format")] = "jsonl"
) -> StreamingResponse:
    pages = await audit_log.begin_export(actor, chosen)
    name = f"audit-{utcnow():%Y-%m-%d}.{form}"
    return StreamingResponse(
        export.lines(pages, form),
        media_type=export.MEDIA_TYPES[form],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@router.get("/{entry_id}", summary="Read an audited act")
async def get_audit_entry(actor: CurrentActor, entry_id: UUID) -> AuditOut:
    return await audit_log.get_entry(actor, entry_id)


of_privacy = router_of("/v1/integration/privacy", "Privacy")
_DOWNLOAD: dict[int | str, dict[str, Any]] = {200: {"content": {"application/json": {}}}}


@of_privacy.post(
    "/export",
    status_code=202,
    summary="Export a person's data",
    description="Starts a job that collects everything that mentions the person. Follow it by its `job_id`, then download the"
    " file within seven days.",
)
async def export_person(actor: CurrentActor, given: PersonIn) -> PrivacyRequestOut:
    return await privacy.start_export(actor, given)


@of_privacy.post(
    "/preview",
    status_code=202,
    summary="Preview the erasure of a person's data",
    description="Starts a job that counts what erasing the person would take, by table. Its id confirms the erasure within an"
    " hour.",
)
async def preview_erasure(actor: CurrentActor, given: PersonIn) -> PrivacyRequestOut:
    return await privacy.start_preview(actor, given)


@of_privacy.post(
    "/erase",
    status_code=202,
    summary="Erase a person's data",
    description="Starts the job that erases the person of a preview. It cannot be undone. Whatever mentions the person is erased"
    " as a whole: an event with its deliveries and attempts, an execution, a run with its outputs. Erasing a member ends the membership,"
    " which takes an owner.",
)
async def erase_person(actor: CurrentActor, given: EraseIn) -> PrivacyRequestOut:
    return await privacy.erase(actor, given)


@of_privacy.get("/requests", summary="List privacy requests")
async def list_privacy_requests(actor: CurrentActor, page: Paging) -> Page[PrivacyRequestOut]:
    return Page.of(await privacy.list_requests(actor, page))


@of_privacy.get("/requests/{request_id}", summary="Read a privacy request")
async def get_privacy_request(actor: CurrentActor, request_id: UUID) -> PrivacyRequestOut:
    return await privacy.get_request(actor, request_id)


@of_privacy.get(
    "/requests/{request_id}/download",
    summary="Download an export",
    description="Everything that was found about the person, as JSON, with where it was found. The download is audited.",
    response_class=StreamingResponse,
    responses=_DOWNLOAD,
)
async def download_person(actor: CurrentActor, request_id: UUID) -> StreamingResponse:
    pieces = await privacy.begin_download(actor, request_id)
    return StreamingResponse(
        pieces,
        media_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="person-{utcnow():%Y-%m-%d}.json"'},
    )
