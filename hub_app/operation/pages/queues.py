"""The operator's page of queues."""

import reflex as rx

from hub_app.operation.state.queues import FailureRow, QueueRow, QueuesState, StandingRow
from hub_app.ui import components as ui
from hub_app.ui.shell import page
from hub_app.ui.spans import SPANS


def page_of_queues() -> rx.Component:
    return page(
        "Queues",
        "Work of all tenants that waits, runs or failed. What it is about is the tenant's and is not shown.",
        rx.cond(QueuesState.refused, ui.operators_only(), _queue()),
        breadcrumb=[("Operator", "")],
    )


def _queue() -> rx.Component:
    return rx.fragment(
        rx.el.nav(
            rx.foreach(QueuesState.queues, _tab), class_name="hub-tabs", custom_attrs={"aria-label": "Queues"}
        ),
        _filters(),
        rx.cond(QueuesState.loaded, _figures(), rx.fragment()),
        ui.card(_tenants(), title="By tenant", flush=True),
        ui.card(_failures(), title="Failed", flush=True),
        _confirmation(),
    )


def _tab(row: rx.vars.ObjectVar[QueueRow]) -> rx.Component:
    current = {"aria-current": rx.cond(row.name == QueuesState.queue, "page", "false")}
    return rx.el.a(row.label, href=row.href, prevent_scroll_reset=True, custom_attrs=current)


def _figures() -> rx.Component:
    due = rx.cond(
        QueuesState.due_since != "",
        rx.el.span("Oldest was due ", ui.time(QueuesState.due_since)),
        "Nothing is overdue",
    )
    return rx.el.div(
        ui.stat(
            "Waiting",
            QueuesState.waiting,
            rx.fragment(
                due, rx.cond(QueuesState.on_hold != "", rx.el.span(", ", QueuesState.on_hold, " on hold"))
            ),
            mark="clock",
        ),
        ui.stat("Running", QueuesState.running, "Right now", mark="loader"),
        ui.stat("Failed", QueuesState.failed, _period(), mark="circle_alert"),
        class_name="hub-grid-3",
    )


def _period() -> rx.Component:
    return rx.fragment(rx.match(QueuesState.span, *SPANS.items(), ""))


def _tenants() -> rx.Component:
    return ui.table(
        "Tenants",
        [
            ui.Column(label="Tenant", cell=lambda row: row.name),
            ui.Column(label="Waiting", cell=_waiting, end=True),
            ui.Column(label="Running", cell=lambda row: row.running, end=True, phone=False),
            ui.Column(label="Failed", cell=lambda row: row.failed, end=True),
            ui.Column(
                label="Oldest due",
                cell=lambda row: ui.time(row.due_since, none="—"),
                end=True,
                quiet=True,
                phone=False,
            ),
            ui.Column(label="Retry", cell=_retry_all, end=True, tight=True, hide_label=True),
        ],
        QueuesState.rows,
        loaded=QueuesState.loaded,
        empty=ui.empty(
            "layers", "Nothing to do", "No work of any tenant waits, runs or failed in this period."
        ),
        href=lambda row: row.href,
        keep_scroll=True,
        selected=lambda row: row.id == QueuesState.tenant,
        pager=ui.Pager(previous="", next="", summary=QueuesState.more_tenants),
    )


def _waiting(row: rx.vars.ObjectVar[StandingRow]) -> rx.Component:
    held = rx.el.span(row.on_hold, " on hold", class_name="hub-sub")
    return rx.fragment(row.waiting, rx.cond(row.on_hold != "", held))


def _retry_all(row: rx.vars.ObjectVar[StandingRow]) -> rx.Component:
    button = ui.button("Retry failed", small=True, mark="rotate_ccw", on_click=QueuesState.ask_retry(row.id))
    return rx.el.span(rx.cond(row.has_failed, button, rx.fragment()), class_name="hub-above")


def _filters() -> rx.Component:
    return ui.filter_bar(
        ui.filter_select(
            "Failed in", QueuesState.span, list(SPANS.items()), on_change=QueuesState.filter("span")
        ),
        rx.cond(
            QueuesState.tenant != "",
            rx.fragment(
                ui.button_link(
                    f"Only {QueuesState.tenant_name}", QueuesState.without_tenant, mark="x", small=True
                ),
                rx.el.a("Open this tenant", href=QueuesState.tenant_href, class_name="hub-link hub-small"),
            ),
        ),
    )


def _failures() -> rx.Component:
    return ui.table(
        "Failed work",
        [
            ui.Column(
                label="Tenant", cell=lambda row: rx.el.a(row.tenant, href=row.href, class_name="hub-link")
            ),
            ui.Column(label="Kind", cell=lambda row: row.kind, quiet=True),
            ui.Column(label="Attempts", cell=lambda row: row.tries, end=True, quiet=True, phone=False),
            ui.Column(label="Failed", cell=lambda row: ui.time(row.at), end=True, quiet=True),
            ui.Column(label="Retry", cell=_retry, end=True, tight=True, hide_label=True),
        ],
        QueuesState.failures,
        loaded=QueuesState.loaded,
        empty=ui.empty(
            "circle_check",
            "Nothing failed",
            "No work failed in this period. Choose a longer one to look further back.",
        ),
        pager=ui.Pager(previous=QueuesState.previous, next=QueuesState.next),
    )


def _retry(row: rx.vars.ObjectVar[FailureRow]) -> rx.Component:
    return ui.icon_button(
        "rotate_ccw",
        f"Retry this work of {row.tenant}",
        small=True,
        on_click=QueuesState.retry(row.tenant_id, row.id),
        class_name="hub-above",
    )


def _confirmation() -> rx.Component:
    return ui.confirm(
        QueuesState,
        "retry",
        f"Retry failed work of {QueuesState.subject_name}",
        text=f"{QueuesState.asked} Deliveries are sent again; jobs and runs continue where they stopped. {QueuesState.left_out}"
        " The tenant's audit log records that you did this.",
        action="Retry all",
        on_confirm=QueuesState.retry_all,
        danger=False,
    )
