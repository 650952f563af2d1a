"""The pages of tickets."""

import reflex as rx

from hub_app.psa.pages.connection import page_of_psa
from hub_app.psa.pages.session import page_of_session
from hub_app.psa.pages.sessions import page_of_sessions
from hub_app.psa.pages.ticket import page_of_ticket
from hub_app.psa.pages.tickets import page_of_tickets
from hub_app.psa.state.addresses import PSA, SESSIONS, TICKETS
from hub_app.psa.state.connection import PsaConnectionState, PsaSetUpState
from hub_app.psa.state.members import PsaMembersState
from hub_app.psa.state.picker import PickTicketState
from hub_app.psa.state.posts import PsaPostsState, PsaPostState
from hub_app.psa.state.session import SessionState
from hub_app.psa.state.sessions import SessionsState
from hub_app.psa.state.templates import EditorSettingsState, NoteTemplatesState, SessionTemplatesState
from hub_app.psa.state.tickets import TicketsState, TicketState
from hub_app.psa.state.updating import UpdateTicketState
from hub_app.ui.shell import add_page


def register(app: rx.App) -> None:
    # Watchers last: they run for as long as a page is open.
    add_page(
        app,
        page_of_psa,
        PSA,
        "PSA connection",
        PsaConnectionState.load,
        PsaSetUpState.load,
        PsaPostsState.load,
        PsaPostState.load,
        PsaMembersState.load,
        PsaPostsState.watch,
        PsaPostState.watch,
    )
    add_page(
        app,
        page_of_sessions,
        SESSIONS,
        "Work sessions",
        SessionsState.load,
        SessionTemplatesState.load,
        NoteTemplatesState.load,
        EditorSettingsState.load,
        SessionsState.watch,
    )
    add_page(
        app,
        page_of_session,
        f"{SESSIONS}/[session_id]",
        "Work session",
        PickTicketState.close,
        UpdateTicketState.close,
        SessionState.load,
        SessionState.watch,
        name=SessionState.name,
    )
    add_page(app, page_of_tickets, TICKETS, "Tickets", TicketsState.load)
    add_page(
        app,
        page_of_ticket,
        f"{TICKETS}/[ticket_id]",
        "Ticket",
        TicketState.load,
        name=TicketState.number,
    )
