"""What came of plans: the last run of each, and what a step of a run gave."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import defer
from sqlmodel import col, select

from hub_app.connectors.service.lookup import READ
from hub_app.kernel import db, rows
from hub_app.kernel.actor import Actor, Role
from hub_app.plans.schemas import RunStatus
from hub_app.plans.service import runs
from hub_app.plans.tables import PlanRun, PlanRunStep


@dataclass(frozen=True, slots=True)
class LastRun:
    """How the newest run of a plan stands."""

    id: UUID
    status: RunStatus
    created_at: datetime


async def last_runs(actor: Actor, plans: Iterable[UUID]) -> dict[UUID, LastRun]:
    """The newest run of each of these plans that has one."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    found: list[PlanRun] = []
    whole = select(PlanRun).options(defer(PlanRun.input))  # type: ignore[arg-type]
    async with db.read(actor.tenant_id) as session:
        # One look into the index each: a single statement for all would read every run that there ever was.
        for plan_id in plans:
            newest = whole.where(PlanRun.plan_id == plan_id).order_by(col(PlanRun.id).desc()).limit(1)
            found.extend((await session.exec(newest)).all())
        done = await runs.steps_of(session, [run.id for run in found])
    return {run.plan_id: LastRun(run.id, runs.status_of(run, done[run.id]), run.created_at) for run in found}


async def step_output(actor: Actor, run_id: UUID, step: str) -> str:
    """What later steps may refer to as `steps.<step>`: JSON text of `data`, `status_code` and `ok`; "" for none yet.

    NotFound when the tenant has no such run.
    """
    actor.require(Role.CUSTOMER_VIEWER, READ)
    statement = select(PlanRunStep.output).where(PlanRunStep.run_id == run_id, PlanRunStep.step == step)
    async with db.read(actor.tenant_id) as session:
        await rows.get(session, PlanRun, run_id)
        return (await session.exec(statement)).first() or ""
