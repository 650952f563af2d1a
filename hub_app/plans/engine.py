"""How a run of a plan gets on: each boundary between two steps is one transaction, under the run's lease.

It writes what came of the step before and begins the next one. A process that dies in a step leaves it begun; the next
process makes the same call again, with the same keys, so that an answer which was recorded is not asked for twice.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import cast
from uuid import UUID

from pydantic import JsonValue
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import leases
from hub_app.kernel.clock import utcnow
from hub_app.kernel.queue import Held
from hub_app.plans import templates
from hub_app.plans.schemas import Step, kept
from hub_app.plans.service import runs, versions
from hub_app.plans.tables import PlanRun, PlanRunStep
from hub_app.webhooks.service import events

MOST_OUTPUT = 256 * 1024
_FIRST_RETRY = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Begun:
    """A step that is to be called now: what its references may find (outputs by step and the event, as JSON text), the keys
    of this attempt, the executions that the run had before, who it acts as, and how many runs it comes from. The event that
    started the run may be too old to be kept.

    There is a key for each time that this attempt was begun: one whose process died may be held by nobody for minutes.
    """

    step: Step
    outputs: dict[str, str]
    input: JsonValue
    event: str
    keys: list[str]
    earlier: Sequence[UUID]
    acting: str
    depth: int
    event_is_gone: bool

    def known(self) -> dict[str, JsonValue]:
        """What references may find. Of all outputs together it may take seconds."""
        # Not orjson, which makes floats of large integers.
        return {
            "steps": {step: json.loads(output) for step, output in self.outputs.items()},
            "input": self.input,
            "event": json.loads(self.event or "{}"),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a step. `error` is empty when it succeeded; `retryable` when trying again may help, after `retry_after`
    seconds where the API said so; `ends` when the run must not go on, whatever the step says of errors.
    """

    error: str = ""
    retryable: bool = False
    ends: bool = False
    retry_after: float | None = None
    execution_id: UUID | None = None
    output: str | None = None

    @classmethod
    def answered(
        cls,
        execution_id: UUID,
        *,
        data: JsonValue,
        status_code: int | None,
        error: str,
        retry_after: float | None = None,
        ends: bool = False,
    ) -> "Outcome":
        """That of a call. What is too large to keep for later steps is an error too."""
        output, retryable = _as_json(data, status_code, ok=not error), bool(error)
        if len(output) > MOST_OUTPUT:
            output = _as_json(None, status_code, ok=False)
            error = error or (
                f"The response is larger than {MOST_OUTPUT // 1024} KiB, too large to hand on to later steps. Select less"
                " of it with the action's JMESPath."
            )
        return cls(
            error=error,
            retryable=retryable and not ends,
            ends=ends,
            retry_after=retry_after,
            execution_id=execution_id,
            output=output,
        )


async def advance(held: Held, outcome: Outcome | None) -> Begun | None:
    """Write what came of the step under way and begin the next one; None when the run is over or waits. Without an outcome
    the run itself is begun, or taken up where another process left it. Ended when it is another process's by now.
    """
    async with leases.under_lease(PlanRun, held) as (session, run):
        declared = (await versions.steps_of(session, [run.version_id]))[run.version_id]
        steps = kept(declared)
        if outcome is None:
            _begin(run)
        else:
            await _settle(session, run, steps[run.position], outcome)
        begun = await _next(session, run, steps) if run.lease is not None else None
        runs.changed(session, run)
        return begun


async def fail(held: Held, error: str) -> None:
    """End a run that cannot go on."""
    async with leases.under_lease(PlanRun, held) as (session, run):
        runs.end(run, "failed", error)
        runs.changed(session, run)


def _begin(run: PlanRun) -> None:
    if not run.begin():
        never = f"Its step was started {leases.MOST_STARTS} times and never finished. Resume it to try again."
        runs.end(run, "failed", never)


async def _settle(session: AsyncSession, run: PlanRun, step: Step, outcome: Outcome) -> None:
    row = await _row(session, run)
    if row is None:
        raise RuntimeError(f"The step {run.position} of the run {run.id} was never begun.")
    row.execution_id, row.output, row.error = outcome.execution_id, outcome.output, outcome.error[:500]
    row.finished_at = utcnow()
    run.starts = 0
    if not outcome.error:
        row.status = "succeeded"
        run.position += 1
    elif step.on_error == "continue" and not outcome.ends:
        row.status = "failed"
        run.position += 1
    elif step.on_error == "retry" and outcome.retryable and row.attempts <= step.retries:
        row.status = "retrying"
        if not run.cancelling:
            wait = max(_FIRST_RETRY * 2 ** (row.attempts - 1), timedelta(seconds=outcome.retry_after or 0))
            run.put_off(utcnow() + wait)
    else:
        row.status = "failed"
        runs.end(run, "failed", f"{step.id}: {outcome.error}")
    session.add(row)


async def _next(session: AsyncSession, run: PlanRun, steps: list[Step]) -> Begun | None:
    if run.position >= len(steps):
        runs.end(run, "succeeded")
        return None
    if run.cancelling:
        runs.end(run, "cancelled")
        return None
    step = steps[run.position]
    row = await _row(session, run) or PlanRunStep(
        tenant_id=run.tenant_id, run_id=run.id, position=run.position, step=step.id, status="waiting"
    )
    if row.status != "running":
        row.status, row.error, row.finished_at = "running", "", None
        row.attempts += 1
        row.started_at = row.started_at or utcnow()
    session.add(row)
    keys = [f"{row.id}:{row.attempts}:{start}" for start in range(run.starts + 1)]
    named = templates.beginnings(dict(step.params))
    event = await events.as_document(session, run.event_id) if run.event_id else ""
    return Begun(
        step,
        outputs=await _outputs(session, run, named),
        input=cast("JsonValue", run.input),
        event=event if named is None or "event" in named else "",
        keys=keys,
        earlier=await _executions(session, run),
        acting=run.started_by,
        depth=run.depth,
        event_is_gone=run.event_id is not None and not event,
    )


async def _row(session: AsyncSession, run: PlanRun) -> PlanRunStep | None:
    statement = select(PlanRunStep).where(PlanRunStep.run_id == run.id, PlanRunStep.position == run.position)
    return (await session.exec(statement)).one_or_none()


async def _outputs(session: AsyncSession, run: PlanRun, named: set[str] | None) -> dict[str, str]:
    """The outputs of the steps before that references name, of all of them for None."""
    statement = select(PlanRunStep.step, PlanRunStep.output).where(
        PlanRunStep.run_id == run.id, col(PlanRunStep.position) < run.position
    )
    if named is not None:
        steps = [one.removeprefix("steps.") for one in named if one.startswith("steps.")]
        statement = statement.where(col(PlanRunStep.step).in_(steps))
    return {step: output or "{}" for step, output in (await session.exec(statement)).all()}


async def _executions(session: AsyncSession, run: PlanRun) -> Sequence[UUID]:
    statement = select(col(PlanRunStep.execution_id)).where(
        PlanRunStep.run_id == run.id, col(PlanRunStep.execution_id).is_not(None)
    )
    return [one for one in (await session.exec(statement)).all() if one is not None]


def _as_json(data: JsonValue, status_code: int | None, *, ok: bool) -> str:
    """In ASCII: escaped, half characters and NUL can be kept by every database."""
    return json.dumps({"data": data, "status_code": status_code, "ok": ok}, separators=(",", ":"))
