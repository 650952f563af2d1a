"""REST of governance: the audit log."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query
from fastapi.responses import StreamingResponse

from hub_app.governance.schemas import AuditFilter, AuditOut, ExportFormat
from hub_app.governance.service import audit_log, export
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
