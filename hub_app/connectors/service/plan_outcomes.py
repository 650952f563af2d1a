"""What came of plans: the last run of each, and what a step of a run gave."""

from collections.abc import Iterable
from uuid import UUID

from sqlmodel import col, select

from hub_app.connectors.schemas.plans import PlanRunOut
from hub_app.connectors.service import plan_runs
from hub_app.connectors.service.lookup import READ
from hub_app.connectors.tables import PlanRun, PlanRunStep
from hub_app.kernel import db
from hub_app.kernel.actor import Actor, Role


async def last_runs(actor: Actor, plans: Iterable[UUID]) -> dict[UUID, PlanRunOut]:
    """The newest run of each of these plans that has one."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    found: list[PlanRun] = []
    async with db.read(actor.tenant_id) as session:
        # One look into the index each: a single statement for all would read every run that there ever was.
        for plan_id in plans:
            newest = (
                select(PlanRun).where(PlanRun.plan_id == plan_id).order_by(col(PlanRun.id).desc()).limit(1)
            )
            found.extend((await session.exec(newest)).all())
        return {run.plan_id: run for run in await plan_runs.shown(session, found)}


async def step_output(actor: Actor, run_id: UUID, step: str) -> str:
    """What later steps may refer to as `steps.<step>`: JSON text of `data`, `status_code` and `ok`; "" for none yet.

    NotFound when the tenant has no such run.
    """
    actor.require(Role.CUSTOMER_VIEWER, READ)
    statement = select(PlanRunStep.output).where(PlanRunStep.run_id == run_id, PlanRunStep.step == step)
    async with db.read(actor.tenant_id) as session:
        await plan_runs.find(session, run_id)
        return (await session.exec(statement)).first() or ""
