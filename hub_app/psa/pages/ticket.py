"""The page of one ticket: as the PSA has it, and what was done on it here."""

import reflex as rx

from hub_app.psa.pages.sessions import STATES
from hub_app.psa.state.tickets import DeviceRow, NoteRow, TicketState, TouchRow
from hub_app.ui import components as ui
from hub_app.ui.session import SessionState
from hub_app.ui.shell import page


def page_of_ticket() -> rx.Component:
    state = TicketState
    return page(
        state.number,
        rx.cond(state.loaded, state.summary, ""),
        rx.cond(
            state.missing,
            ui.missing("ticket", "ticket", "/tickets"),
            rx.fragment(
                rx.cond(
                    state.problem != "",
                    ui.callout(
                        state.problem,
                        "danger",
                        title="The ticket cannot be read now",
                        action=ui.button("Try again", small=True, on_click=state.refresh, busy=state.reading),
                        alert=True,
                    ),
                ),
                rx.cond(
                    state.loaded,
                    _body(),
                    rx.cond(state.problem == "", ui.card(ui.skeleton(8), flush=True)),
                ),
            ),
        ),
        actions=[rx.cond(state.loaded, _actions())],
        breadcrumb=[("Tickets", ""), ("Tickets", "/tickets")],
        badge=rx.cond(
            state.loaded,
            rx.cond(state.closed, ui.badge(state.status, "neutral"), ui.badge(state.status, "success")),
        ),
    )


def _actions() -> rx.Component:
    state = TicketState
    return rx.fragment(
        ui.button("Refresh", mark="refresh_cw", on_click=state.refresh, busy=state.reading),
        ui.only(
            SessionState.is_engineer,
            ui.button("Begin a session", "primary", mark="notebook_pen", on_click=state.begin_session),
        ),
    )


def _body() -> rx.Component:
    state = TicketState
    return rx.el.div(
        rx.el.div(_notes(), _sessions(), class_name="hub-stack"),
        rx.el.div(
            ui.card(
                ui.facts(
                    ("Company", state.company),
                    ("Contact", rx.cond(state.contact != "", state.contact, "—")),
                    ("Board", state.board),
                    ("Status", state.status),
                    ("Priority", state.priority),
                    ("Changed", ui.time(state.updated_at)),
                ),
                rx.el.a(
                    rx.Var.create(f"Open in {state.provider}"),
                    href=state.there,
                    target="_blank",
                    rel="noopener noreferrer",
                    class_name="hub-link",
                ),
                title="Ticket",
                foot=rx.el.span("Read ", ui.time(state.read_at), class_name="hub-small hub-text-2"),
            ),
            _devices(),
            class_name="hub-stack",
        ),
        class_name="hub-beside",
    )


def _notes() -> rx.Component:
    state = TicketState
    return ui.card(
        rx.cond(
            state.notes.length() > 0,
            rx.el.ul(rx.foreach(state.notes, _note), class_name="hub-notes"),
            ui.empty(
                "message_square", "No notes yet", "Notes of your team and of the customer are listed here."
            ),
        ),
        title="Notes",
        flush=True,
    )


def _note(row: rx.vars.ObjectVar[NoteRow]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.span(rx.cond(row.author != "", row.author, "Unknown"), class_name="hub-strong"),
            rx.cond(row.internal, ui.badge(row.kind, "warning", dot=False), ui.badge(row.kind, dot=False)),
            rx.el.span(ui.time(row.at), class_name="hub-small hub-text-2"),
            class_name="hub-row",
        ),
        rx.el.p(row.text),
    )


def _sessions() -> rx.Component:
    return ui.card(
        ui.table(
            "Work sessions on this ticket",
            [
                ui.Column(label="Session", cell=_session),
                ui.Column(label="State", cell=lambda row: ui.status_badge(row.status, STATES), tight=True),
                ui.Column(label="Worked", cell=lambda row: row.minutes, end=True),
                ui.Column(label="Began", cell=lambda row: ui.time(row.at), end=True, quiet=True, phone=False),
            ],
            TicketState.sessions,
            empty=ui.empty(
                "notebook_pen", "No session on this ticket yet", "Begin one to write down what you do for it."
            ),
            href=lambda row: row.href,
        ),
        title="Work sessions",
        flush=True,
    )


def _session(row: rx.vars.ObjectVar[TouchRow]) -> rx.Component:
    return rx.fragment(
        row.title,
        rx.el.span(
            row.engineer,
            rx.cond(row.is_linked, "", " · posted to it, and linked elsewhere now"),
            class_name="hub-sub",
        ),
    )


def _devices() -> rx.Component:
    state = TicketState
    return rx.cond(
        state.devices.length() > 0,
        ui.card(
            rx.el.ul(rx.foreach(state.devices, _device), class_name="hub-stack-tight"),
            title="Configurations",
        ),
    )


def _device(row: rx.vars.ObjectVar[DeviceRow]) -> rx.Component:
    return rx.el.li(
        rx.el.span(row.name, class_name="hub-mono"),
        " ",
        rx.el.span(row.kind, class_name="hub-small hub-text-2"),
    )
