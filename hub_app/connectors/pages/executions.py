"""Executions: a live list, of all connectors on a page of its own, of one connector in a tab."""

import reflex as rx

from hub_app.connectors.pages.execution import BADGES, execution_drawer
from hub_app.connectors.state.address import RESULTS, TRIGGERS
from hub_app.connectors.state.executions import ExecutionRow, ExecutionsState
from hub_app.ui import components as ui
from hub_app.ui.elements import Child
from hub_app.ui.shell import page
from hub_app.ui.spans import SPANS


def page_of_executions() -> rx.Component:
    return page(
        "Executions",
        "Every call that Hub made for you, with what was sent and what came back.",
        _list(
            ui.filter_select(
                "Connector",
                ExecutionsState.connector,
                ExecutionsState.connectors,
                on_change=ExecutionsState.filter("connector"),
            ),
            rx.cond(ExecutionsState.connector != "", _action_filter()),
        ),
        execution_drawer(),
        breadcrumb=[("Connectors", "")],
    )


def executions_tab() -> rx.Component:
    return rx.fragment(_list(_action_filter()), execution_drawer())


def last_runs() -> rx.Component:
    """The last executions of the console's action."""
    return executions_table(
        ui.empty(
            "history", "Not run yet", "Each run of this action appears here, with what was sent and received."
        ),
        pager=False,
    )


def _action_filter() -> rx.Component:
    return ui.filter_select(
        "Action", ExecutionsState.action, ExecutionsState.actions, on_change=ExecutionsState.filter("action")
    )


def _list(*filters: Child) -> rx.Component:
    return ui.stack(
        ui.filter_bar(
            *filters,
            ui.filter_select(
                "Result",
                ExecutionsState.outcome,
                [("", "All"), *RESULTS.items()],
                on_change=ExecutionsState.filter("outcome"),
            ),
            ui.filter_select(
                "Trigger",
                ExecutionsState.trigger,
                [("", "All"), *TRIGGERS.items()],
                on_change=ExecutionsState.filter("trigger"),
            ),
            ui.filter_select(
                "Time",
                ExecutionsState.span,
                [("", "Any"), *SPANS.items()],
                on_change=ExecutionsState.filter("span"),
            ),
        ),
        ui.card(
            executions_table(
                rx.cond(
                    ExecutionsState.filtered,
                    ui.empty(
                        "history",
                        "No matching executions",
                        "No execution matches these filters. Change or clear them.",
                    ),
                    ui.empty(
                        "history",
                        "No executions yet",
                        "Each call that Hub makes for you appears here automatically: actions that you run, tests, "
                        "and steps of plans.",
                        ui.button_link("Connectors", "/connectors"),
                    ),
                )
            ),
            flush=True,
        ),
    )


def executions_table(nothing: Child, *, pager: bool = True) -> rx.Component:
    """The executions that the state holds."""
    return ui.table(
        "Executions",
        [
            ui.Column(label="Call", cell=_call),
            ui.Column(label="Result", cell=_result),
            ui.Column(label="Trigger", cell=_trigger, phone=False),
            ui.Column(label="Time", cell=lambda row: row.duration, end=True, quiet=True, phone=False),
            ui.Column(label="When", cell=lambda row: ui.time(row.at), end=True, quiet=True),
        ],
        ExecutionsState.rows,
        loaded=ExecutionsState.loaded,
        empty=nothing,
        href=lambda row: row.href,
        keep_scroll=True,
        selected=lambda row: row.id == ExecutionsState.selected,
        pager=ui.Pager(previous=ExecutionsState.previous, next=ExecutionsState.next) if pager else None,
    )


def _call(row: rx.vars.ObjectVar[ExecutionRow]) -> rx.Component:
    of_connector = rx.el.span(row.connector, " · ", row.what)
    return rx.fragment(
        rx.cond(row.connector != "", of_connector, row.what),
        rx.el.span(row.call, class_name="hub-sub hub-mono hub-break hub-wide-only"),
    )


def _result(row: rx.vars.ObjectVar[ExecutionRow]) -> rx.Component:
    return rx.el.span(
        ui.status_badge(row.outcome, BADGES),
        rx.el.span(row.answer, class_name="hub-mono hub-small hub-text-2"),
        rx.cond(row.cached, ui.badge("From the cache", dot=False)),
        class_name="hub-row",
    )


def _trigger(row: rx.vars.ObjectVar[ExecutionRow]) -> rx.Component:
    return rx.fragment(row.trigger, rx.el.span(row.actor, class_name="hub-sub"))
