"""The plans page: what runs by itself, when, and how it went last."""

import reflex as rx

from hub_app.plans.state.plans import PlanRow, PlansState
from hub_app.ui import components as ui
from hub_app.ui.session import SessionState
from hub_app.ui.shell import page

RUNS: dict[str, tuple[str, ui.Tone]] = {
    "waiting": ("Waiting", "info"),
    "running": ("Running", "info"),
    "cancelling": ("Cancelling", "warning"),
    "succeeded": ("Succeeded", "success"),
    "failed": ("Failed", "danger"),
    "cancelled": ("Cancelled", "neutral"),
}
WHO = "Customer admins can add and change plans."


def page_of_plans() -> rx.Component:
    return page(
        "Plans",
        "Sequences of calls, each of which can use the results of the ones before. Plans start by hand, on a schedule, or on an event.",
        rx.cond(
            PlansState.loaded & (PlansState.rows.length() == 0) & (PlansState.text == ""),
            rx.fragment(),
            ui.filter_bar(
                ui.filter_search("Search by name", PlansState.text, on_change=PlansState.filter("q"))
            ),
        ),
        ui.card(_list(), flush=True),
        _create(),
        actions=[ui.only(SessionState.is_admin, _add(), WHO)],
        breadcrumb=[("Connectors", "")],
    )


def _add() -> rx.Component:
    return ui.button(
        "Add plan",
        "primary",
        mark="plus",
        on_click=PlansState.ask_create,
        attributes=ui.opener(PlansState, "create"),
    )


def _list() -> rx.Component:
    first = ui.empty(
        "list_checks",
        "No plans yet",
        "A plan is a list of calls that Hub makes one after another. Each call can use the results of the ones before.",
        ui.only(
            SessionState.is_admin,
            rx.cond(
                PlansState.connectors.length() > 0,
                ui.button(
                    "Add plan",
                    "primary",
                    on_click=PlansState.ask_create,
                    attributes=ui.opener(PlansState, "create"),
                ),
                ui.button_link("Add a connector first", "/connectors/new", "primary"),
            ),
            WHO,
        ),
    )
    return ui.table(
        "Plans",
        [
            ui.Column(label="Name", cell=_name),
            ui.Column(label="Starts", cell=_trigger, phone=False),
            ui.Column(label="Last run", cell=_last),
            ui.Column(
                label="Next run",
                cell=lambda row: ui.due(row.next_at),
                end=True,
                quiet=True,
                phone=False,
            ),
        ],
        PlansState.rows,
        loaded=PlansState.loaded,
        empty=rx.cond(
            PlansState.text == "",
            first,
            ui.empty(
                "search", "No plan has that name", "Search for a part of the name, or clear the search."
            ),
        ),
        href=lambda row: row.href,
        pager=ui.Pager(previous=PlansState.previous, next=PlansState.next),
    )


def _name(row: rx.vars.ObjectVar[PlanRow]) -> rx.Component:
    return rx.fragment(row.name, rx.el.span(row.steps, class_name="hub-sub"))


def _trigger(row: rx.vars.ObjectVar[PlanRow]) -> rx.Component:
    return rx.el.span(
        row.trigger, rx.cond(row.is_active, rx.fragment(), ui.badge("Off", "neutral")), class_name="hub-row"
    )


def _last(row: rx.vars.ObjectVar[PlanRow]) -> rx.Component:
    ran = rx.el.span(
        ui.status_badge(row.last_status, RUNS),
        rx.el.span(ui.time(row.last_at), class_name="hub-small hub-text-2"),
        class_name="hub-row",
    )
    return rx.cond(row.last_status != "", ran, ui.badge("Never run", dot=False))


def _create() -> rx.Component:
    fields = (
        ui.text_field("name", "Name", of=PlansState, auto_focus=True, placeholder="Weekly report"),
        ui.textarea_field("description", "Description", of=PlansState, rows=2, optional=True),
        ui.columns(
            ui.select_field(
                "integration_id",
                "Connector",
                PlansState.connectors,
                of=PlansState,
                text="For the first step. Add more steps on the plan's page.",
                on_change=PlansState.choose_connector,
            ),
            rx.el.div(
                ui.select_field("action", "Action", PlansState.actions, of=PlansState),
                key=PlansState.connector,
            ),
        ),
    )
    return ui.form_dialog(
        PlansState,
        "create",
        *fields,
        title="Add plan",
        text="At first it starts only by hand. In its settings you can choose when it starts automatically.",
        on_submit=PlansState.create,
        submit="Add plan",
    )
