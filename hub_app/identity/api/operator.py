"""The operator's tenants and tiers."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response

from hub_app.identity.schemas.operator import (
    DeleteTenantIn,
    NewTenantIn,
    OperatedTenant,
    OperatedTenantDetail,
    OperatedTenantInvited,
    OperatedTenantPatch,
    OwnerIn,
    TenantFilter,
    TenantUsage,
    TierOut,
)
from hub_app.identity.service import operated, operator_usage, suspending
from hub_app.kernel.access import CurrentActor
from hub_app.kernel.etags import CHECKED, IfMatch, tag, tagged
from hub_app.kernel.paging import Page, Paging
from hub_app.kernel.routes import router_of
from hub_app.kernel.settings import get_settings

router = router_of("/v1/integration/operator", "Operator")
_FOR_OPERATORS = "Only operators can call this."


@router.get("/tenants", summary="List the tenants of this installation", description=_FOR_OPERATORS)
async def list_tenants(
    actor: CurrentActor, chosen: Annotated[TenantFilter, Depends()], page: Paging
) -> Page[OperatedTenant]:
    return Page.of(await operated.list_tenants(actor, chosen, page))


@router.post(
    "/tenants",
    summary="Create a tenant; the link that invites its first owner is in this response only",
    description=f"{_FOR_OPERATORS} The link works once, within 7 days.",
    status_code=201,
)
async def create_tenant(actor: CurrentActor, given: NewTenantIn) -> OperatedTenantInvited:
    return _made(*await operated.create_tenant(actor, given))


@router.get("/tenants/{tenant_id}", summary="Read a tenant", description=_FOR_OPERATORS, responses=tagged())
async def get_any_tenant(actor: CurrentActor, tenant_id: UUID, answer: Response) -> OperatedTenantDetail:
    return tag(answer, await operated.get_tenant(actor, tenant_id))


@router.patch(
    "/tenants/{tenant_id}",
    summary="Rename a tenant or set its tier",
    description=f"{_FOR_OPERATORS} A tier applies from the next call.",
    responses=tagged() | CHECKED,
)
async def update_any_tenant(
    actor: CurrentActor, tenant_id: UUID, given: OperatedTenantPatch, expected: IfMatch, answer: Response
) -> OperatedTenantDetail:
    return tag(answer, await operated.update_tenant(actor, tenant_id, given, expected=expected))


@router.get(
    "/tenants/{tenant_id}/usage",
    summary="Count what a tenant has, and its calls of the last 30 days",
    description=_FOR_OPERATORS,
)
async def get_tenant_usage(actor: CurrentActor, tenant_id: UUID) -> TenantUsage:
    return await operator_usage.of_tenant(actor, tenant_id)


@router.post(
    "/tenants/{tenant_id}/owner-invitation",
    summary="Invite the first owner again; the link is in this response only",
    description=f"{_FOR_OPERATORS} Only while the tenant has no owner. Earlier links stop working.",
    status_code=201,
)
async def invite_first_owner(actor: CurrentActor, tenant_id: UUID, given: OwnerIn) -> OperatedTenantInvited:
    return _made(*await operated.invite_owner(actor, tenant_id, given))


@router.post(
    "/tenants/{tenant_id}/suspend",
    summary="Suspend a tenant: people and programs are refused, and its work waits",
    description=f"{_FOR_OPERATORS} Nothing is lost. 409 if an operator would be left without an active tenant.",
)
async def suspend_tenant(actor: CurrentActor, tenant_id: UUID) -> OperatedTenantDetail:
    return await suspending.suspend(actor, tenant_id)


@router.post(
    "/tenants/{tenant_id}/resume",
    summary="Resume a suspended tenant: its work continues where it stopped",
    description=_FOR_OPERATORS,
)
async def resume_tenant(actor: CurrentActor, tenant_id: UUID) -> OperatedTenantDetail:
    return await suspending.resume(actor, tenant_id)


@router.post(
    "/tenants/{tenant_id}/delete",
    summary="Suspend a tenant now, and delete it in 7 days",
    description=f"{_FOR_OPERATORS} Until then it can be restored. Its audit log stays.",
)
async def delete_tenant(actor: CurrentActor, tenant_id: UUID, given: DeleteTenantIn) -> OperatedTenantDetail:
    return await suspending.delete_tenant(actor, tenant_id, given)


@router.post(
    "/tenants/{tenant_id}/restore",
    summary="Keep a tenant that was to be deleted",
    description=f"{_FOR_OPERATORS} It is as before: active, or suspended.",
)
async def restore_tenant(actor: CurrentActor, tenant_id: UUID) -> OperatedTenantDetail:
    return await suspending.restore(actor, tenant_id)


@router.get("/tiers", summary="List the tiers and what each allows", description=_FOR_OPERATORS)
async def list_tiers(actor: CurrentActor) -> list[TierOut]:
    return list(await operator_usage.list_tiers(actor))


def _made(tenant: OperatedTenantDetail, secret: str) -> OperatedTenantInvited:
    link = f"{get_settings().own_address()}/invite/{secret}"
    return OperatedTenantInvited(**tenant.model_dump(), link=link)
