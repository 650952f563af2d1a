"""Runs as operators see them, and letting all of a tenant go on that failed."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.connectors.service.lookup import WRITE
from hub_app.kernel import audit, backlogs, db
from hub_app.kernel.actor import Actor, Role, system_actor
from hub_app.kernel.backlogs import Backlog
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Conflict
from hub_app.kernel.jobs import Run
from hub_app.kernel.queue import words
from hub_app.plans.service import runs
from hub_app.plans.tables import PlanRun

RESUME = "connectors.resume_runs"
RESUME_TITLE = "Resume failed runs of all plans"
_FAILED = ("failed",)


async def resume_failed(actor: Actor, since: datetime) -> str:
    """Start the job that resumes every run that failed since then; in words, that it has begun. Conflict when there is none."""
    actor.require(Role.ENGINEER, WRITE)
    until = utcnow()
    async with db.begin(actor.tenant_id) as session:
        if await _next(session, since, until) is None:
            raise Conflict("No run of this tenant failed in this period.")
        backlogs.start(session, actor, RESUME, since, until, href="/connectors/plans")
        await audit.record(
            session, actor, "connector.plan.runs_resumed", summary={"failed_since": since.isoformat()}
        )
    return "A job of the tenant resumes them."


async def do_resume(run: Run) -> str:
    """The job's work: one run after the other, in the order in which they failed."""
    since, until = backlogs.period(run)
    actor = system_actor(run.tenant_id, "Operator")
    while True:
        async with run.step() as session:
            found = await _next(session, since, until, run.checkpoint)
            if found is None:
                break
            at, run_id = found
            backlogs.reach(run, at, run_id)
            try:
                await runs.resume_run(actor, run_id)
                run.done += 1
            except Conflict:
                # Too many of its plan wait.
                run.checkpoint["left"] = int(str(run.checkpoint.get("left", 0))) + 1
    left = int(str(run.checkpoint.get("left", 0)))
    rest = f" {left:,} did not, since too many runs of their plans wait." if left else ""
    return f"{run.done:,} {'run goes' if run.done == 1 else 'runs go'} on.{rest}"


async def _next(
    session: AsyncSession, since: datetime, until: datetime, reached: Mapping[str, object] | None = None
) -> tuple[datetime, UUID] | None:
    """When the next run of the session's tenant failed, and its id."""
    failed_at, run_id = col(PlanRun.finished_at), col(PlanRun.id)
    statement = select(failed_at, run_id).where(
        col(PlanRun.status) == words(*_FAILED)[0],
        failed_at > since,
        failed_at <= until,
        *backlogs.beyond(failed_at, run_id, reached),
    )
    found = (await session.exec(statement.order_by(failed_at, run_id).limit(1))).first()
    return None if found is None or found[0] is None else (found[0], found[1])


BACKLOG = Backlog(
    name="plan_runs",
    label="Runs of plans",
    model=PlanRun,
    failed=_FAILED,
    kind=PlanRun.trigger,
    called={
        "manual": "Started by hand",
        "schedule": "Started by the schedule",
        "event": "Started by an event",
    }.__getitem__,
    tries=PlanRun.starts,
    retry=runs.resume_run,
    retry_all=resume_failed,
    left_out="Runs of plans of which too many wait already are not resumed.",
    order=2,
)
