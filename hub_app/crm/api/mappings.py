"""REST of mappings: which fields of a CRM become which here, and a tenant's own fields."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Response

from hub_app.crm.schemas.jobs import SyncJobAnswer
from hub_app.crm.schemas.mappings import (
    ApplyMappingsIn,
    CustomFieldIn,
    CustomFieldPatch,
    Discovered,
    Feature,
    FieldMappingsIn,
    FieldMappingsOut,
    Fields,
    MappingPreview,
    Remaps,
)
from hub_app.crm.service import custom_fields, mappings
from hub_app.kernel.access import CurrentActor
from hub_app.kernel.etags import CHECKED, IfMatch, tag, tagged
from hub_app.kernel.routes import router_of

router = router_of("/api/crm/integrations", "CRM")
of_fields = router_of("/api/crm/fields", "CRM")

_Key = Annotated[str, Path(max_length=64, description="A custom field's key")]


@router.get(
    "/{integration_id}/field-mappings", summary="Read how a CRM's fields are mapped", responses=tagged()
)
async def get_field_mappings(actor: CurrentActor, integration_id: UUID, answer: Response) -> FieldMappingsOut:
    return tag(answer, await mappings.get_field_mappings(actor, integration_id))


@router.put(
    "/{integration_id}/field-mappings",
    summary="Replace the mapping of one kind of record",
    description=(
        "Takes the whole mapping of the resource. Records that are here keep what they hold until they are looked at again, by the"
        " next full import or by `POST …/field-mappings/apply`."
    ),
    responses=tagged() | CHECKED,
)
async def replace_field_mappings(
    actor: CurrentActor, integration_id: UUID, given: FieldMappingsIn, expected: IfMatch, answer: Response
) -> FieldMappingsOut:
    found = await mappings.replace_field_mappings(actor, integration_id, given, expected=expected)
    return tag(answer, found)


@router.get(
    "/{integration_id}/field-mappings/discover",
    summary="List the fields that a CRM's records have now",
    description="Reads the first records of the CRM's list. Nothing is kept; what was read is used again for five minutes.",
)
async def discover_fields(
    actor: CurrentActor,
    integration_id: UUID,
    resource: Feature,
    *,
    anew: Annotated[bool, Query(description="Read the records again")] = False,
) -> Discovered:
    return await mappings.discover_fields(actor, integration_id, resource, anew=anew)


@router.get(
    "/{integration_id}/field-mappings/proposals",
    summary="Find what may have become of fields that a CRM no longer tells of",
    description=(
        "Reads the first records of the CRM's list and compares them with what is here. A proposal is taken by sending the whole mapping"
        " with its line in place of the one that it replaces; `POST …/field-mappings/preview` shows all that would change."
    ),
)
async def propose_field_mappings(
    actor: CurrentActor,
    integration_id: UUID,
    resource: Feature,
    *,
    anew: Annotated[bool, Query(description="Read the records again")] = False,
) -> Remaps:
    return await mappings.propose_field_mappings(actor, integration_id, resource, anew=anew)


@router.post(
    "/{integration_id}/field-mappings/preview",
    summary="Try a mapping on some records without saving it",
)
async def preview_field_mappings(
    actor: CurrentActor, integration_id: UUID, given: FieldMappingsIn
) -> MappingPreview:
    return await mappings.preview_field_mappings(actor, integration_id, given)


@router.post(
    "/{integration_id}/field-mappings/apply",
    summary="Look at the records again after a mapping has changed",
    description="Starts a job of the type `field_mapping_update`, which can be previewed and undone like any other.",
    status_code=201,
)
async def apply_field_mappings(
    actor: CurrentActor, integration_id: UUID, given: ApplyMappingsIn | None = None
) -> SyncJobAnswer:
    job = await mappings.apply_field_mappings(actor, integration_id, given or ApplyMappingsIn())
    return SyncJobAnswer(sync_job=job)


@of_fields.get("/{resource}", summary="List the fields that records of a kind have")
async def list_fields(actor: CurrentActor, resource: Feature) -> Fields:
    return await custom_fields.list_fields(actor, resource)


@of_fields.post("/{resource}", summary="Add a custom field", status_code=201)
async def add_field(actor: CurrentActor, resource: Feature, given: CustomFieldIn) -> Fields:
    return await custom_fields.add_field(actor, resource, given)


@of_fields.patch("/{resource}/{key}", summary="Change what a custom field is called")
async def rename_field(actor: CurrentActor, resource: Feature, key: _Key, given: CustomFieldPatch) -> Fields:
    return await custom_fields.rename_field(actor, resource, key, given)


@of_fields.delete(
    "/{resource}/{key}",
    summary="Remove a custom field",
    description=(
        "What records hold in it stays, and is seen again when a field of the same key is added. Refused while a mapping fills it."
    ),
    status_code=204,
)
async def remove_field(actor: CurrentActor, resource: Feature, key: _Key) -> None:
    await custom_fields.remove_field(actor, resource, key)
