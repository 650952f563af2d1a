"""REST of connectors: declaring, importing, trying and running them, and the executions that are kept."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Header, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from hub_app.connectors.schemas.actions import Slug
from hub_app.connectors.schemas.connectors import (
    ConnectorOut,
    ConnectorSummary,
    ConsentedConnectorIn,
    CredentialIn,
    CredentialOut,
    CredentialType,
)
from hub_app.connectors.schemas.imports import ImportIn, ImportOut
from hub_app.connectors.schemas.runs import (
    ExecutionDetail,
    ExecutionFilter,
    ExecutionOut,
    Key,
    RunIn,
    RunOut,
    TestIn,
    TestOut,
)
from hub_app.connectors.service import connectors, credentials, executions, imports, response_cache, runs
from hub_app.kernel import uploads
from hub_app.kernel.access import CurrentActor
from hub_app.kernel.etags import CHECKED, IfMatch, tag, tagged
from hub_app.kernel.paging import Page, Paging
from hub_app.kernel.routes import router_of

router = router_of("/api/custom-integrations", "Custom integrations")
of_executions = router_of("/api/custom-integrations/executions", "Executions")

Chosen = Annotated[ExecutionFilter, Depends()]
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
                "example": {"url": "https://api.example.com/openapi.json"},
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


@router.get("", summary="List connectors")
async def list_custom_integrations(actor: CurrentActor, page: Paging) -> Page[ConnectorSummary]:
    found = await connectors.list_connectors(actor, page)
    return Page.of(found.holding([connectors.summary_out(c) for c in found.items]))


@router.post("", summary="Declare a connector with its actions", status_code=201, responses=tagged(201))
async def create_custom_integration(
    actor: CurrentActor, given: ConsentedConnectorIn, answer: Response
) -> ConnectorOut:
    return tag(answer, await connectors.create_connector(actor, given, given.agreement))


@router.get("/{integration_id}", summary="Read a connector with its actions", responses=tagged())
async def get_custom_integration(actor: CurrentActor, integration_id: UUID, answer: Response) -> ConnectorOut:
    return tag(answer, await connectors.get_connector(actor, integration_id))


@router.put(
    "/{integration_id}",
    summary="Replace a connector",
    description="Actions are told apart by their `id`; executions stay. Credentials stay unless the host or the kind of "
    "authentication changes: a secret goes only to the server that it was given for. Another host takes another consent.",
    responses=tagged() | CHECKED,
)
async def replace_custom_integration(
    actor: CurrentActor,
    integration_id: UUID,
    given: ConsentedConnectorIn,
    expected: IfMatch,
    answer: Response,
) -> ConnectorOut:
    made = await connectors.replace_connector(
        actor, integration_id, given, expected=expected, agreement=given.agreement
    )
    return tag(answer, made)


@router.delete(
    "/{integration_id}",
    summary="Delete a connector with its credentials and executions",
    status_code=204,
    responses=CHECKED,
)
async def delete_custom_integration(actor: CurrentActor, integration_id: UUID, expected: IfMatch) -> None:
    await connectors.delete_connector(actor, integration_id, expected=expected)


@router.post(
    "/{integration_id}/credentials",
    summary="Save a credential in place of the one of its type",
    description="The value is kept sealed and never given back. That of `basic` is `{username, password}`.",
    status_code=201,
)
async def set_custom_integration_credential(
    actor: CurrentActor, integration_id: UUID, given: CredentialIn
) -> CredentialOut:
    return await credentials.set_credential(actor, integration_id, given)


@router.delete(
    "/{integration_id}/credentials/{credential_type}", summary="Delete a credential", status_code=204
)
async def remove_custom_integration_credential(
    actor: CurrentActor, integration_id: UUID, credential_type: CredentialType
) -> None:
    await credentials.remove_credential(actor, integration_id, credential_type)


async def _import_in(request: Request) -> ImportIn | bytes:
    """What to read: JSON with a document or a URL, or a file's bytes."""
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        async with uploads.received(request) as upload:
            return await upload.file.read()
    try:
        return ImportIn.model_validate_json(await request.body())
    except ValidationError as error:
        found = error.errors(include_url=False)
        raise RequestValidationError([{**one, "loc": ("body", *one["loc"])} for one in found]) from None


@router.post(
    "/import/openapi",
    summary="Read an OpenAPI 3 document into a connector to choose from",
    description="Nothing is saved: post the `connector` of the response, without the actions that are not wanted, to "
    "`/api/custom-integrations`. The document is JSON or text in `document`, an address in `url`, or a file.",
    openapi_extra=_IMPORT_BODY,
)
async def import_openapi(
    actor: CurrentActor, given: Annotated[ImportIn | bytes, Depends(_import_in)]
) -> ImportOut:
    if isinstance(given, bytes):
        return await imports.read_file(actor, given)
    return await imports.read_document(actor, given)


@router.post(
    "/{integration_id}/test",
    summary="Try a connector with one call",
    description="Tells whether the API accepts the credential, and marks it so.",
)
async def test_custom_integration(actor: CurrentActor, integration_id: UUID, given: TestIn) -> TestOut:
    return await runs.test_connector(actor, integration_id, given)


@router.post(
    "/{integration_id}/actions/{action_id}/run",
    summary="Run an action",
    description="A parameter that is not in `params` is sent with the action's `default`, if it has one; `omit` names those "
    'that are left out all the same: `{"params": {"name": "A"}, "omit": ["page_size"]}`. `null` is sent as `null` in a '
    "JSON body; in a query, a header or a form, which have no word for it, the parameter is left out, and in a path it is "
    "refused. An `api_default` is never sent. "
    "Answers 200 when a call was made, whatever the API answered: `ok` and `error` tell. With an "
    "`Idempotency-Key` used within the last 24 hours for the same parameters the first response comes back and no "
    "second call is made.",
)
async def run_custom_integration_action(
    actor: CurrentActor,
    integration_id: UUID,
    action_id: Slug,
    given: RunIn,
    idempotency_key: Annotated[Key | None, Header()] = None,
) -> RunOut:
    return await runs.run_action(actor, integration_id, action_id, given, key=idempotency_key)


@router.delete("/{integration_id}/cache", summary="Clear cached responses", status_code=204)
async def clear_custom_integration_cache(actor: CurrentActor, integration_id: UUID) -> None:
    await response_cache.clear_cache(actor, integration_id)


@router.get("/{integration_id}/executions", summary="List a connector's calls, newest first")
async def list_custom_integration_executions(
    actor: CurrentActor, integration_id: UUID, page: Paging, chosen: Chosen
) -> Page[ExecutionOut]:
    return Page.of(await executions.list_executions(actor, chosen, page, connector_id=integration_id))


@of_executions.get("", summary="List the calls of all connectors, newest first")
async def list_executions(actor: CurrentActor, page: Paging, chosen: Chosen) -> Page[ExecutionOut]:
    return Page.of(await executions.list_executions(actor, chosen, page))


@of_executions.get(
    "/{execution_id}", summary="Read a call: what was sent, with hints for secrets, and the response"
)
async def get_execution(actor: CurrentActor, execution_id: UUID) -> ExecutionDetail:
    return await executions.get_execution(actor, execution_id)
