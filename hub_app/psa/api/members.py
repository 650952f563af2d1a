"""Which member of the PSA each member of the tenant is."""

from uuid import UUID

from hub_app.kernel.access import CurrentActor
from hub_app.kernel.paging import Page
from hub_app.kernel.routes import router_of
from hub_app.psa.schemas.members import MappingIn, MappingOut, MappingsIn, Proposals
from hub_app.psa.service import mappings

router = router_of("/api/v1/integrations/psa/member-mappings", "PSA")


@router.get("", summary="List member mappings")
async def list_member_mappings(actor: CurrentActor) -> Page[MappingOut]:
    return Page(items=await mappings.list_mappings(actor), next_cursor=None)


@router.post("", summary="Map a member", status_code=201)
async def create_member_mapping(actor: CurrentActor, given: MappingIn) -> MappingOut:
    return await mappings.create_mapping(actor, given)


@router.put("", summary="Save all member mappings", description="Those that are not in the body are removed.")
async def replace_member_mappings(actor: CurrentActor, given: MappingsIn) -> Page[MappingOut]:
    return Page(items=await mappings.replace_mappings(actor, given), next_cursor=None)


@router.post(
    "/auto-match",
    summary="Propose mappings by e-mail address, then by name",
    description="For everybody who is not mapped. Nothing is saved: send what you confirm with PUT or POST.",
)
async def propose_member_mappings(actor: CurrentActor) -> Proposals:
    return await mappings.propose(actor)


@router.delete("/{mapping_id}", summary="Remove a member mapping", status_code=204)
async def delete_member_mapping(actor: CurrentActor, mapping_id: UUID) -> None:
    await mappings.delete_mapping(actor, mapping_id)
