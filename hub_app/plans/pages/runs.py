"""The runs tab of a plan: a live list, or one run that fills in."""

import reflex as rx

from hub_app.plans.pages.plans import RUNS
from hub_app.plans.pages.run import run_view
from hub_app.plans.state.plan import PlanState
from hub_app.plans.state.run import PlanRunState
from hub_app.plans.state.runs import PlanRunsState, RunRow
from hub_app.ui import components as ui
from hub_app.ui.session import SessionState


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
        PlanRunState.missing, gone, rx.cond(PlanRunState.id != "", run_view(), ui.card(_list(), flush=True))
    )


def start_dialog() -> rx.Component:
    return ui.form_dialog(
        PlanRunsState,
        "start",
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
                ui.button("Run now", "primary", on_click=PlanRunsState.ask("start")),
                "Engineers can run plans.",
            ),
        ),
        href=lambda row: row.href,
        pager=ui.Pager(previous=PlanRunsState.previous, next=PlanRunsState.next),
    )


def _trigger(row: rx.vars.ObjectVar[RunRow]) -> rx.Component:
    return rx.fragment(row.trigger, rx.el.span(row.by, class_name="hub-sub"))
