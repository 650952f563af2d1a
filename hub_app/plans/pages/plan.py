"""The page of one plan."""

import reflex as rx

from hub_app.plans.pages.runs import runs_tab, start_dialog
from hub_app.plans.pages.settings import settings_tab
from hub_app.plans.pages.steps import steps_tab
from hub_app.plans.state.plan import Plan
from hub_app.plans.state.plans import HERE
from hub_app.plans.state.runs import PlanRuns
from hub_app.ui.components import (
    badge,
    button,
    button_link,
    callout,
    card,
    empty,
    only,
    skeleton,
    tabs,
    time,
)
from hub_app.ui.session import Session
from hub_app.ui.shell import page


def page_of_plan() -> rx.Component:
    on = rx.cond(Plan.is_active, badge("On", "success"), badge("Off", "neutral"))
    return page(
        Plan.name,
        _facts(),
        rx.cond(Plan.loaded, rx.cond(Plan.missing, _missing(), _found()), skeleton(6)),
        actions=[rx.cond(Plan.missing, rx.fragment(), _controls())],
        breadcrumb=[("Connectors", ""), ("Plans", HERE)],
        mark="list_checks",
        badge=rx.cond(Plan.missing | ~Plan.loaded, "", on),
    )


def _facts() -> rx.Component:
    following = rx.cond(
        Plan.next_at != "", rx.fragment(" · next run ", time(Plan.next_at, show="moment")), rx.fragment()
    )
    known = rx.fragment(Plan.trigger, following)
    return rx.cond(Plan.missing, "It was deleted, or belongs to another tenant.", known)


def _controls() -> rx.Component:
    turn = rx.cond(
        Plan.is_active,
        button("Turn off", mark="pause", on_click=Plan.turn(False)),
        button("Turn on", mark="power", on_click=Plan.turn(True)),
    )
    run = button("Run now", "primary", mark="play", on_click=PlanRuns.ask_start)
    return rx.fragment(
        only(Session.is_admin, turn), only(Session.is_engineer, run, "Engineers can run plans.")
    )


def _missing() -> rx.Component:
    return card(
        empty(
            "list_checks",
            "There is no such plan",
            "The address may be mistyped, or someone deleted the plan.",
            button_link("All plans", HERE, "primary"),
        )
    )


def _not_started() -> rx.Component:
    since = rx.fragment("Since ", time(Plan.not_started_since, show="moment"), ": ")
    again = " Counting begins anew when the plan is changed, or turned off and on."
    return callout(
        rx.fragment(since, Plan.not_started, again), "warning", title="Not every event started a run"
    )


def _found() -> rx.Component:
    return rx.fragment(
        rx.cond(Plan.description != "", rx.el.p(Plan.description, class_name="hub-text-2")),
        rx.cond(Plan.not_started != "", _not_started()),
        tabs(
            "Plan",
            Plan.tab,
            ("steps", "Steps", Plan.here),
            ("runs", "Runs", f"{Plan.here}?tab=runs"),
            ("settings", "Settings", f"{Plan.here}?tab=settings"),
        ),
        rx.match(Plan.tab, ("runs", runs_tab()), ("settings", settings_tab()), steps_tab()),
        start_dialog(),
    )
