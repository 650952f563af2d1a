"""Connecting CRMs, syncing them, and what came of it."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from hub_app.crm.schemas.conflicts import LinkIn
from hub_app.crm.schemas.integrations import (
    Authorization,
    AuthorizeIn,
    IntegrationCreated,
    IntegrationIn,
    IntegrationOut,
    IntegrationPatch,
    IntegrationTested,
    Providers,
    Reconciliation,
)
from hub_app.crm.schemas.jobs import (
    CheckIn,
    ConfirmIn,
    FindingOut,
    LogOut,
    SyncIn,
    SyncJobAnswer,
    SyncJobOut,
    UndoIn,
)
from hub_app.crm.schemas.leads import LeadsIn
from hub_app.crm.schemas.selectors import SelectorsIn, SelectorsTried
from hub_app.crm.service import (
    authorizing,
    gallery,
    integrations,
    leads,
    matches,
    reconciliation,
    selectors,
    syncs,
)
from hub_app.kernel.access import CurrentActor
from hub_app.kernel.etags import CHECKED, IfMatch, tag, tagged
from hub_app.kernel.paging import Page, Paging
from hub_app.kernel.routes import router_of

providers = router_of("/api/crm/providers", "CRM")
router = router_of("/api/crm/integrations", "CRM")
of_jobs = router_of("/api/crm/sync-jobs", "CRM")


@providers.get("", summary="List the CRMs that can be connected")
async def list_crm_providers(actor: CurrentActor) -> Providers:
    return await gallery.list_providers(actor)


@router.get("", summary="List connected CRMs")
async def list_crm_integrations(actor: CurrentActor, page: Paging) -> Page[IntegrationOut]:
    return Page.of(await integrations.list_integrations(actor, page))


@router.post("", summary="Connect a CRM", status_code=201)
async def create_crm_integration(actor: CurrentActor, given: IntegrationIn) -> IntegrationCreated:
    return await integrations.create_integration(actor, given)


@router.get("/{integration_id}", summary="Read a connected CRM", responses=tagged())
async def get_crm_integration(actor: CurrentActor, integration_id: UUID, answer: Response) -> IntegrationOut:
    return tag(answer, await integrations.get_integration(actor, integration_id))


@router.patch("/{integration_id}", summary="Change a connected CRM", responses=tagged() | CHECKED)
async def update_crm_integration(
    actor: CurrentActor, integration_id: UUID, given: IntegrationPatch, expected: IfMatch, answer: Response
) -> IntegrationOut:
    return tag(answer, await integrations.update_integration(actor, integration_id, given, expected=expected))


@router.delete("/{integration_id}", summary="Disconnect a CRM; its records stay", status_code=204)
async def delete_crm_integration(actor: CurrentActor, integration_id: UUID) -> None:
    await integrations.delete_integration(actor, integration_id)


@router.post("/{integration_id}/test", summary="Test a connected CRM")
async def test_crm_integration(actor: CurrentActor, integration_id: UUID) -> IntegrationTested:
    return await integrations.test_integration(actor, integration_id)


@router.post(
    "/{integration_id}/authorize",
    summary="Authorize a CRM's account by OAuth, for the first time or again",
    description="Answers with the URL to open in the person's browser. When it comes back, the connection is tested.",
)
async def authorize_crm_integration(
    actor: CurrentActor, integration_id: UUID, given: AuthorizeIn | None = None
) -> Authorization:
    agreement = given.consent.agreement if given and given.consent else None
    return Authorization(auth_url=await authorizing.begin(actor, integration_id, agreement=agreement))


@router.post(
    "/{integration_id}/selectors/check",
    summary="Try the selectors of a CRM that is read by its pages",
    description="Reads the first page of each list, and the first record of each. Nothing is saved.",
)
async def check_crm_selectors(
    actor: CurrentActor, integration_id: UUID, given: SelectorsIn | None = None
) -> SelectorsTried:
    wanted = given.auth_config if given else {}
    return await selectors.check_selectors(actor, integration_id, wanted)


@router.post(
    "/{integration_id}/leads",
    summary="Send clients to a CRM as new leads",
    description="Starts a job of the type `export_to_crm` that sends each of them once, for CRMs with the capability `leads`. A client that was"
    " sent before is skipped, and one of which nobody knows whether it arrived is not sent again unless the CRM recognizes it.",
    status_code=201,
)
async def send_leads(actor: CurrentActor, integration_id: UUID, given: LeadsIn) -> SyncJobAnswer:
    return SyncJobAnswer(sync_job=await leads.send_leads(actor, integration_id, given))


@router.post("/{integration_id}/pause", summary="Let a connected CRM rest")
async def pause_crm_integration(actor: CurrentActor, integration_id: UUID) -> IntegrationOut:
    return await integrations.pause_integration(actor, integration_id)


@router.post("/{integration_id}/resume", summary="Let a paused CRM be synced again")
async def resume_crm_integration(actor: CurrentActor, integration_id: UUID) -> IntegrationOut:
    return await integrations.resume_integration(actor, integration_id)


@router.post("/{integration_id}/sync", summary="Start a sync", status_code=201)
async def start_sync(actor: CurrentActor, integration_id: UUID, given: SyncIn) -> SyncJobAnswer:
    return SyncJobAnswer(sync_job=await syncs.start_sync(actor, integration_id, given))


@router.post(
    "/{integration_id}/sync/preview",
    summary="Tell what a sync would do",
    description="Starts a job that writes nothing; `GET /api/crm/sync-jobs/{job_id}/findings` lists what it found.",
    status_code=201,
)
async def preview_sync(actor: CurrentActor, integration_id: UUID, given: SyncIn) -> SyncJobAnswer:
    return SyncJobAnswer(sync_job=await syncs.start_sync(actor, integration_id, given, dry_run=True))


@router.post(
    "/{integration_id}/link-matches",
    summary="Link all exact matches with other CRMs",
    description="Starts a job that makes one record of each pair with the same e-mail address and name, one to one. What differs stays "
    "as it is at each CRM until it is changed somewhere. Undoing the job takes them apart again.",
    status_code=201,
)
async def link_crm_matches(
    actor: CurrentActor, integration_id: UUID, given: LinkIn | None = None
) -> SyncJobAnswer:
    wanted = given or LinkIn()
    return SyncJobAnswer(sync_job=await matches.link_matches(actor, integration_id, dry_run=wanted.dry_run))


@router.get("/{integration_id}/reconciliation", summary="Prove that nothing is missing")
async def get_reconciliation(actor: CurrentActor, integration_id: UUID) -> Reconciliation:
    return await reconciliation.get_reconciliation(actor, integration_id)


@router.post(
    "/{integration_id}/reconciliation/check",
    summary="Compare both sides without changing anything",
    status_code=201,
)
async def start_check(
    actor: CurrentActor, integration_id: UUID, given: CheckIn | None = None
) -> SyncJobAnswer:
    return SyncJobAnswer(sync_job=await syncs.start_check(actor, integration_id, given or CheckIn()))


@router.get("/{integration_id}/sync-jobs", summary="List a CRM's jobs, newest first")
async def list_sync_jobs(actor: CurrentActor, integration_id: UUID, page: Paging) -> Page[SyncJobOut]:
    return Page.of(await syncs.list_jobs(actor, integration_id, page))


@of_jobs.get("/{job_id}", summary="Read a job")
async def get_sync_job(actor: CurrentActor, job_id: UUID) -> SyncJobOut:
    return await syncs.get_job(actor, job_id)


@of_jobs.get("/{job_id}/logs", summary="List what a job has to say, oldest first")
async def list_sync_job_logs(
    actor: CurrentActor,
    job_id: UUID,
    page: Paging,
    level: Annotated[str, Query(max_length=8, description="`info`, `warning` or `error`")] = "",
) -> Page[LogOut]:
    return Page.of(await syncs.list_logs(actor, job_id, page, level=level))


@of_jobs.get("/{job_id}/findings", summary="List what a preview, a check or an undo found")
async def list_sync_job_findings(
    actor: CurrentActor,
    job_id: UUID,
    page: Paging,
    kind: Annotated[str, Query(max_length=16, description="Findings of this kind alone")] = "",
) -> Page[FindingOut]:
    return Page.of(await syncs.list_findings(actor, job_id, page, kind=kind))


@of_jobs.post("/{job_id}/cancel", summary="End a job; what it has done stays")
async def cancel_sync_job(actor: CurrentActor, job_id: UUID) -> SyncJobOut:
    return await syncs.cancel_job(actor, job_id)


@of_jobs.post("/{job_id}/retry", summary="Let a job go on that failed or was cancelled")
async def retry_sync_job(actor: CurrentActor, job_id: UUID) -> SyncJobOut:
    return await syncs.retry_job(actor, job_id)


@of_jobs.post("/{job_id}/undo", summary="Take a job back", status_code=201)
async def undo_sync_job(actor: CurrentActor, job_id: UUID, given: UndoIn | None = None) -> SyncJobAnswer:
    wanted = given or UndoIn()
    return SyncJobAnswer(sync_job=await syncs.undo_job(actor, job_id, dry_run=wanted.dry_run))


@of_jobs.post("/{job_id}/confirm", summary="Confirm that records are gone at the CRM", status_code=201)
async def confirm_sync_job(actor: CurrentActor, job_id: UUID, given: ConfirmIn) -> SyncJobAnswer:
    return SyncJobAnswer(sync_job=await syncs.confirm_job(actor, job_id, {**given.digests}))
