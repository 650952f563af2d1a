"""One run of a plan, as it fills in: its steps at the left, what the chosen one gave at the right."""

import reflex as rx

from hub_app.plans.pages.plans import RUNS
from hub_app.plans.state.plan import Plan
from hub_app.plans.state.run import STEPS, PlanRun, RunStepRow
from hub_app.ui.components import (
    button,
    button_link,
    callout,
    card,
    code,
    disclosure,
    only,
    status_badge,
    stepper,
    time,
)
from hub_app.ui.components.badge import Tone
from hub_app.ui.session import Session

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
    return rx.el.div(
        _head(),
        rx.cond(
            PlanRun.error != "",
            callout(
                rx.cond(
                    Session.is_engineer,
                    "Mend what it says, then resume: the steps before are not run again.",
                    "Engineers can resume it once that is mended.",
                ),
                "danger",
                title=PlanRun.error,
                alert=True,
            ),
        ),
        rx.el.div(
            card(_steps(), title="Steps", flush=True),
            _step(),
            class_name="hub-grid-2",
        ),
        rx.cond(
            PlanRun.input != "",
            card(disclosure("Input", code(PlanRun.input, label="Input", language="json"))),
        ),
        class_name="hub-stack",
    )


def _head() -> rx.Component:
    told = rx.el.div(
        button_link("All runs", f"{Plan.here}?tab=runs", "ghost", mark="arrow_left", small=True),
        rx.el.span(status_badge(PlanRun.status, RUNS), role="status"),
        rx.el.span(PlanRun.started, " ", time(PlanRun.created_at), class_name="hub-text-2"),
        rx.cond(PlanRun.duration != "", rx.el.span("took ", PlanRun.duration, class_name="hub-text-2")),
        class_name="hub-row",
    )
    controls = rx.el.div(
        rx.cond(
            PlanRun.can_resume,
            button(
                rx.cond(
                    PlanRun.status == "failed", "Resume at the failed step", "Resume where it was cancelled"
                ),
                "primary",
                mark="step_forward",
                small=True,
                on_click=PlanRun.resume,
            ),
        ),
        rx.cond(
            PlanRun.can_cancel,
            button("Cancel", "danger-quiet", mark="square", small=True, on_click=PlanRun.cancel),
        ),
        class_name="hub-row",
    )
    return rx.el.div(told, only(Session.is_engineer, controls), class_name="hub-row hub-row-between")


def _steps() -> rx.Component:
    return stepper(
        "Steps of the run",
        PlanRun.steps,
        status=lambda row: row.status,
        looks=_LOOKS,
        cell=_row,
        href=lambda row: row.href,
        current=lambda row: row.id == PlanRun.step,
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
        PlanRun.output != "",
        rx.el.div(
            code(PlanRun.output, label="What later steps can refer to", language="json"),
            rx.cond(
                PlanRun.cut,
                rx.el.p("Only the beginning is shown. The execution has more.", class_name="hub-help"),
            ),
            class_name="hub-stack",
        ),
        rx.el.p("It has given nothing.", class_name="hub-small hub-text-2"),
    )
    return card(
        rx.el.div(
            rx.el.div(status_badge(PlanRun.step_status, _BADGES), class_name="hub-row"),
            output,
            class_name="hub-stack",
        ),
        title=PlanRun.step,
        actions=(
            rx.cond(
                PlanRun.execution != "",
                button_link("Open the execution", PlanRun.execution, small=True),
            ),
        ),
    )
