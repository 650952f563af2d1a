"""The plans page: what runs by itself, when, and how it went last."""

import reflex as rx

from hub_app.plans.state.plans import PlanRow, Plans
from hub_app.ui.components import (
    Column,
    Pager,
    badge,
    button,
    button_link,
    card,
    empty,
    filter_bar,
    filter_search,
    form_dialog,
    only,
    select_field,
    status_badge,
    table,
    text_field,
    textarea_field,
    time,
)
from hub_app.ui.components.badge import Tone
from hub_app.ui.session import Session
from hub_app.ui.shell import page

RUNS: dict[str, tuple[str, Tone]] = {
    "waiting": ("Waiting", "info"),
    "running": ("Running", "info"),
    "cancelling": ("Being cancelled", "warning"),
    "succeeded": ("Succeeded", "success"),
    "failed": ("Failed", "danger"),
    "cancelled": ("Cancelled", "neutral"),
}
WHO = "Customer admins can add and change plans."


def page_of_plans() -> rx.Component:
    return page(
        "Plans",
        "Calls in a row, each with what the ones before gave: by hand, on a schedule, or on an event.",
        rx.cond(
            Plans.loaded & (Plans.rows.length() == 0) & (Plans.text == ""),
            rx.fragment(),
            filter_bar(filter_search("Search by name", Plans.text, on_change=Plans.search)),
        ),
        card(_list(), flush=True),
        _create(),
        actions=[only(Session.is_admin, _add(), WHO)],
        breadcrumb=[("Connectors", "")],
    )


def _add() -> rx.Component:
    return button("Add plan", "primary", mark="plus", on_click=Plans.ask_create)


def _list() -> rx.Component:
    first = empty(
        "list_checks",
        "No plans yet",
        "A plan is a list of calls that Hub makes one after the other. Each can use what the ones before gave.",
        only(
            Session.is_admin,
            rx.cond(
                Plans.connectors.length() > 0,
                button("Add plan", "primary", on_click=Plans.ask_create),
                button_link("Add a connector first", "/connectors/new", "primary"),
            ),
            WHO,
        ),
    )
    return table(
        "Plans",
        [
            Column(label="Name", cell=_name),
            Column(label="Starts", cell=_trigger, phone=False),
            Column(label="Last run", cell=_last),
            Column(
                label="Next run",
                cell=lambda row: time(row.next_at, none="—"),
                end=True,
                quiet=True,
                phone=False,
            ),
        ],
        Plans.rows,
        loaded=Plans.loaded,
        empty=rx.cond(
            Plans.text == "",
            first,
            empty("search", "No plan has that name", "Search for a part of the name, or clear the search."),
        ),
        href=lambda row: row.href,
        pager=Pager(previous=Plans.previous, next=Plans.next),
    )


def _name(row: rx.vars.ObjectVar[PlanRow]) -> rx.Component:
    return rx.fragment(row.name, rx.el.span(row.steps, class_name="hub-sub"))


def _trigger(row: rx.vars.ObjectVar[PlanRow]) -> rx.Component:
    return rx.el.span(
        row.trigger, rx.cond(row.is_active, rx.fragment(), badge("Off", "neutral")), class_name="hub-row"
    )


def _last(row: rx.vars.ObjectVar[PlanRow]) -> rx.Component:
    ran = rx.el.span(
        status_badge(row.last_status, RUNS),
        rx.el.span(time(row.last_at), class_name="hub-small hub-text-2"),
        class_name="hub-row",
    )
    return rx.cond(row.last_status != "", ran, badge("Never run", dot=False))


def _create() -> rx.Component:
    fields = (
        text_field("name", "Name", errors=Plans.errors, auto_focus=True, placeholder="Weekly report"),
        textarea_field("description", "Description", errors=Plans.errors, rows=2, optional=True),
        rx.el.div(
            select_field(
                "integration_id",
                "Connector",
                Plans.connectors,
                errors=Plans.errors,
                text="Of the first step. More are added on the plan's page.",
                on_change=Plans.choose_connector,
            ),
            rx.el.div(
                select_field("action", "Action", Plans.actions, errors=Plans.errors),
                key=Plans.connector,
            ),
            class_name="hub-grid-2",
        ),
    )
    return form_dialog(
        *fields,
        title="Add plan",
        text="It starts by hand at first. Its settings say when it runs by itself.",
        open=Plans.dialog == "create",
        on_open_change=Plans.toggle,
        on_close=Plans.close,
        on_submit=Plans.create,
        submit="Add plan",
        busy=Plans.busy,
    )
