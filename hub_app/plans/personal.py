"""What plans hold about people: inputs and outputs of runs, and steps that name somebody."""

from datetime import datetime
from typing import cast
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import delete, update
from sqlmodel import col, select

from hub_app.kernel import rows
from hub_app.kernel.ids import new_id
from hub_app.kernel.personal import ERASED, Mentions, Personal, Step, leaves, masked
from hub_app.plans.service.runs import ERASED_INPUT
from hub_app.plans.tables import Plan, PlanRun, PlanRunStep, PlanVersion

_WORDS = "Words of Hub's own, identifiers, and when a plan runs"
_NEEDED = ("id", "integration_id", "action", "omit", "on_error", "retries")
_RUNS = 100
_GONE = "The data of this run was erased."


def _end_run(run: PlanRun, _now: datetime) -> None:
    """A run without its data cannot go on."""
    if run.status == "pending":
        run.finish("failed")
    run.error = _GONE if run.status != "succeeded" else ""


async def _replace(step: Step, version_id: UUID, mentions: Mentions) -> bool:
    """A version is never changed: another one comes in its place, step by step, as its plan's and as that of its runs."""
    async with step() as session:
        version = await rows.get(session, PlanVersion, version_id)
        left = [_without(one, mentions) for one in version.steps]
        if left == version.steps:
            return False
        # Steps that are saved as these were before are not taken for them: the digest is none of theirs.
        other = PlanVersion(
            tenant_id=version.tenant_id, plan_id=version.plan_id, digest=new_id().hex, steps=left
        )
        session.add(other)
        await session.flush()
        of_plan = update(Plan).where(col(Plan.id) == version.plan_id, col(Plan.version_id) == version_id)
        await session.exec(of_plan.values(version_id=other.id))
    more = True
    while more:
        async with step() as session:
            some = select(PlanRun.id).where(PlanRun.version_id == version_id).limit(_RUNS)
            ids = (await session.exec(some)).all()
            await session.exec(update(PlanRun).where(col(PlanRun.id).in_(ids)).values(version_id=other.id))
            more = len(ids) == _RUNS
            if not more:
                await session.exec(delete(PlanVersion).where(col(PlanVersion.id) == version_id))
    return True


def _without(step: dict[str, object], mentions: Mentions) -> dict[str, object]:
    """A step without people; what Hub needs to read it names none."""
    left = masked(
        cast("JsonValue", {name: one for name, one in step.items() if name not in _NEEDED}), mentions
    )
    return step | cast("dict[str, object]", left)


PERSONAL = [
    Personal(
        model=PlanRun,
        what="Runs of plans",
        page="/connectors/plans",
        whole={"input": leaves(ERASED_INPUT), "error": leaves("")},
        names=["started_by"],
        nothing={_WORDS: ["status", "trigger"], "A digest": ["key"]},
        settle=_end_run,
        topics=lambda row: [f"plan_runs:{row.plan_id}", f"plan_run:{row.id}"],
    ),
    Personal(
        model=PlanRunStep,
        what="Steps of runs",
        page="/connectors/plans",
        whole={"output": leaves(None), "error": leaves("")},
        nothing={_WORDS: ["step", "status"]},
        part_of=("plan_run", "run_id"),
    ),
    Personal(
        model=Plan,
        what="Plans",
        page="/connectors/plans",
        alone={"name": leaves(ERASED), "description": leaves("")},
        nothing={_WORDS: ["cron", "timezone", "event_type"]},
        topics=lambda row: [f"plans:{row.tenant_id}"],
    ),
    Personal(
        model=PlanVersion,
        what="Versions of plans",
        page="/connectors/plans",
        alone={"steps": masked},
        nothing={"A digest": ["digest"]},
        replace=_replace,
    ),
]
