"""Conflicts: fields that were changed here and at a CRM."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from hub_app.crm.schemas.conflicts import ConflictOut, ConflictStatus, ResolveAlikeIn, Resolved, ResolveIn
from hub_app.crm.service import conflicts
from hub_app.kernel.access import CurrentActor
from hub_app.kernel.etags import CHECKED, IfMatch, tag, tagged
from hub_app.kernel.paging import Page, Paging
from hub_app.kernel.routes import router_of

router = router_of("/api/crm/conflicts", "CRM")


@router.get("", summary="List conflicts, newest first")
async def list_conflicts(
    actor: CurrentActor,
    page: Paging,
    status: ConflictStatus = "open",
    integration_id: Annotated[UUID | None, Query(description="Of this CRM alone")] = None,
) -> Page[ConflictOut]:
    return Page.of(await conflicts.list_conflicts(actor, page, status=status, integration_id=integration_id))


@router.get("/{conflict_id}", summary="Read a conflict", responses=tagged())
async def get_conflict(actor: CurrentActor, conflict_id: UUID, answer: Response) -> ConflictOut:
    return tag(answer, await conflicts.get_conflict(actor, conflict_id))


@router.post(
    "/{conflict_id}/resolve",
    summary="Choose whose value each field gets",
    description="What is chosen of the hub's side is written to the CRM by the next export or two-way sync.",
    responses=CHECKED,
)
async def resolve_conflict(
    actor: CurrentActor, conflict_id: UUID, given: ResolveIn, expected: IfMatch, answer: Response
) -> ConflictOut:
    return tag(answer, await conflicts.resolve(actor, conflict_id, given, expected=expected))


@router.post(
    "/{conflict_id}/resolve-alike",
    summary="Choose the same side for a field in all open conflicts of this CRM",
)
async def resolve_alike(actor: CurrentActor, conflict_id: UUID, given: ResolveAlikeIn) -> Resolved:
    return Resolved(resolved=await conflicts.resolve_alike(actor, conflict_id, given))
