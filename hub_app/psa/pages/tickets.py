"""The PSA's tickets."""

import reflex as rx

from hub_app.psa.state.picker import TicketRow
from hub_app.psa.state.tickets import TicketsState
from hub_app.ui import components as ui
from hub_app.ui.session import SessionState
from hub_app.ui.shell import page


def page_of_tickets() -> rx.Component:
    state = TicketsState
    return page(
        "Tickets",
        "Your PSA's tickets, as it has them now. Open one to see its notes, and the work sessions on it.",
        rx.cond(
            state.known & ~state.connected,
            _nothing(),
            rx.fragment(_filters(), ui.card(_list(), flush=True)),
        ),
        breadcrumb=[("Tickets", "")],
    )


def _nothing() -> rx.Component:
    return ui.card(
        ui.empty(
            "ticket",
            "No PSA is connected",
            "Tickets are read from your PSA. Once it is connected they can be searched here.",
            ui.only(
                SessionState.is_owner,
                ui.button_link("Connect a PSA", "/psa", "primary"),
                "Only the owner can connect a PSA.",
            ),
        )
    )


def _filters() -> rx.Component:
    state = TicketsState
    return ui.filter_bar(
        ui.filter_search("Text or number", state.text, on_change=state.filter("q")),
        ui.filter_select(
            "Board", state.board, state.boards, on_change=lambda value: state.filter("board", value)
        ),
        ui.filter_select(
            "Status", state.status, state.statuses, on_change=lambda value: state.filter("status", value)
        ),
        ui.filter_select(
            "Company", state.company, state.companies, on_change=lambda value: state.filter("company", value)
        ),
    )


def _list() -> rx.Component:
    state = TicketsState
    return ui.table(
        "Tickets",
        [
            ui.Column(label="Ticket", cell=_ticket),
            ui.Column(label="Status", cell=_status, tight=True),
            ui.Column(label="Company", cell=lambda row: row.company, phone=False),
            ui.Column(label="Board", cell=lambda row: row.board, quiet=True, phone=False),
        ],
        state.rows,
        loaded=state.loaded,
        empty=ui.empty("search", "No ticket fits", "Try another word, or all tickets instead of open ones."),
        error=state.problem,
        on_retry=state.look,
        href=lambda row: row.href,
        pager=ui.Pager(previous=state.previous, next=state.next),
    )


def _ticket(row: rx.vars.ObjectVar[TicketRow]) -> rx.Component:
    return rx.fragment(rx.el.span(row.number, class_name="hub-mono hub-text-2"), " ", rx.el.span(row.summary))


def _status(row: rx.vars.ObjectVar[TicketRow]) -> rx.Component:
    return rx.cond(row.closed, ui.badge(row.status, "neutral"), ui.badge(row.status, "success"))
