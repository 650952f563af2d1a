"""REST of connectors: their documents, credentials, and what is imported from OpenAPI."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response, status
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.datastructures import UploadFile

from hub_app.connectors.schemas.connectors import (
    ConnectorIn,
    ConnectorOut,
    ConnectorSummary,
    CredentialIn,
    CredentialOut,
    CredentialType,
)
from hub_app.connectors.schemas.imports import ImportIn, ImportOut
from hub_app.connectors.service import connectors, credentials, imports
from hub_app.kernel.access import CurrentActor
from hub_app.kernel.errors import Invalid
from hub_app.kernel.etags import CHECKED, IfMatch, tag, tagged
from hub_app.kernel.paging import Page, PageRequest, page_request

router = APIRouter(prefix="/api/custom-integrations", tags=["Custom integrations"])

Paging = Annotated[PageRequest, Depends(page_request)]


@router.get("", operation_id="list_custom_integrations", summary="List connectors")
async def list_custom_integrations(actor: CurrentActor, page: Paging) -> Page[ConnectorSummary]:
    found = await connectors.list_connectors(actor, page)
    return Page.of(found.holding([connectors.summary_out(c) for c in found.items]))


@router.post(
    "",
    operation_id="create_custom_integration",
    summary="Declare a connector with its actions",
    status_code=status.HTTP_201_CREATED,
    responses=tagged(201),
)
async def create_custom_integration(
    actor: CurrentActor, given: ConnectorIn, answer: Response
) -> ConnectorOut:
    return tag(answer, await connectors.create_connector(actor, given))


@router.get(
    "/{integration_id}",
    operation_id="get_custom_integration",
    summary="Read a connector with its actions",
    responses=tagged(),
)
async def get_custom_integration(actor: CurrentActor, integration_id: UUID, answer: Response) -> ConnectorOut:
    return tag(answer, await connectors.get_connector(actor, integration_id))


@router.put(
    "/{integration_id}",
    operation_id="replace_custom_integration",
    summary="Replace a connector",
    description="Actions are told apart by their `id`; executions stay. Credentials stay unless the host or the kind of "
    "authentication changes: a secret goes only to the server that it was given for.",
    responses=tagged() | CHECKED,
)
async def replace_custom_integration(
    actor: CurrentActor, integration_id: UUID, given: ConnectorIn, expected: IfMatch, answer: Response
) -> ConnectorOut:
    return tag(answer, await connectors.replace_connector(actor, integration_id, given, expected=expected))


@router.delete(
    "/{integration_id}",
    operation_id="delete_custom_integration",
    summary="Delete a connector with its credentials and executions",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=CHECKED,
)
async def delete_custom_integration(actor: CurrentActor, integration_id: UUID, expected: IfMatch) -> None:
    await connectors.delete_connector(actor, integration_id, expected=expected)


@router.post(
    "/{integration_id}/credentials",
    operation_id="set_custom_integration_credential",
    summary="Save a credential in place of the one of its type",
    description="The value is kept sealed and never given back. That of `basic` is `{username, password}`.",
    status_code=status.HTTP_201_CREATED,
)
async def set_credential(actor: CurrentActor, integration_id: UUID, given: CredentialIn) -> CredentialOut:
    return await credentials.set_credential(actor, integration_id, given)


@router.delete(
    "/{integration_id}/credentials/{credential_type}",
    operation_id="remove_custom_integration_credential",
    summary="Delete a credential",
    status_code=status.HTTP_204_NO_CONTENT,
)
async def remove_credential(
    actor: CurrentActor, integration_id: UUID, credential_type: CredentialType
) -> None:
    await credentials.remove_credential(actor, integration_id, credential_type)


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
    "/import/openapi",
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
