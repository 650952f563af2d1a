"""REST of plans and their runs."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response, status

from hub_app.kernel.access import CurrentActor
from hub_app.kernel.etags import CHECKED, IfMatch, tag, tagged
from hub_app.kernel.paging import Page, PageRequest, page_request
from hub_app.plans.schemas import PlanIn, PlanOut, PlanPatch, PlanRunIn, PlanRunOut
from hub_app.plans.service import plans, runs

router = APIRouter(prefix="/api/custom-integrations/plans", tags=["Plans"])
of_runs = APIRouter(prefix="/api/custom-integrations/plan-runs", tags=["Plans"])

Paging = Annotated[PageRequest, Depends(page_request)]


@router.get("", operation_id="list_plans", summary="List plans")
async def list_plans(actor: CurrentActor, page: Paging) -> Page[PlanOut]:
    return Page.of(await plans.list_plans(actor, page))


@router.post(
    "",
    operation_id="create_plan",
    summary="Save a plan",
    status_code=status.HTTP_201_CREATED,
    responses=tagged(201),
)
async def create_plan(actor: CurrentActor, given: PlanIn, answer: Response) -> PlanOut:
    return tag(answer, await plans.create_plan(actor, given))


@router.get("/{plan_id}", operation_id="get_plan", summary="Read a plan", responses=tagged())
async def get_plan(actor: CurrentActor, plan_id: UUID, answer: Response) -> PlanOut:
    return tag(answer, await plans.get_plan(actor, plan_id))


@router.patch("/{plan_id}", operation_id="update_plan", summary="Change a plan", responses=tagged() | CHECKED)
async def update_plan(
    actor: CurrentActor, plan_id: UUID, given: PlanPatch, expected: IfMatch, answer: Response
) -> PlanOut:
    return tag(answer, await plans.update_plan(actor, plan_id, given, expected=expected))


@router.delete(
    "/{plan_id}",
    operation_id="delete_plan",
    summary="Delete a plan with its runs",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=CHECKED,
)
async def delete_plan(actor: CurrentActor, plan_id: UUID, expected: IfMatch) -> None:
    await plans.delete_plan(actor, plan_id, expected=expected)


@router.post(
    "/{plan_id}/run",
    operation_id="run_plan",
    summary="Run a plan now",
    description="Starts the run and answers with it; `GET /api/custom-integrations/plan-runs/{run_id}` tells how far it is.",
    status_code=status.HTTP_202_ACCEPTED,
)
async def run_plan(actor: CurrentActor, plan_id: UUID, given: PlanRunIn | None = None) -> PlanRunOut:
    return await runs.start_run(actor, plan_id, given or PlanRunIn())


@router.get("/{plan_id}/runs", operation_id="list_plan_runs", summary="List a plan's runs, newest first")
async def list_plan_runs(actor: CurrentActor, plan_id: UUID, page: Paging) -> Page[PlanRunOut]:
    return Page.of(await runs.list_runs(actor, plan_id, page))


@of_runs.get("/{run_id}", operation_id="get_plan_run", summary="Read a run with its steps")
async def get_plan_run(actor: CurrentActor, run_id: UUID) -> PlanRunOut:
    return await runs.get_run(actor, run_id)


@of_runs.post(
    "/{run_id}/resume",
    operation_id="resume_plan_run",
    summary="Go on with a run at the step that failed",
    status_code=status.HTTP_202_ACCEPTED,
)
async def resume_plan_run(actor: CurrentActor, run_id: UUID) -> PlanRunOut:
    return await runs.resume_run(actor, run_id)


@of_runs.post(
    "/{run_id}/cancel",
    operation_id="cancel_plan_run",
    summary="End a run after the step under way",
    status_code=status.HTTP_202_ACCEPTED,
)
async def cancel_plan_run(actor: CurrentActor, run_id: UUID) -> PlanRunOut:
    return await runs.cancel_run(actor, run_id)
