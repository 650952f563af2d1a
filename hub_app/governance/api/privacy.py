"""REST of a person's data: export and erasure."""

from typing import Any
from uuid import UUID

from fastapi.responses import StreamingResponse

from hub_app.governance.schemas.privacy import EraseIn, PersonIn, PrivacyRequestOut
from hub_app.governance.service import privacy, privacy_requests
from hub_app.kernel.access import CurrentActor
from hub_app.kernel.paging import Page, Paging
from hub_app.kernel.routes import download, router_of

router = router_of("/v1/integration/privacy", "Privacy")
_DOWNLOAD: dict[int | str, dict[str, Any]] = {200: {"content": {"application/json": {}}}}


@router.post(
    "/export",
    status_code=202,
    summary="Export a person's data",
    description="Starts a job that collects everything that mentions the person. Follow it by its `job_id`, then download the"
    " file within seven days.",
)
async def export_person(actor: CurrentActor, given: PersonIn) -> PrivacyRequestOut:
    return await privacy.start_export(actor, given)


@router.post(
    "/preview",
    status_code=202,
    summary="Preview the erasure of a person's data",
    description="Starts a job that counts what erasing the person would take, by table. Its id confirms the erasure within an"
    " hour.",
)
async def preview_erasure(actor: CurrentActor, given: PersonIn) -> PrivacyRequestOut:
    return await privacy.start_preview(actor, given)


@router.post(
    "/erase",
    status_code=202,
    summary="Erase a person's data",
    description="Starts the job that erases the person of a preview. It cannot be undone. Whatever mentions the person is erased"
    " as a whole: an event with its deliveries and attempts, an execution, a run with its outputs. Erasing a member ends the membership,"
    " which takes an owner.",
)
async def erase_person(actor: CurrentActor, given: EraseIn) -> PrivacyRequestOut:
    return await privacy.erase(actor, given)


@router.get("/requests", summary="List privacy requests")
async def list_privacy_requests(actor: CurrentActor, page: Paging) -> Page[PrivacyRequestOut]:
    return Page.of(await privacy_requests.list_requests(actor, page))


@router.get("/requests/{request_id}", summary="Read a privacy request")
async def get_privacy_request(actor: CurrentActor, request_id: UUID) -> PrivacyRequestOut:
    return await privacy_requests.get_request(actor, request_id)


@router.delete(
    "/requests/{request_id}",
    summary="Delete a privacy request",
    description="With the person and the file that it keeps; what was found stays where it is. 409 while its job runs, and for an"
    " erasure that was carried out.",
    status_code=204,
)
async def delete_privacy_request(actor: CurrentActor, request_id: UUID) -> None:
    await privacy_requests.delete_request(actor, request_id)


@router.post(
    "/requests/{request_id}/again",
    status_code=202,
    summary="Ask again for what came to nothing",
    description="Starts a new export, or else a new preview, for the person of a request with `can_repeat`.",
)
async def repeat_privacy_request(actor: CurrentActor, request_id: UUID) -> PrivacyRequestOut:
    return await privacy.again(actor, request_id)


@router.get(
    "/requests/{request_id}/download",
    summary="Download an export",
    description="Everything that was found about the person, as JSON, with where it was found. The download is audited.",
    response_class=StreamingResponse,
    responses=_DOWNLOAD,
)
async def download_person(actor: CurrentActor, request_id: UUID) -> StreamingResponse:
    pieces = await privacy_requests.begin_download(actor, request_id)
    return download(pieces, "person", "json", "application/json")
