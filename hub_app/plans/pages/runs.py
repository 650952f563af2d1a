"""The runs tab of a plan: a live list, or one run that fills in, its steps at the left, what the chosen one gave at the right."""

import reflex as rx

from hub_app.plans.pages.plans import RUNS
from hub_app.plans.state.plan import PlanState
from hub_app.plans.state.run import STEPS, PlanRunState, RunStepRow
from hub_app.plans.state.runs import PlanRunsState, RunRow
from hub_app.plans.state.steps import PlanStepsState
from hub_app.ui import components as ui
from hub_app.ui.session import SessionState

_TONES: dict[str, ui.Tone] = {
    "running": "info",
    "retrying": "warning",
    "succeeded": "success",
    "failed": "danger",
}
_MARKS = {
    "waiting": "circle",
    "running": "loader_circle",
    "retrying": "rotate_cw",
    "succeeded": "check",
    "failed": "x",
    "skipped": "minus",
}
_LOOKS: dict[str, tuple[str, ui.Tone]] = {
    status: (mark, _TONES.get(status, "neutral")) for status, mark in _MARKS.items()
}
_BADGES: dict[str, tuple[str, ui.Tone]] = {
    status: (words, _TONES.get(status, "neutral")) for status, words in STEPS.items()
}


def runs_tab() -> rx.Component:
    gone = ui.card(
        ui.empty(
            "list_checks",
            "There is no such run",
            "It may be older than Hub keeps runs, or the address is mistyped.",
            ui.button_link("All runs", f"{PlanState.here}?tab=runs", "primary"),
        ),
        flush=True,
    )
    return rx.cond(
        PlanRunState.missing, gone, rx.cond(PlanRunState.id != "", _run(), ui.card(_list(), flush=True))
    )


def start_dialog() -> rx.Component:
    return ui.form_dialog(
        PlanRunsState,
        "start",
        rx.cond(
            PlanStepsState.changed & (PlanStepsState.place == PlanState.here),
            ui.callout(
                "This run uses the steps as they were last saved. To run your changes, cancel and save the plan first.",
                "warning",
                title="Your changes to the steps are not saved",
            ),
        ),
        ui.textarea_field(
            "input",
            "Input, as JSON",
            value="{}",
            of=PlanRunsState,
            rows=6,
            mono=True,
            text="Steps refer to it as {{ input.name }}. Leave {} if the plan uses no input.",
        ),
        title=f"Run {PlanState.name}",
        text="Hub makes the calls one after another. You can follow each of them.",
        on_submit=PlanRunsState.start,
        submit="Run now",
    )


def _list() -> rx.Component:
    return ui.table(
        "Runs",
        [
            ui.Column(label="Started", cell=lambda row: ui.time(row.at)),
            ui.Column(label="Result", cell=lambda row: ui.status_badge(row.status, RUNS)),
            ui.Column(label="Steps", cell=lambda row: row.progress, end=True, phone=False),
            ui.Column(label="Trigger", cell=_trigger, phone=False),
            ui.Column(label="Time", cell=lambda row: row.duration, end=True, quiet=True),
        ],
        PlanRunsState.rows,
        loaded=PlanRunsState.loaded,
        empty=ui.empty(
            "list_checks",
            "Not run yet",
            "Each run appears here automatically, with what every step sent and received.",
            ui.only(
                SessionState.is_engineer,
                ui.button(
                    "Run now",
                    "primary",
                    on_click=PlanRunsState.ask("start"),
                    attributes=ui.opener(PlanRunsState, "start"),
                ),
                "Engineers can run plans.",
            ),
        ),
        href=lambda row: row.href,
        pager=ui.Pager(previous=PlanRunsState.previous, next=PlanRunsState.next),
    )


def _trigger(row: rx.vars.ObjectVar[RunRow]) -> rx.Component:
    return rx.fragment(row.trigger, rx.el.span(row.by, class_name="hub-sub"))


