"""One run of a plan: how each step stands, and what the chosen step gave."""

from dataclasses import dataclass
from datetime import datetime

import orjson
import reflex as rx
from reflex.event import EventSpec

from hub_app.connectors.service import lookup
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.errors import NotFound
from hub_app.plans.schemas import PlanRunOut, PlanRunStepOut
from hub_app.plans.service import outcomes, runs
from hub_app.plans.state.plan import PlanAddress
from hub_app.ui import words
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.inputs import read_id
from hub_app.ui.urls import url_with

_SHOWN_CHARACTERS = 20_000
_SECONDS_A_MINUTE = 60
STEPS = {
    "waiting": "Waiting",
    "running": "Running",
    "retrying": "Retrying soon",
    "succeeded": "Succeeded",
    "failed": "Failed",
    "skipped": "Not reached",
}
_TRIGGERS = {"manual": "Started by {}", "schedule": "Started by the schedule", "event": "Started by an event"}


@dataclass(frozen=True)
class RunStepRow:
    id: str
    href: str
    what: str
    status: str
    words: str
    attempts: str
    duration: str
    error: str


@dataclass(frozen=True)
class Look:
    """A run as it is at one moment, with the output of the step that is looked at."""

    run: PlanRunOut
    step: PlanRunStepOut
    output: str
    connectors: tuple[str, ...]


class PlanRunState(rx.State):
    """The open run. `id` is "" while none is open."""

    id: str = ""
    missing: bool = False
    status: str = ""
    started: str = ""
    created_at: str = ""
    duration: str = ""
    error: str = ""
    input: str = ""
    steps: rx.Field[list[RunStepRow]] = rx.field(default_factory=list)
    step: str = ""
    step_status: str = ""
    output: str = ""
    cut: bool = False
    execution: str = ""
    executions: str = ""
    """Where the earlier attempts of a step that was tried more than once are, too."""
    can_resume: bool = False
    can_cancel: bool = False

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        address = PlanAddress.at(self)
        self.missing = False
        if address.tab != "runs" or not address.run:
            self.id, self.output, self.steps = "", "", []
            return
        try:
            seen = await look(await current_actor(self), address)
        except NotFound:
            self.id, self.missing = "", True
            return
        fill(self, seen)

    @rx.event(temporal=True)
    @guarded(Role.ENGINEER)
    async def resume(self) -> EventSpec:
        """Let the run go on at the step that failed."""
        actor, address = await current_actor(self), PlanAddress.at(self)
        await runs.resume_run(actor, read_id(address.run))
        fill(self, await look(actor, address))
        return rx.toast.success("The run continues where it stopped.")

    @rx.event(temporal=True)
    @guarded(Role.ENGINEER)
    async def cancel(self) -> EventSpec:
        """End the run before its next step."""
        actor, address = await current_actor(self), PlanAddress.at(self)
        ended = await runs.cancel_run(actor, read_id(address.run))
        fill(self, await look(actor, address))
        over = ended.status == "cancelled"
        return rx.toast.success(
            "The run is cancelled." if over else "The run will stop after the current call."
        )


def fill(view: PlanRunState, seen: Look) -> None:
    """Show a run. (No method: Reflex makes an event of every public one.)"""
    run, step, address = seen.run, seen.step, PlanAddress.at(view)
    view.id, view.status, view.error = str(run.id), run.status, run.error
    view.started = _TRIGGERS[run.trigger].format(run.started_by)
    view.created_at, view.duration = words.iso(run.created_at), duration(run.started_at, run.finished_at)
    view.input = words.pretty(orjson.dumps(run.input).decode()) if run.input else ""
    view.steps = [
        _row(one, connector, address.of_run(run.id, one.id))
        for one, connector in zip(run.steps, seen.connectors, strict=True)
    ]
    view.step, view.step_status = step.id, step.status
    text = words.pretty(seen.output)
    view.output, view.cut = text[:_SHOWN_CHARACTERS], len(text) > _SHOWN_CHARACTERS
    view.execution = (
        url_with("/connectors/executions", execution=str(step.execution_id))
        if step.execution_id is not None
        else ""
    )
    view.executions = (
        url_with(
            "/connectors/executions", connector=str(step.integration_id), action=step.action, trigger="plan"
        )
        if step.attempts > 1
        else ""
    )
    view.can_resume = run.status in {"failed", "cancelled"}
    view.can_cancel = run.status in {"waiting", "running"}


async def look(actor: Actor, address: PlanAddress) -> Look:
    """The run that the address names, as it is now, and the step of it that is asked for or that matters most.

    Raises NotFound for none, or another plan's.
    """
    run = await runs.get_run(actor, read_id(address.run))
    if run.plan_id != address.id:
        raise NotFound("This plan has no such run.")
    chosen = next((one for one in run.steps if one.id == address.step), None) or _matters(run)
    known = await lookup.connector_names(actor)
    output = await outcomes.step_output(actor, run.id, chosen.id)
    return Look(run, chosen, output, tuple(known.get(one.integration_id, "") for one in run.steps))


def duration(started: datetime | None, finished: datetime | None) -> str:
    """How long something took; "" while it has not ended."""
    if started is None or finished is None:
        return ""
    seconds = (finished - started).total_seconds()
    if seconds < _SECONDS_A_MINUTE:
        return words.duration(round(seconds * 1000))
    minutes, rest = divmod(round(seconds), _SECONDS_A_MINUTE)
    return f"{minutes} min {rest} s"


def _matters(run: PlanRunOut) -> PlanRunStepOut:
    """The step that a person wants to see first: the one that fails or is under way, else the last that has an end."""
    urgent = [one for one in run.steps if one.status in {"failed", "running", "retrying"}]
    ended = [one for one in run.steps if one.status == "succeeded"]
    return (urgent[-1:] or ended[-1:] or run.steps[:1])[0]


def _row(step: PlanRunStepOut, connector: str, href: str) -> RunStepRow:
    return RunStepRow(
        id=step.id,
        href=href,
        what=f"{connector} · {step.action}" if connector else step.action,
        status=step.status,
        words=STEPS[step.status],
        attempts=f"{step.attempts} attempts" if step.attempts > 1 else "",
        duration=duration(step.started_at, step.finished_at),
        error=step.error,
    )
