"""REST of governance: the audit log."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query
from fastapi.responses import StreamingResponse

from hub_app.governance.schemas.audit import (
    AuditFilter,
    AuditOut,
    ExportFormat,
    OwnVerification,
    VerificationOut,
)
from hub_app.governance.service import audit_log, export, verifications
from hub_app.kernel.access import CurrentActor
from hub_app.kernel.actor import Actor
from hub_app.kernel.paging import Page, Paging
from hub_app.kernel.routes import download, router_of

router = router_of("/v1/integration/audit", "Audit log")
installation = router_of("/v1/integration/operator/audit", "Operator")
checks = router_of("/v1/integration/operator/audit-verifications", "Operator")
Chosen = Annotated[AuditFilter, Depends()]
Form = Annotated[ExportFormat, Query(alias="format")]
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind.partition(";")[0]: {} for kind in export.MEDIA_TYPES.values()}}
}


@router.get("", summary="List audited acts")
async def list_audit_entries(actor: CurrentActor, chosen: Chosen, page: Paging) -> Page[AuditOut]:
    return Page.of(await audit_log.list_entries(actor, chosen, page))


@router.get(
    "/export",
    summary="Download audited acts",
    description="The whole filtered log as a file, newest first. A CSV cell that a spreadsheet would take for a formula begins"
    " with an apostrophe. The download is audited.",
    response_class=StreamingResponse,
    responses=_FILE,
)
async def export_audit_entries(
    actor: CurrentActor, chosen: Chosen, form: Form = "jsonl"
) -> StreamingResponse:
    return await _file(actor, chosen, form, "audit")


@router.get(
    "/verification",
    summary="Read whether your audit log is intact",
    description="Hub verifies every audit log once a day. This is what it found in yours the last time.",
)
async def get_verification(actor: CurrentActor) -> OwnVerification:
    return await verifications.own_log(actor)


@router.get("/{entry_id}", summary="Read an audited act")
async def get_audit_entry(actor: CurrentActor, entry_id: UUID) -> AuditOut:
    return await audit_log.get_entry(actor, entry_id)


@installation.get(
    "",
    summary="List audited acts of the installation",
    description="What happens outside of any tenant, such as acts of operators and failed sign-ins of unknown accounts."
    " Only operators can call this.",
)
async def list_installation_entries(actor: CurrentActor, chosen: Chosen, page: Paging) -> Page[AuditOut]:
    return Page.of(await audit_log.list_entries(audit_log.of_installation(actor), chosen, page))


@installation.get(
    "/export",
    summary="Download audited acts of the installation",
    description="The whole filtered log as a file, newest first. The download is audited. Only operators can call this.",
    response_class=StreamingResponse,
    responses=_FILE,
)
async def export_installation_entries(
    actor: CurrentActor, chosen: Chosen, form: Form = "jsonl"
) -> StreamingResponse:
    return await _file(audit_log.of_installation(actor), chosen, form, "audit-installation")


@installation.get(
    "/{entry_id}",
    summary="Read an audited act of the installation",
    description="Only operators can call this.",
)
async def get_installation_entry(actor: CurrentActor, entry_id: UUID) -> AuditOut:
    return await audit_log.get_entry(audit_log.of_installation(actor), entry_id)


@checks.get(
    "",
    summary="List verifications of the audit logs",
    description="When the logs of all tenants were verified, by whom, and what was found. Only operators can call this.",
)
async def list_verifications(actor: CurrentActor, page: Paging) -> Page[VerificationOut]:
    return Page.of(await verifications.list_verifications(actor, page))


@checks.post(
    "",
    summary="Verify the audit logs now",
    description="A process that works in the background begins at once; the list shows what it finds. Only operators can call this.",
    status_code=202,
)
async def verify_now(actor: CurrentActor) -> VerificationOut:
    return await verifications.verify_now(actor)


async def _file(actor: Actor, chosen: AuditFilter, form: ExportFormat, name: str) -> StreamingResponse:
    pages = await audit_log.begin_export(actor, chosen)
    return download(export.lines(pages, form), name, form, export.MEDIA_TYPES[form])