def _run() -> rx.Component:
    return ui.stack(
        _head(),
        rx.cond(
            PlanRunState.error != "",
            ui.callout(
                rx.cond(
                    SessionState.is_engineer,
                    "Fix the problem, then resume the run. Steps that succeeded are not run again.",
                    "Engineers can resume the run after the problem is fixed.",
                ),
                "danger",
                title=PlanRunState.error,
                alert=True,
            ),
        ),
        ui.columns(ui.card(_steps(), title="Steps", flush=True), _step()),
        rx.cond(
            PlanRunState.input != "",
            ui.card(ui.disclosure("Input", ui.code(PlanRunState.input, label="Input", language="json"))),
        ),
    )


def _head() -> rx.Component:
    told = ui.row(
        ui.button_link("All runs", f"{PlanState.here}?tab=runs", "ghost", mark="arrow_left", small=True),
        rx.el.span(ui.status_badge(PlanRunState.status, RUNS), role="status"),
        rx.el.span(PlanRunState.started, " ", ui.time(PlanRunState.created_at), class_name="hub-text-2"),
        rx.cond(
            PlanRunState.duration != "", rx.el.span("took ", PlanRunState.duration, class_name="hub-text-2")
        ),
    )
    controls = ui.row(
        rx.cond(
            PlanRunState.can_resume,
            ui.button(
                rx.cond(
                    PlanRunState.status == "failed",
                    "Resume at the failed step",
                    "Resume where it was cancelled",
                ),
                "primary",
                mark="step_forward",
                small=True,
                on_click=PlanRunState.resume,
            ),
        ),
        rx.cond(
            PlanRunState.can_cancel,
            ui.button("Cancel", "danger-quiet", mark="square", small=True, on_click=PlanRunState.cancel),
        ),
    )
    return ui.stack(
        ui.row(told, ui.only(SessionState.is_engineer, controls), apart=True), ui.ident(PlanRunState.id)
    )


def _steps() -> rx.Component:
    return ui.stepper(
        "Steps of the run",
        PlanRunState.steps,
        status=lambda row: row.status,
        looks=_LOOKS,
        cell=_step_row,
        href=lambda row: row.href,
        current=lambda row: row.id == PlanRunState.step,
    )


def _step_row(row: rx.vars.ObjectVar[RunStepRow]) -> rx.Component:
    return rx.fragment(
        rx.el.span(
            rx.el.span(row.id, class_name="hub-strong hub-break"),
            rx.el.span(row.words, class_name="hub-small hub-text-2"),
            rx.cond(row.attempts != "", rx.el.span(row.attempts, class_name="hub-small hub-text-2")),
            rx.el.span(row.duration, class_name="hub-small hub-text-2"),
            class_name="hub-row",
        ),
        rx.el.span(row.what, class_name="hub-sub hub-break"),
        rx.cond(row.error != "", rx.el.span(row.error, class_name="hub-small hub-text-danger hub-break")),
    )


def _step() -> rx.Component:
    output = rx.cond(
        PlanRunState.output != "",
        ui.stack(
            ui.code(PlanRunState.output, label="Output for later steps", language="json"),
            rx.cond(
                PlanRunState.cut,
                rx.el.p(
                    "Only the beginning is shown. Open the execution to see more.", class_name="hub-help"
                ),
            ),
        ),
        rx.el.p("No output.", class_name="hub-small hub-text-2"),
    )
    return ui.card(
        ui.stack(ui.row(ui.status_badge(PlanRunState.step_status, _BADGES)), output),
        title=PlanRunState.step,
        actions=(
            rx.cond(
                PlanRunState.executions != "",
                ui.button_link("All executions by plans", PlanRunState.executions, small=True),
            ),
            rx.cond(
                PlanRunState.execution != "",
                ui.button_link("Open the execution", PlanRunState.execution, small=True),
            ),
        ),
    )
