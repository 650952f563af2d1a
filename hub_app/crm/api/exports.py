"""REST of exports of everything."""

from typing import Any
from uuid import UUID

from fastapi.responses import StreamingResponse

from hub_app.crm.schemas.exports import ExportOut
from hub_app.crm.service import exports
from hub_app.kernel.access import CurrentActor
from hub_app.kernel.paging import Page, Paging
from hub_app.kernel.routes import download, router_of

router = router_of("/api/crm/exports", "CRM")
_ZIP = "application/zip"
_FILE: dict[int | str, dict[str, Any]] = {200: {"content": {_ZIP: {}}}}


@router.get("", summary="List exports of everything")
async def list_exports(actor: CurrentActor, page: Paging) -> Page[ExportOut]:
    return Page.of(await exports.list_exports(actor, page))


@router.post(
    "",
    summary="Export everything of the CRMs",
    description="Starts the job that makes one zip of all records with their custom fields, people and history, as they are at one moment:"
    " JSON lines, and a CSV for each kind of record. It is kept for seven days, unless a person's data is erased before.",
    status_code=202,
)
async def start_export(actor: CurrentActor) -> ExportOut:
    return await exports.start_export(actor)


@router.get("/{export_id}", summary="Read an export and its progress")
async def get_export(actor: CurrentActor, export_id: UUID) -> ExportOut:
    return await exports.get_export(actor, export_id)


@router.get(
    "/{export_id}/download",
    summary="Download an export",
    description="The zip. Its SHA-256 is the export's `sha256`. The download is audited.",
    response_class=StreamingResponse,
    responses=_FILE,
)
async def download_export(actor: CurrentActor, export_id: UUID) -> StreamingResponse:
    return download(await exports.begin_download(actor, export_id), "crm", "zip", _ZIP)


@router.delete("/{export_id}", summary="Delete an export", status_code=204)
async def delete_export(actor: CurrentActor, export_id: UUID) -> None:
    await exports.delete_export(actor, export_id)
