"""The page of one plan."""

import reflex as rx

from hub_app.plans.pages.runs import runs_tab, start_dialog
from hub_app.plans.pages.settings import settings_tab
from hub_app.plans.pages.steps import steps_tab
from hub_app.plans.state.plan import PlanState
from hub_app.plans.state.plans import HERE
from hub_app.plans.state.runs import PlanRunsState
from hub_app.ui import components as ui
from hub_app.ui.session import SessionState
from hub_app.ui.shell import page


def page_of_plan() -> rx.Component:
    on = rx.cond(PlanState.is_active, ui.badge("On", "success"), ui.badge("Off", "neutral"))
    return page(
        PlanState.name,
        _facts(),
        rx.cond(
            PlanState.loaded,
            rx.cond(PlanState.missing, ui.missing("list_checks", "plan", HERE), _found()),
            ui.skeleton(6),
        ),
        actions=[rx.cond(PlanState.missing, rx.fragment(), _controls())],
        breadcrumb=[("Connectors", ""), ("Plans", HERE)],
        mark="list_checks",
        id=rx.cond(PlanState.missing, "", PlanState.id),
        badge=rx.cond(PlanState.missing | ~PlanState.loaded, "", on),
    )


def _facts() -> rx.Component:
    following = rx.cond(
        PlanState.next_at != "",
        rx.fragment(" · next run ", ui.time(PlanState.next_at, show="minute")),
        rx.fragment(),
    )
    known = rx.fragment(PlanState.trigger, following)
    return rx.cond(PlanState.missing, "It was deleted, or belongs to another tenant.", known)


def _controls() -> rx.Component:
    turn = ui.switch_button(PlanState.is_active, PlanState.turn, kind="secondary")
    run = ui.button(
        "Run now",
        "primary",
        mark="play",
        on_click=PlanRunsState.ask("start"),
        attributes=ui.opener(PlanRunsState, "start"),
    )
    return rx.fragment(
        ui.only(SessionState.is_admin, turn),
        ui.only(SessionState.is_engineer, run, "Engineers can run plans."),
    )


def _not_started() -> rx.Component:
    since = rx.fragment("Since ", ui.time(PlanState.not_started_since, show="moment"), ": ")
    again = " The count starts again when you change the plan or turn it off and on."
    return ui.callout(
        rx.fragment(since, PlanState.not_started, again), "warning", title="Some events did not start a run"
    )


def _found() -> rx.Component:
    return rx.fragment(
        rx.cond(PlanState.description != "", rx.el.p(PlanState.description, class_name="hub-text-2")),
        rx.cond(PlanState.not_started != "", _not_started()),
        ui.tabs(
            "Plan",
            PlanState.tab,
            ("steps", "Steps", PlanState.here),
            ("runs", "Runs", f"{PlanState.here}?tab=runs"),
            ("settings", "Settings", f"{PlanState.here}?tab=settings"),
        ),
        rx.match(PlanState.tab, ("runs", runs_tab()), ("settings", settings_tab()), steps_tab()),
        start_dialog(),
    )
