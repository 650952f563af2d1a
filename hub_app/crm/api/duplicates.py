"""Possible duplicates."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from hub_app.crm.schemas.conflicts import DuplicateOut, DuplicateStatus, ExactMatchesList, MergeIn
from hub_app.crm.service import duplicates, matches
from hub_app.kernel.access import CurrentActor
from hub_app.kernel.etags import CHECKED, IfMatch, tag, tagged
from hub_app.kernel.paging import Page, Paging
from hub_app.kernel.routes import router_of

router = router_of("/api/crm/duplicates", "CRM")


@router.get("", summary="List possible duplicates, newest first")
async def list_duplicates(
    actor: CurrentActor,
    page: Paging,
    status: DuplicateStatus = "open",
    resource: Annotated[str, Query(max_length=16, description="Of this kind of record alone")] = "",
) -> Page[DuplicateOut]:
    return Page.of(await duplicates.list_duplicates(actor, page, status=status, resource=resource))


@router.get(
    "/exact",
    summary="Count exact matches between connected CRMs",
    description="`POST /api/crm/integrations/{integration_id}/link-matches` links them.",
)
async def count_exact_matches(actor: CurrentActor) -> ExactMatchesList:
    return ExactMatchesList(items=await matches.count_matches(actor))


@router.get("/{duplicate_id}", summary="Read a possible duplicate", responses=tagged())
async def get_duplicate(actor: CurrentActor, duplicate_id: UUID, answer: Response) -> DuplicateOut:
    return tag(answer, await duplicates.get_duplicate(actor, duplicate_id))


@router.post("/{duplicate_id}/merge", summary="Make one record of two", responses=CHECKED)
async def merge_duplicate(
    actor: CurrentActor, duplicate_id: UUID, given: MergeIn, expected: IfMatch, answer: Response
) -> DuplicateOut:
    return tag(answer, await duplicates.merge(actor, duplicate_id, given, expected=expected))


@router.post("/{duplicate_id}/undo", summary="Make two records again of one that was merged")
async def take_apart_duplicate(actor: CurrentActor, duplicate_id: UUID) -> DuplicateOut:
    return await duplicates.take_apart(actor, duplicate_id)


@router.post("/{duplicate_id}/dismiss", summary="Keep two records that are not the same")
async def dismiss_duplicate(actor: CurrentActor, duplicate_id: UUID) -> DuplicateOut:
    return await duplicates.dismiss(actor, duplicate_id)
