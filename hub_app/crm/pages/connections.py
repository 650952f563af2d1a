"""The connections page: the CRMs that are kept in step, and how each stands."""

import reflex as rx

from hub_app.crm.state.connections import NEW, ConnectionRow, ConnectionsState
from hub_app.ui import components as ui
from hub_app.ui.session import SessionState
from hub_app.ui.shell import page

STATUSES: dict[str, tuple[str, ui.Tone]] = {
    "pending_auth": ("Not authorized yet", "warning"),
    "connected": ("Connected", "success"),
    "sync_in_progress": ("Syncing", "info"),
    "error": ("Error", "danger"),
    "paused": ("Paused", "neutral"),
    "disconnected": ("Disconnecting", "neutral"),
}
OUTCOMES: dict[str, tuple[str, ui.Tone]] = {
    "success": ("Succeeded", "success"),
    "partial": ("Partly succeeded", "warning"),
    "failed": ("Failed", "danger"),
}
WHO = "Customer admins can connect and change CRMs."


def page_of_connections() -> rx.Component:
    return page(
        "Connections",
        "The CRMs whose clients, projects and invoices Hub keeps in step with its own copies.",
        rx.cond(
            ConnectionsState.loaded & (ConnectionsState.rows.length() == 0) & (ConnectionsState.text == ""),
            rx.fragment(),
            ui.filter_bar(
                ui.filter_search(
                    "Search by name", ConnectionsState.text, on_change=ConnectionsState.filter("q")
                )
            ),
        ),
        ui.card(_list(), flush=True),
        actions=[
            ui.only(SessionState.is_admin, ui.button_link("Connect a CRM", NEW, "primary", mark="plus"), WHO)
        ],
        breadcrumb=[("CRM", "")],
    )


def _list() -> rx.Component:
    first = ui.empty(
        "users",
        "No CRM connected yet",
        "Connect a CRM to bring its clients here. You see what an import would do before anything is written, and you can"
        " undo it afterward.",
        ui.only(SessionState.is_admin, ui.button_link("Connect a CRM", NEW, "primary"), WHO),
    )
    return ui.table(
        "Connections",
        [
            ui.Column(label="Name", cell=_name),
            ui.Column(label="Status", cell=lambda row: ui.status_badge(row.status, STATUSES), tight=True),
            ui.Column(label="Last sync", cell=_last, phone=False),
            ui.Column(label="Next sync", cell=_next, quiet=True, phone=False),
            ui.Column(label="Records here", cell=lambda row: row.records, end=True),
        ],
        ConnectionsState.rows,
        loaded=ConnectionsState.loaded,
        empty=rx.cond(
            ConnectionsState.text == "",
            first,
            ui.empty(
                "search", "No connection has that name", "Search for a part of the name, or clear the search."
            ),
        ),
        href=lambda row: row.href,
        pager=ui.Pager(previous=ConnectionsState.previous, next=ConnectionsState.next),
    )


def _name(row: rx.vars.ObjectVar[ConnectionRow]) -> rx.Component:
    return rx.el.span(
        ui.logo(row.logo),
        rx.el.span(row.name, rx.el.span(row.provider, class_name="hub-sub")),
        class_name="hub-row hub-row-firm",
    )


def _last(row: rx.vars.ObjectVar[ConnectionRow]) -> rx.Component:
    ran = rx.el.span(
        ui.status_badge(row.outcome, OUTCOMES),
        rx.el.span(ui.time(row.last_at), class_name="hub-small hub-text-2"),
        class_name="hub-row",
    )
    return rx.cond(row.outcome != "", ran, ui.badge("Never synced", dot=False))


def _next(row: rx.vars.ObjectVar[ConnectionRow]) -> rx.Component:
    return rx.cond(row.next_at != "", ui.due(row.next_at), "Only by hand")
