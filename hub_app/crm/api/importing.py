"""Files of CRMs: what is in one, and importing it."""

from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, TypeAdapter, ValidationError

from hub_app.crm.schemas.importing import ExaminedOut, ImportIn, LayoutIn
from hub_app.crm.schemas.jobs import SyncJobAnswer
from hub_app.crm.service import importing
from hub_app.kernel import uploads
from hub_app.kernel.access import CurrentActor
from hub_app.kernel.routes import router_of

router = router_of("/api/crm/integrations", "CRM")
Model = TypeVar("Model", bound=BaseModel)
# A little more than a file may have, for what stands around it in a form.
_MOST = 65 * uploads.MIB
_PARTS: dict[str, Any] = {
    "file": {"type": "string", "format": "binary"},
    "resource": {"type": "string", "enum": ["clients", "projects"], "default": "clients"},
    "encoding": {"type": "string"},
    "delimiter": {"type": "string"},
    "header_line": {"type": "integer"},
}
_HOW: dict[str, Any] = {
    "mapping": {
        "type": "string",
        "description": "JSON: by header the field that it feeds, null for none, or an object",
    },
    "dry_run": {"type": "boolean", "default": False},
}


def _form(parts: Mapping[str, Any]) -> dict[str, Any]:
    schema = {"type": "object", "required": ["file"], "properties": dict(parts)}
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}


def _validated(model: type[Model], given: Mapping[str, object]) -> Model:
    """Parts of a form, as a body is validated."""
    try:
        return model.model_validate(given)
    except ValidationError as error:
        found = error.errors(include_url=False)
        raise RequestValidationError([{**one, "loc": ("body", *one["loc"])} for one in found]) from None


def _layout(fields: Mapping[str, str]) -> LayoutIn:
    known = {name: text for name, text in fields.items() if name in LayoutIn.model_fields and text}
    return _validated(LayoutIn, known)


def _how(fields: Mapping[str, str]) -> ImportIn:
    given: dict[str, object] = {
        name: text for name, text in fields.items() if name not in LayoutIn.model_fields
    }
    text = given.get("mapping")
    if isinstance(text, str):
        try:
            given["mapping"] = TypeAdapter(dict[str, Any]).validate_json(text)
        except ValidationError:
            error = {
                "type": "json",
                "loc": ("body", "mapping"),
                "msg": "must be a JSON object",
                "input": None,
            }
            raise RequestValidationError([error]) from None
    return _validated(ImportIn, given)


@router.post(
    "/{integration_id}/import",
    summary="Import a CSV file",
    description="Starts a full import of the file's rows. Columns whose dates or numbers can be read in several ways are"
    " refused until `mapping` says how: `/import/examine` lists them.",
    status_code=201,
    openapi_extra=_form({**_PARTS, **_HOW}),
    max_body_size=_MOST,
)
async def import_file(actor: CurrentActor, integration_id: UUID, request: Request) -> SyncJobAnswer:
    async with uploads.received(request) as upload:
        layout, how = _layout(upload.fields), _how(upload.fields)
        name = upload.file.filename or ""
        examined = await importing.examine_file(actor, integration_id, upload.file, name, layout)
    return SyncJobAnswer(sync_job=await importing.start_import(actor, integration_id, examined.file_id, how))


@router.post(
    "/{integration_id}/import/examine",
    summary="Find out what a CSV file holds",
    description="The file is kept for a day, to be imported by its `file_id`.",
    openapi_extra=_form(_PARTS),
    max_body_size=_MOST,
)
async def examine_file(actor: CurrentActor, integration_id: UUID, request: Request) -> ExaminedOut:
    async with uploads.received(request) as upload:
        layout, name = _layout(upload.fields), upload.file.filename or ""
        return await importing.examine_file(actor, integration_id, upload.file, name, layout)


@router.get("/{integration_id}/import/{file_id}", summary="Read what a file holds")
async def get_import_file(actor: CurrentActor, integration_id: UUID, file_id: UUID) -> ExaminedOut:
    return await importing.get_file(actor, integration_id, file_id)


@router.patch("/{integration_id}/import/{file_id}", summary="Correct how a file is laid out")
async def correct_import_file(
    actor: CurrentActor, integration_id: UUID, file_id: UUID, given: LayoutIn
) -> ExaminedOut:
    return await importing.correct_layout(actor, integration_id, file_id, given)


@router.post("/{integration_id}/import/{file_id}", summary="Import a file that was examined", status_code=201)
async def import_examined_file(
    actor: CurrentActor, integration_id: UUID, file_id: UUID, given: ImportIn
) -> SyncJobAnswer:
    return SyncJobAnswer(sync_job=await importing.start_import(actor, integration_id, file_id, given))
