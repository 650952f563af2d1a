"""Clients, projects, invoices, events and contracts."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Response
from fastapi.responses import StreamingResponse

from hub_app.crm.schemas.records import (
    Feature,
    FieldOut,
    PastOut,
    RecordDetail,
    RecordIn,
    RecordOut,
    RecordPatch,
    RecordQuery,
    RestorationOut,
    RestoreIn,
    VersionOut,
)
from hub_app.crm.service import record_files, records
from hub_app.kernel.access import CurrentActor
from hub_app.kernel.errors import BadRequest
from hub_app.kernel.etags import CHECKED, IfMatch, tag, tagged
from hub_app.kernel.paging import Page, Paging
from hub_app.kernel.routes import download, router_of

router = router_of("/api/crm/records", "CRM")
Chosen = Annotated[RecordQuery, Depends()]
_CSV = "text/csv; charset=utf-8"
_FILE: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {}}}}


@router.get("", summary="List records")
async def list_records(actor: CurrentActor, chosen: Chosen, page: Paging) -> Page[RecordOut]:
    return Page.of(await records.list_records(actor, chosen, page))


@router.post("", summary="Make a record", status_code=201, responses=tagged(201))
async def create_record(actor: CurrentActor, given: RecordIn, answer: Response) -> RecordOut:
    return tag(answer, await records.create_record(actor, given))


@router.get("/fields", summary="List the fields that records have")
async def list_record_fields(actor: CurrentActor, resource: Feature = "clients") -> list[FieldOut]:
    return await records.fields_of(actor, resource)


@router.get(
    "/export.csv",
    summary="Download records",
    description="All records that match, with every field. A cell that a spreadsheet would take for a formula begins with an"
    " apostrophe. The download is audited.",
    response_class=StreamingResponse,
    responses=_FILE,
)
async def export_records(actor: CurrentActor, chosen: Chosen) -> StreamingResponse:
    fields, pages = await records.begin_export(actor, chosen)
    return download(record_files.lines(fields, pages), chosen.resource, "csv", _CSV)


@router.get("/{record_id}", summary="Read a record", responses=tagged())
async def get_record(actor: CurrentActor, record_id: UUID, answer: Response) -> RecordDetail:
    return tag(answer, await records.get_record(actor, record_id))


@router.patch("/{record_id}", summary="Change a record", responses=tagged() | CHECKED)
async def update_record(
    actor: CurrentActor, record_id: UUID, given: RecordPatch, expected: IfMatch, answer: Response
) -> RecordOut:
    return tag(answer, await records.update_record(actor, record_id, given.fields, expected=expected))


@router.post(
    "/{record_id}/archive",
    summary="Archive a record",
    description="It is in the list of archived records alone. CRMs hear nothing of it.",
    responses=tagged() | CHECKED,
)
async def archive_record(
    actor: CurrentActor, record_id: UUID, expected: IfMatch, answer: Response
) -> RecordOut:
    return tag(answer, await records.archive_record(actor, record_id, archived=True, expected=expected))


@router.post("/{record_id}/unarchive", summary="Bring a record back", responses=tagged() | CHECKED)
async def unarchive_record(
    actor: CurrentActor, record_id: UUID, expected: IfMatch, answer: Response
) -> RecordOut:
    return tag(answer, await records.archive_record(actor, record_id, archived=False, expected=expected))


@router.get("/{record_id}/history", summary="List a record's versions, newest first")
async def list_record_versions(actor: CurrentActor, record_id: UUID, page: Paging) -> Page[VersionOut]:
    return Page.of(await records.list_versions(actor, record_id, page))


@router.get(
    "/{record_id}/at",
    summary="Read a record as it was at a moment",
    description="By `time`, or by a `version_id` of its history. `POST …/restore` takes its values again.",
    responses=tagged(),
)
async def get_record_at(
    actor: CurrentActor,
    record_id: UUID,
    answer: Response,
    time: Annotated[datetime | None, Query(description="RFC 3339, such as 2026-11-22T09:00:00Z.")] = None,
    version_id: UUID | None = None,
) -> PastOut:
    if (time is None) == (version_id is None):
        raise BadRequest("Give either time or version_id")
    moment = time.replace(tzinfo=UTC) if time is not None and time.tzinfo is None else time
    return tag(answer, await records.get_past(actor, record_id, moment=moment, version_id=version_id))


@router.get(
    "/{record_id}/history/{version_id}",
    summary="Tell what restoring a version would change",
    responses=tagged(),
)
async def compare_record(
    actor: CurrentActor, record_id: UUID, version_id: UUID, answer: Response
) -> RestorationOut:
    return tag(answer, await records.compare_record(actor, record_id, version_id))


@router.post(
    "/{record_id}/restore",
    summary="Restore a version of a record",
    description="The record gets the values that it had then, as a new version. CRMs that take changes get them at the next sync."
    " Engineers may restore fields that they name, customer admins the whole record.",
    responses=tagged() | CHECKED,
)
async def restore_record(
    actor: CurrentActor, record_id: UUID, given: RestoreIn, expected: IfMatch, answer: Response
) -> RecordOut:
    restored = await records.restore_record(
        actor, record_id, given.version_id, fields=given.fields, expected=expected
    )
    return tag(answer, restored)
