"""REST of connectors: their documents and credentials."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response, status

from hub_app.connectors.schemas.connectors import (
    ConnectorIn,
    ConnectorOut,
    ConnectorSummary,
    CredentialIn,
    CredentialOut,
    CredentialType,
)
from hub_app.connectors.service import connectors, credentials
from hub_app.kernel.access import CurrentActor
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
