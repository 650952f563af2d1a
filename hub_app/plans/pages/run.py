"""One run of a plan, as it fills in: its steps at the left, what the chosen one gave at the right."""

import reflex as rx

from hub_app.plans.pages.plans import RUNS
from hub_app.plans.state.plan import PlanState
from hub_app.plans.state.run import STEPS, PlanRunState, RunStepRow
from hub_app.ui import components as ui
from hub_app.ui.components.badge import Tone
from hub_app.ui.session import SessionState

_TONES: dict[str, Tone] = {
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
_LOOKS: dict[str, tuple[str, Tone]] = {
    status: (mark, _TONES.get(status, "neutral")) for status, mark in _MARKS.items()
}
_BADGES: dict[str, tuple[str, Tone]] = {
    status: (words, _TONES.get(status, "neutral")) for status, words in STEPS.items()
}


def run_view() -> rx.Component:
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
    return ui.row(told, ui.only(SessionState.is_engineer, controls), apart=True)


def _steps() -> rx.Component:
    return ui.stepper(
        "Steps of the run",
        PlanRunState.steps,
        status=lambda row: row.status,
        looks=_LOOKS,
        cell=_row,
        href=lambda row: row.href,
        current=lambda row: row.id == PlanRunState.step,
    )


def _row(row: rx.vars.ObjectVar[RunStepRow]) -> rx.Component:
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
                PlanRunState.execution != "",
                ui.button_link("Open the execution", PlanRunState.execution, small=True),
            ),
        ),
    )
