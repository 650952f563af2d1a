"""The dialog in which a ticket is chosen."""

import reflex as rx

from hub_app.psa.state.picker import PickTicketState, TicketRow
from hub_app.ui import components as ui


def picker() -> rx.Component:
    state = PickTicketState
    return ui.dialog(
        state,
        "pick",
        rx.el.div(
            _way("search", "Search"),
            _way("number", "By number"),
            class_name="hub-row",
            role="group",
            custom_attrs={"aria-label": "How to find it"},
        ),
        rx.cond(state.way == "number", _by_number(), _by_search()),
        rx.cond(state.problem != "", ui.callout(state.problem, "danger", alert=True)),
        _found(),
        title="Link a ticket",
        text="Choose the ticket that this work is for.",
        wide=True,
        done="Cancel",
    )


def _way(way: str, label: str) -> rx.Component:
    state = PickTicketState
    pressed = {"aria-pressed": rx.cond(state.way == way, "true", "false")}
    return ui.button(label, "ghost", small=True, on_click=state.choose_way(way), attributes=pressed)


def _by_number() -> rx.Component:
    state = PickTicketState
    return ui.form(
        rx.el.div(
            ui.text_field("number", "Ticket number", of=state, placeholder="48213", auto_focus=True),
            ui.submit_button("Look up", busy=state.searching),
            class_name="hub-row",
        ),
        on_submit=state.look_up,
        key="number",
    )


def _by_search() -> rx.Component:
    state = PickTicketState
    return ui.form(
        ui.stack(
            ui.text_field("query", "Text or number", placeholder="printer"),
            rx.el.div(
                ui.select_field("board", "Board", state.boards),
                ui.select_field("status", "Status", state.statuses, value="open"),
                ui.select_field("company", "Company", state.companies),
                class_name="hub-grid-3",
            ),
        ),
        on_submit=state.search,
        on_change=state.search,
        key="search",
    )


def _found() -> rx.Component:
    state = PickTicketState
    table = ui.table(
        "Tickets",
        [
            ui.Column(label="Ticket", cell=_ticket),
            ui.Column(label="Status", cell=_status, tight=True, phone=False),
            ui.Column(label="Link", cell=_link, end=True, tight=True, hide_label=True),
        ],
        state.rows,
        empty=rx.cond(
            state.searched & ~state.searching,
            rx.el.p(
                "No ticket fits. Try another word, or all tickets instead of open ones.",
                class_name="hub-text-2",
            ),
            rx.cond(state.searching, ui.skeleton(3, label="Looking for tickets"), rx.fragment()),
        ),
    )
    more = rx.cond(
        state.next != "",
        ui.button("Show more", small=True, on_click=state.more, busy=state.searching),
    )
    return rx.fragment(table, more)


def _ticket(row: rx.vars.ObjectVar[TicketRow]) -> rx.Component:
    return rx.fragment(
        rx.el.span(row.number, class_name="hub-mono"),
        " ",
        row.summary,
        rx.el.span(row.company, " · ", row.board, class_name="hub-sub"),
    )


def _status(row: rx.vars.ObjectVar[TicketRow]) -> rx.Component:
    return rx.cond(row.closed, ui.badge(row.status, "neutral"), ui.badge(row.status, "success"))


def _link(row: rx.vars.ObjectVar[TicketRow]) -> rx.Component:
    return ui.button("Link", "primary", small=True, on_click=PickTicketState.link(row.id))
