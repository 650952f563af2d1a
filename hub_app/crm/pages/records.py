"""The lists of clients, projects, invoices, events and contracts."""

import reflex as rx

from hub_app.crm.pages.record_new import add_button, new_dialog
from hub_app.crm.state.record_address import KINDS
from hub_app.crm.state.records import ColumnChoice, RecordRow, RecordsState
from hub_app.ui import components as ui
from hub_app.ui.session import SessionState
from hub_app.ui.shell import page

_CONNECT = "/crm/connections"
_WHO = "Customer admins can connect CRMs."


def page_of_records() -> rx.Component:
    return page(
        RecordsState.title,
        "What your CRMs hold, as Hub keeps it. Open a record to see where it comes from and how it changed.",
        ui.tabs(
            "Kinds of records",
            RecordsState.of,
            *((kind, words, RecordsState.kinds[kind]) for kind, words in KINDS.items()),
        ),
        _filters(),
        ui.card(_table(), flush=True),
        ui.only(
            SessionState.is_admin,
            rx.el.p(
                rx.el.a("Export everything", href="/crm/exports", class_name="hub-link"),
                ": all records with their history, in one file.",
                class_name="hub-small hub-text-2",
            ),
        ),
        _columns_dialog(),
        new_dialog(),
        actions=[
            ui.button(
                "Columns",
                mark="columns_3",
                on_click=RecordsState.ask("columns"),
                attributes=ui.opener(RecordsState, "columns"),
            ),
            ui.download_link("CSV", RecordsState.as_csv),
            rx.cond(RecordsState.of == "clients", add_button()),
        ],
        breadcrumb=[("CRM", "")],
    )


def _filters() -> rx.Component:
    state = RecordsState
    return ui.filter_bar(
        ui.filter_search("Name, email or phone", state.text, on_change=state.filter("q")),
        ui.filter_select("Status", state.status, state.statuses, on_change=state.filter("status")),
        ui.filter_date("From", state.since, on_change=state.filter("since")),
        ui.filter_date("To", state.until, on_change=state.filter("until")),
        ui.filter_select("CRM", state.crm, state.crms, on_change=state.filter("crm")),
        ui.filter_select(
            "Show",
            state.archived,
            [("", "Active"), ("yes", "Archived")],
            on_change=state.filter("archived"),
        ),
        rx.cond(state.filtered, ui.button_link("Clear", state.unfiltered, mark="x", small=True)),
    )


def _table() -> rx.Component:
    return ui.table(
        "Records",
        [ui.Column(label="Name", cell=_name, sort=RecordsState.by_name)],
        RecordsState.rows,
        loaded=RecordsState.loaded,
        empty=_empty(),
        href=lambda row: row.href,
        pager=ui.Pager(previous=RecordsState.previous, next=RecordsState.next),
        more=ui.More(headings=RecordsState.headings, cells=_cells),
    )


def _name(row: rx.vars.ObjectVar[RecordRow]) -> rx.Component:
    return rx.el.span(row.name)


def _cells(row: rx.vars.ObjectVar[RecordRow]) -> rx.Var[object]:
    return row.cells


def _empty() -> rx.Component:
    none = f"No {RecordsState.title.lower()} here yet"
    connect = ui.empty(
        "users",
        "No CRM connected yet",
        "Clients, projects and invoices appear here once they are imported from a CRM. You see what an import would do before"
        " anything is written.",
        ui.only(SessionState.is_admin, ui.button_link("Connect a CRM", _CONNECT, "primary"), _WHO),
    )
    return rx.cond(
        RecordsState.filtered,
        ui.empty(
            "search_x",
            "Nothing matches",
            "No record matches the search and these filters.",
            ui.button_link("Clear them", RecordsState.unfiltered),
        ),
        rx.cond(
            RecordsState.connected,
            ui.empty(
                "users",
                none,
                "They appear here once they are imported. Open the connection to start an import.",
                ui.button_link("Connections", _CONNECT, "primary"),
            ),
            connect,
        ),
    )


def _columns_dialog() -> rx.Component:
    return ui.form_dialog(
        RecordsState,
        "columns",
        ui.picks_field("column", "Columns", RecordsState.choices, _choice),
        title="Choose columns",
        text="The address of the page keeps your choice, so you can bookmark or share it.",
        submit="Show these",
        on_submit=RecordsState.choose_columns,
    )


def _choice(row: rx.vars.ObjectVar[ColumnChoice]) -> rx.Component:
    return rx.el.span(row.label)
