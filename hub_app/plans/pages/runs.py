"""The runs tab of a plan: a live list, or one run that fills in."""

import reflex as rx

from hub_app.plans.pages.plans import RUNS
from hub_app.plans.pages.run import run_view
from hub_app.plans.state.plan import Plan
from hub_app.plans.state.run import PlanRun
from hub_app.plans.state.runs import PlanRuns, RunRow
from hub_app.ui.components import (
    Column,
    Pager,
    button,
    button_link,
    card,
    empty,
    form_dialog,
    only,
    status_badge,
    table,
    textarea_field,
    time,
)
from hub_app.ui.session import Session


def runs_tab() -> rx.Component:
    gone = card(
        empty(
            "list_checks",
            "There is no such run",
            "It is older than Hub keeps runs, or the address is mistyped.",
            button_link("All runs", f"{Plan.here}?tab=runs", "primary"),
        ),
        flush=True,
    )
    return rx.cond(PlanRun.missing, gone, rx.cond(PlanRun.id != "", run_view(), card(_list(), flush=True)))


def start_dialog() -> rx.Component:
    return form_dialog(
        textarea_field(
            "input",
            "Input, as JSON",
            value="{}",
            errors=PlanRuns.errors,
            rows=6,
            mono=True,
            text="Steps refer to it as {{ input.name }}. {} is fine for a plan that does not.",
        ),
        title=f"Run {Plan.name}",
        text="Hub makes the calls one after the other. You see each as it happens.",
        open=PlanRuns.dialog == "start",
        on_open_change=PlanRuns.toggle,
        on_close=PlanRuns.close,
        on_submit=PlanRuns.start,
        submit="Run now",
        busy=PlanRuns.busy,
    )


def _list() -> rx.Component:
    return table(
        "Runs",
        [
            Column(label="Started", cell=lambda row: time(row.at)),
            Column(label="Result", cell=lambda row: status_badge(row.status, RUNS)),
            Column(label="Steps", cell=lambda row: row.progress, end=True, phone=False),
            Column(label="Trigger", cell=_trigger, phone=False),
            Column(label="Time", cell=lambda row: row.duration, end=True, quiet=True),
        ],
        PlanRuns.rows,
        loaded=PlanRuns.loaded,
        empty=empty(
            "list_checks",
            "Not run yet",
            "Each run appears here by itself, with what every step sent and received.",
            only(
                Session.is_engineer,
                button("Run now", "primary", on_click=PlanRuns.ask_start),
                "Engineers can run plans.",
            ),
        ),
        href=lambda row: row.href,
        pager=Pager(previous=PlanRuns.previous, next=PlanRuns.next),
    )


def _trigger(row: rx.vars.ObjectVar[RunRow]) -> rx.Component:
    return rx.fragment(row.trigger, rx.el.span(row.by, class_name="hub-sub"))
