"""REST of plans and their runs."""

from typing import Annotated
from uuid import UUID

from fastapi import Header, Response

from hub_app.connectors.schemas.runs import Key
from hub_app.kernel.access import CurrentActor
from hub_app.kernel.etags import CHECKED, IfMatch, tag, tagged
from hub_app.kernel.paging import Page, Paging
from hub_app.kernel.routes import router_of
from hub_app.plans.schemas import PlanIn, PlanOut, PlanPatch, PlanRunIn, PlanRunOut
from hub_app.plans.service import plans, runs

router = router_of("/api/custom-integrations/plans", "Plans")
of_runs = router_of("/api/custom-integrations/plan-runs", "Plans")


@router.get("", summary="List plans")
async def list_plans(actor: CurrentActor, page: Paging) -> Page[PlanOut]:
    return Page.of(await plans.list_plans(actor, page))


@router.post("", summary="Save a plan", status_code=201, responses=tagged(201))
async def create_plan(actor: CurrentActor, given: PlanIn, answer: Response) -> PlanOut:
    return tag(answer, await plans.create_plan(actor, given))


@router.get("/{plan_id}", summary="Read a plan", responses=tagged())
async def get_plan(actor: CurrentActor, plan_id: UUID, answer: Response) -> PlanOut:
    return tag(answer, await plans.get_plan(actor, plan_id))


@router.patch("/{plan_id}", summary="Change a plan", responses=tagged() | CHECKED)
async def update_plan(
    actor: CurrentActor, plan_id: UUID, given: PlanPatch, expected: IfMatch, answer: Response
) -> PlanOut:
    return tag(answer, await plans.update_plan(actor, plan_id, given, expected=expected))


@router.delete("/{plan_id}", summary="Delete a plan with its runs", status_code=204, responses=CHECKED)
async def delete_plan(actor: CurrentActor, plan_id: UUID, expected: IfMatch) -> None:
    await plans.delete_plan(actor, plan_id, expected=expected)


@router.post(
    "/{plan_id}/run",
    summary="Run a plan now",
    description="Starts the run and answers with it; `GET /api/custom-integrations/plan-runs/{run_id}` tells its progress. "
    "With an `Idempotency-Key` used within the last 24 hours for the same input the response is the run that it started then.",
    status_code=202,
)
async def run_plan(
    actor: CurrentActor,
    plan_id: UUID,
    given: PlanRunIn | None = None,
    idempotency_key: Annotated[Key | None, Header()] = None,
) -> PlanRunOut:
    return await runs.start_run(actor, plan_id, given or PlanRunIn(), key=idempotency_key)


@router.get("/{plan_id}/runs", summary="List a plan's runs, newest first")
async def list_plan_runs(actor: CurrentActor, plan_id: UUID, page: Paging) -> Page[PlanRunOut]:
    return Page.of(await runs.list_runs(actor, plan_id, page))


@of_runs.get("/{run_id}", summary="Read a run with its steps")
async def get_plan_run(actor: CurrentActor, run_id: UUID) -> PlanRunOut:
    return await runs.get_run(actor, run_id)


@of_runs.post("/{run_id}/resume", summary="Go on with a run at the step that failed", status_code=202)
async def resume_plan_run(actor: CurrentActor, run_id: UUID) -> PlanRunOut:
    return await runs.resume_run(actor, run_id)


@of_runs.post("/{run_id}/cancel", summary="End a run after its current step", status_code=202)
async def cancel_plan_run(actor: CurrentActor, run_id: UUID) -> PlanRunOut:
    return await runs.cancel_run(actor, run_id)
