"""REST of importing an OpenAPI document."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.datastructures import UploadFile

from hub_app.connectors.schemas.imports import ImportIn, ImportOut
from hub_app.connectors.service import imports
from hub_app.kernel.access import CurrentActor
from hub_app.kernel.errors import Invalid

router = APIRouter(prefix="/api/custom-integrations/import", tags=["Custom integrations"])

_IMPORT_EXAMPLE = {"url": "https://api.example.com/openapi.json"}
_IMPORT_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "document": {"description": "The document: an object, or text in JSON or YAML."},
                        "url": {"type": "string", "maxLength": 2048},
                    },
                    "additionalProperties": False,
                },
                "example": _IMPORT_EXAMPLE,
            },
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            },
        },
    }
}


async def _import_in(request: Request) -> ImportIn | bytes:
    """What to read: JSON with a document or a URL, or a file's bytes."""
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        async with request.form(max_files=1, max_fields=1) as form:
            file = form.get("file")
            if not isinstance(file, UploadFile):
                raise Invalid.field("file", "is required")
            return await file.read()
    try:
        return ImportIn.model_validate_json(await request.body())
    except ValidationError as error:
        found = error.errors(include_url=False)
        raise RequestValidationError([{**one, "loc": ("body", *one["loc"])} for one in found]) from None


@router.post(
    "/openapi",
    operation_id="import_openapi",
    summary="Read an OpenAPI 3 document into a connector to choose from",
    description="Nothing is saved: post the `connector` of the answer, without the actions that are not wanted, to "
    "`/api/custom-integrations`. The document is JSON or text in `document`, an address in `url`, or a file.",
    openapi_extra=_IMPORT_BODY,
)
async def import_openapi(
    actor: CurrentActor, given: Annotated[ImportIn | bytes, Depends(_import_in)]
) -> ImportOut:
    if isinstance(given, bytes):
        return await imports.read_file(actor, given)
    return await imports.read_document(actor, given)
