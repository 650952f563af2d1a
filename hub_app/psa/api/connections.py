"""The tenant's PSA: connecting it, changing it, testing it, disconnecting it."""

from uuid import UUID

from fastapi import Response

from hub_app.kernel.access import CurrentActor
from hub_app.kernel.etags import CHECKED, IfMatch, tag, tagged
from hub_app.kernel.routes import router_of
from hub_app.psa.schemas.connections import (
    ConnectionTestResult,
    PsaConnectionIn,
    PsaConnectionOut,
    PsaConnectionPatch,
    PsaProviders,
)
from hub_app.psa.service import connections, gallery

providers = router_of("/api/v1/integrations/psa/providers", "PSA")
router = router_of("/api/v1/integrations/psa/connections", "PSA")


@providers.get("", summary="List the PSAs that can be connected")
async def list_psa_providers(actor: CurrentActor) -> PsaProviders:
    return await gallery.list_providers(actor)


@router.get("", summary="Read the tenant's PSA connection", description="null while there is none.")
async def get_psa_connection(actor: CurrentActor, answer: Response) -> PsaConnectionOut | None:
    found = await connections.get_connection(actor)
    return tag(answer, found) if found is not None else None


@router.post(
    "",
    summary="Connect a PSA",
    description="The connection is tested first, and saved only when it works. A tenant has one at most.",
    status_code=201,
    responses=tagged(201),
)
async def create_psa_connection(
    actor: CurrentActor, given: PsaConnectionIn, answer: Response
) -> PsaConnectionOut:
    return tag(answer, await connections.create_connection(actor, given))


@router.put(
    "/{connection_id}",
    summary="Change the PSA connection",
    description="Any of its fields. What concerns the account is tested first, and saved only when it works.",
    responses=tagged() | CHECKED,
)
async def update_psa_connection(
    actor: CurrentActor, connection_id: UUID, given: PsaConnectionPatch, expected: IfMatch, answer: Response
) -> PsaConnectionOut:
    return tag(answer, await connections.update_connection(actor, connection_id, given, expected=expected))


@router.delete(
    "/{connection_id}",
    summary="Disconnect the PSA",
    description="Work sessions stay, unlinked; member mappings and note templates go.",
    status_code=204,
)
async def delete_psa_connection(actor: CurrentActor, connection_id: UUID) -> None:
    await connections.delete_connection(actor, connection_id)


@router.post("/{connection_id}/test", summary="Test the PSA connection")
async def test_psa_connection(actor: CurrentActor, connection_id: UUID) -> ConnectionTestResult:
    return await connections.test_connection(actor, connection_id)
