"""Runs as operators see them, and letting all of a tenant go on that failed."""

from collections.abc import Mapping
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.connectors.service.lookup import WRITE
from hub_app.kernel import audit, backlogs, db, jobs
from hub_app.kernel.actor import Actor, Role, system_actor
from hub_app.kernel.backlogs import Backlog
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Conflict, NotFound
from hub_app.kernel.jobs import Run
from hub_app.kernel.queue import words
from hub_app.plans.service import runs
from hub_app.plans.tables import PlanRun

RESUME = "connectors.resume_runs"
RESUME_TITLE = "Resume failed runs of all plans"
_FAILED = ("failed",)
_MOST_REASONS = 10
_OTHER_REASONS = "other reasons"
_UNDER_WAY = "Failed runs of this tenant are being resumed already. Wait for that job to finish."


async def resume_failed(actor: Actor, since: datetime) -> str:
    """Start the job that resumes every run that failed since then; in words, that it has begun. Conflict when there is none, or
    such a job is under way.
    """
    actor.require(Role.ENGINEER, WRITE)
    until = utcnow()
    async with db.begin(actor.tenant_id) as session:
        if await _next(session, since, until) is None:
            raise Conflict("No run of this tenant failed in this period.")
        await jobs.require_alone(session, RESUME, _UNDER_WAY)
        backlogs.start(session, actor, RESUME, since, until, href="/connectors/plans")
        await audit.record(
            session, actor, "connector.plan.runs_resumed", summary={"failed_since": since.isoformat()}
        )
    return "A job of the tenant resumes them."


async def do_resume(run: Run) -> str:
    """The job's work: one run after the other, in the order in which they failed; in words, how many go on, and why others
    do not.
    """
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
            except (Conflict, NotFound) as error:
                # Each for a reason of its own; the others go on all the same.
                run.checkpoint |= {"left": _counted(_left(run), error.detail)}
    return " ".join([f"{run.done:,} {'run goes' if run.done == 1 else 'runs go'} on.", *_told(_left(run))])


def _left(run: Run) -> dict[str, int]:
    """How many runs did not go on, by the sentence that says why."""
    kept = run.checkpoint.get("left")
    return cast("dict[str, int]", kept) if isinstance(kept, dict) else {}


def _counted(left: Mapping[str, int], reason: str) -> dict[str, int]:
    known = reason if reason in left or len(left) < _MOST_REASONS else _OTHER_REASONS
    return {**left, known: left.get(known, 0) + 1}


def _told(left: Mapping[str, int]) -> list[str]:
    most_first = sorted(left.items(), key=lambda one: -one[1])
    return [f"{count:,} did not: {reason.rstrip('.')}." for reason, count in most_first]


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
    left_out="Runs that cannot go on stay failed; the job says why.",
    order=2,
)
