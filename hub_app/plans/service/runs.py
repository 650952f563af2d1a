"""Runs of plans: starting, looking at, cancelling and resuming them."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import defer
from sqlmodel import col, delete, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.connectors.service.lookup import READ, WRITE
from hub_app.kernel import audit, bulk, db, leases, paging, rows
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Conflict
from hub_app.plans.schemas import PlanRunIn, PlanRunOut, PlanRunStepOut, RunStatus, RunTrigger, StepStatus
from hub_app.plans.service import versions, waiting
from hub_app.plans.tables import Plan, PlanRun, PlanRunStep

TOPIC = "plan_runs"
QUEUE = leases.queue_of(PlanRun)
resumed = leases.goes_on(PlanRun, TOPIC)
ERASED_INPUT: dict[str, object] = {"erased": True}
"""The input of a run whose data was erased."""
_KEY_LIFE = timedelta(hours=24)
_SHOWN = PlanRunOut.model_fields.keys() - {"status", "steps"}
_DECLARED = {"id", "integration_id", "action"}
_NOT_BEGUN = {"attempts": 0, "execution_id": None, "error": "", "started_at": None, "finished_at": None}


@dataclass(frozen=True, slots=True)
class Start:
    """A run to be started: of which plan, by what and whom, the event or input that steps may refer to, and how many runs
    it comes from, itself included.
    """

    plan: Plan
    trigger: RunTrigger
    by: str
    input: dict[str, object] | None = None
    event_id: UUID | None = None
    depth: int = 1
    key: str | None = None


async def start_run(actor: Actor, plan_id: UUID, given: PlanRunIn, *, key: str | None = None) -> PlanRunOut:
    """Start a run now, of a plan that is switched off too. Conflict when too many wait, or it comes from too many runs.

    With `key` (an Idempotency-Key) and the same input, within 24 hours, the run that it started comes again; Conflict for
    another input.
    """
    actor.require(Role.ENGINEER, WRITE)
    depth = waiting.require_depth()
    async with db.begin(actor.tenant_id) as session:
        plan = await rows.get(session, Plan, plan_id, lock=True)
        digest = None if key is None else hashlib.sha256(f"{actor.user_id} {key}".encode()).hexdigest()
        there = await _started_with(session, plan_id, digest)
        if there is not None:
            if there.input != given.input:
                raise Conflict(
                    "This Idempotency-Key was used with another input. Choose a new key for a new run."
                )
            return await _shown_one(session, there)
        await waiting.require_room(session, plan)
        wanted = cast("dict[str, object]", given.input)
        start = Start(plan, "manual", actor.name, input=wanted, depth=depth, key=digest)
        (run_id,) = await insert(session, [start])
        return await _shown_one(session, await rows.get(session, PlanRun, run_id))


async def _started_with(session: AsyncSession, plan_id: UUID, digest: str | None) -> PlanRun | None:
    """The run that was started with this key while it holds, under the plan's lock."""
    if digest is None:
        return None
    of_key = select(PlanRun).where(
        PlanRun.plan_id == plan_id, PlanRun.key == digest, col(PlanRun.created_at) > utcnow() - _KEY_LIFE
    )
    return (await session.exec(of_key.limit(1))).one_or_none()


async def list_runs(actor: Actor, plan_id: UUID, page: paging.PageRequest) -> paging.Slice[PlanRunOut]:
    """A plan's runs, newest first; fewer on a page when their inputs and steps are large."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    statement = select(PlanRun).where(PlanRun.plan_id == plan_id)
    async with db.read(actor.tenant_id) as session:
        await rows.get(session, Plan, plan_id)
        found = await paging.fetch(
            session,
            statement.options(defer(PlanRun.input)),  # type: ignore[arg-type]
            paging.newest_first(PlanRun.id),
            page,
            weigh=partial(_sizes, session),
        )
        await session.exec(statement.where(col(PlanRun.id).in_([run.id for run in found.items])))
        runs = await shown(session, found.items)
    return found.holding(runs)


async def _sizes(session: AsyncSession, runs: Sequence[PlanRun]) -> list[int]:
    """How much there is to be read of each run: its input, and its steps where they are not those of one before."""
    length = func.length(sa.cast(col(PlanRun.input), sa.Text))
    inputs = select(col(PlanRun.id), length).where(col(PlanRun.id).in_([run.id for run in runs]))
    sizes = dict((await session.exec(inputs)).all())
    steps = await versions.sizes_of(session, [run.version_id for run in runs])
    return [sizes[run.id] + steps.pop(run.version_id, 0) for run in runs]


async def address_of_run(actor: Actor, run_id: UUID) -> str:
    """The address of the page on which a run shows; "" when it is gone, or not for the actor's eyes."""
    if not actor.may(Role.CUSTOMER_VIEWER, READ):
        return ""
    async with db.read(actor.tenant_id) as session:
        plan_id = (await session.exec(select(PlanRun.plan_id).where(PlanRun.id == run_id))).first()
    return f"/connectors/plans/{plan_id}?tab=runs&run={run_id}" if plan_id else ""


async def get_run(actor: Actor, run_id: UUID) -> PlanRunOut:
    actor.require(Role.CUSTOMER_VIEWER, READ)
    async with db.read(actor.tenant_id) as session:
        return await _shown_one(session, await rows.get(session, PlanRun, run_id))


