"""The tenant itself, what it has connected, and whether the installation works."""

from http import HTTPStatus

from fastapi import Response

from hub_app.identity.schemas import TenantOut, TenantPatch
from hub_app.identity.service import health, tenants
from hub_app.identity.service.health import Health, Status
from hub_app.kernel.access import CurrentActor, OptionalActor
from hub_app.kernel.etags import CHECKED, IfMatch, tag, tagged
from hub_app.kernel.routes import router_of

router = router_of("/v1/integration", "Tenant and health")


@router.get("/status", summary="What the tenant has connected, counted")
async def get_status(actor: CurrentActor) -> Status:
    return await health.status(actor)


@router.get(
    "/health",
    summary="Whether Hub works; in detail for those who are signed in",
    response_model_exclude_none=True,
    responses={503: {"model": Health, "description": "Something does not work"}},
)
async def get_health(actor: OptionalActor, response: Response) -> Health:
    found = await health.check()
    if found.status != "ok":
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    return found if actor is not None else Health(status=found.status)


@router.get("/tenant", summary="Read your tenant", responses=tagged())
async def get_tenant(actor: CurrentActor, answer: Response) -> TenantOut:
    return tag(answer, await tenants.get_tenant(actor))


@router.patch("/tenant", summary="Rename your tenant", responses=tagged() | CHECKED)
async def update_tenant(
    actor: CurrentActor, given: TenantPatch, expected: IfMatch, answer: Response
) -> TenantOut:
    return tag(answer, await tenants.update_tenant(actor, given, expected=expected))
