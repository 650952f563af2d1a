"""The tenant itself."""

from fastapi import Response

from hub_app.identity.schemas import TenantOut, TenantPatch
from hub_app.identity.service import tenants
from hub_app.kernel.access import CurrentActor
from hub_app.kernel.etags import CHECKED, IfMatch, tag, tagged
from hub_app.kernel.routes import router_of

router = router_of("/v1/integration", "Tenant and health")


@router.get("/tenant", summary="Read your tenant", responses=tagged())
async def get_tenant(actor: CurrentActor, answer: Response) -> TenantOut:
    return tag(answer, await tenants.get_tenant(actor))


@router.patch("/tenant", summary="Rename your tenant", responses=tagged() | CHECKED)
async def update_tenant(
    actor: CurrentActor, given: TenantPatch, expected: IfMatch, answer: Response
) -> TenantOut:
    return tag(answer, await tenants.update_tenant(actor, given, expected=expected))