async def cancel_run(actor: Actor, run_id: UUID) -> PlanRunOut:
    """End a run: at once while it waits, else before its next step. Conflict when it has ended."""
    actor.require(Role.ENGINEER, WRITE)
    async with db.begin(actor.tenant_id) as session:
        run = await rows.get(session, PlanRun, run_id, lock=True)
        run.cancel("run")
        return await _changed_by(session, actor, run, "cancelled")


async def resume_run(actor: Actor, run_id: UUID) -> PlanRunOut:
    """Let a failed or cancelled run go on at the step where it ended, with the outputs of the steps before.

    It keeps the steps that it began with. Conflict for other runs, and when too many of its plan wait.
    """
    actor.require(Role.ENGINEER, WRITE)
    async with db.begin(actor.tenant_id) as session:
        plan = await rows.get(session, Plan, (await rows.get(session, PlanRun, run_id)).plan_id, lock=True)
        run = await rows.get(session, PlanRun, run_id, lock=True)
        await waiting.require_room(session, plan)
        if run.status not in {"failed", "cancelled"}:
            raise Conflict("Only a run that has failed or was cancelled can be resumed.")
        if run.input == ERASED_INPUT:
            raise Conflict("The data of this run was erased, so it cannot go on. Start a new one.")
        # The step begins anew, and its calls get new keys with its row.
        await session.exec(
            delete(PlanRunStep).where(
                col(PlanRunStep.run_id) == run_id, col(PlanRunStep.position) >= run.position
            )
        )
        run.resume()
        run.error = ""
        db.notify(session, TOPIC)
        return await _changed_by(session, actor, run, "resumed")


async def insert(session: AsyncSession, starts: Sequence[Start]) -> list[UUID]:
    """Start runs in the open transaction, under the locks of their plans; their ids, in order."""
    made = [
        PlanRun(
            tenant_id=one.plan.tenant_id,
            plan_id=one.plan.id,
            version_id=one.plan.version_id,
            trigger=one.trigger,
            input=one.input or {},
            event_id=one.event_id,
            depth=one.depth,
            key=one.key,
            started_by=one.by,
        ).model_dump()
        for one in starts
    ]
    await bulk.insert(session, PlanRun, made)
    if made:
        db.notify(session, TOPIC)
    for plan_id in {one.plan.id for one in starts}:
        db.notify(session, f"plan_runs:{plan_id}")
    return [cast("UUID", row["id"]) for row in made]


def end(run: PlanRun, status: RunStatus, error: str = "") -> None:
    """The run is over."""
    run.finish(status)
    run.error = error[:500]


def changed(session: AsyncSession, run: PlanRun) -> None:
    """Tell open screens, once the change has committed."""
    db.notify(session, f"plan_runs:{run.plan_id}")
    db.notify(session, f"plan_run:{run.id}")


async def shown(session: AsyncSession, runs: Sequence[PlanRun]) -> list[PlanRunOut]:
    """Runs as they go out, with how their steps stand."""
    declared = await versions.steps_of(session, [run.version_id for run in runs])
    done = await steps_of(session, [run.id for run in runs])
    return [_out(run, declared[run.version_id], done[run.id]) for run in runs]


async def _shown_one(session: AsyncSession, run: PlanRun) -> PlanRunOut:
    (out,) = await shown(session, [run])
    return out


def _out(run: PlanRun, declared: versions.Steps, done: Sequence[PlanRunStep]) -> PlanRunOut:
    begun = {row.position: row for row in done}
    steps = [_step_out(run, step, begun.get(number)) for number, step in enumerate(declared)]
    # Not checked again: an input can be large.
    return PlanRunOut.model_construct(
        **{name: getattr(run, name) for name in _SHOWN}, status=status_of(run, done), steps=steps
    )


def status_of(run: PlanRun, steps: Sequence[PlanRunStep]) -> RunStatus:
    """How a run with these steps stands."""
    return cast("RunStatus", "running" if run.phase == "waiting" and steps else run.phase)


def _step_out(run: PlanRun, declared: dict[str, object], row: PlanRunStep | None) -> PlanRunStepOut:
    status: StepStatus = "waiting" if run.status == "pending" else "skipped"
    if row is not None:
        status = cast("StepStatus", row.status)
        if run.status != "pending" and status in {"running", "retrying"}:
            status = "failed"
    came = row.model_dump(include=set(_NOT_BEGUN)) if row else _NOT_BEGUN
    named = {name: declared[name] for name in _DECLARED}
    return PlanRunStepOut.model_validate({**came, **named, "status": status})


async def steps_of(session: AsyncSession, runs: Sequence[UUID]) -> defaultdict[UUID, list[PlanRunStep]]:
    """The steps of these runs, without their outputs."""
    statement = (
        select(PlanRunStep).where(col(PlanRunStep.run_id).in_(runs)).options(defer(PlanRunStep.output))  # type: ignore[arg-type]
    )
    found: defaultdict[UUID, list[PlanRunStep]] = defaultdict(list)
    for row in (await session.exec(statement)).all():
        found[row.run_id].append(row)
    return found


async def _changed_by(session: AsyncSession, actor: Actor, run: PlanRun, verb: str) -> PlanRunOut:
    session.add(run)
    await session.flush()
    await audit.act(session, actor, f"connector.plan.run_{verb}", run)
    changed(session, run)
    return await _shown_one(session, run)
