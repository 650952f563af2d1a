"""The PSA's tickets, page by page, and one of them."""

from dataclasses import dataclass

import reflex as rx
from reflex.event import EventSpec

from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.paging import PageRequest
from hub_app.psa.schemas.sessions import SessionIn
from hub_app.psa.schemas.tickets import TicketDetail, TicketQuery
from hub_app.psa.service import connections, gallery, sessions, tickets
from hub_app.psa.state.addresses import TicketAddress, TicketsAddress, session_url
from hub_app.psa.state.asking import asked, required
from hub_app.psa.state.picker import OPEN, TicketRow, choices, statuses_of, ticket_row
from hub_app.psa.state.posts import KINDS
from hub_app.ui import words
from hub_app.ui.forms import Next
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.lists import PagedState

_PAGE = 25


class TicketsState(PagedState, rx.State):
    """One page of tickets, as the PSA has them. They are read while the page is there already."""

    rows: rx.Field[list[TicketRow]] = rx.field(default_factory=list)
    connected: bool = False
    known: bool = False
    problem: str = ""
    text: str = ""
    board: str = ""
    status: str = "open"
    company: str = ""
    boards: rx.Field[list[tuple[str, str]]] = rx.field(default_factory=list)
    statuses: rx.Field[list[tuple[str, str]]] = rx.field(default_factory=lambda: list(OPEN))
    companies: rx.Field[list[tuple[str, str]]] = rx.field(default_factory=list)
    _address = TicketsAddress

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> Next:
        address = TicketsAddress.at(self)
        self._arrived(address)
        self.text, self.board = address.q, address.board
        self.status, self.company = address.status, address.company
        found = await connections.get_connection(await current_actor(self))
        self.connected, self.known = found is not None and found.is_active, True
        self.loaded, self.problem = False, ""
        # Not beside this handler: what the PSA said a moment ago would be there first, and emptied again.
        return TicketsState.look

    @rx.event(background=True)
    @guarded(Role.CUSTOMER_VIEWER)
    async def look(self) -> None:
        """Ask the PSA for this page. Reflex ends this when the page is left or its address changes."""
        address, actor = TicketsAddress.at(self), await current_actor(self)
        connection = await connections.get_connection(actor)
        if connection is None or not connection.is_active:
            return
        query = TicketQuery(
            query=address.q,
            board=address.board,
            status="" if address.status == "all" else address.status,
            company=address.company,
        )
        page = PageRequest(limit=_PAGE, cursor=address.cursor or None)
        found, problem = await asked(tickets.search_tickets(actor, query, page))
        async with self:
            self.problem = problem
            self.rows = [ticket_row(one) for one in found.items] if found else []
            self.previous = address.url(cursor="") if address.cursor else ""
            self.next = address.url(cursor=found.next_cursor) if found and found.next_cursor else ""
            self.loaded = True
        boards, companies = await choices(actor)
        options = [(value or "all", label) for value, label in await statuses_of(actor, address.board)]
        async with self:
            self.boards, self.companies, self.statuses = boards, companies, options


@dataclass(frozen=True)
class NoteRow:
    kind: str
    text: str
    author: str
    at: str
    internal: bool


@dataclass(frozen=True)
class DeviceRow:
    name: str
    kind: str


@dataclass(frozen=True)
class TouchRow:
    href: str
    title: str
    engineer: str
    minutes: str
    status: str
    at: str
    is_linked: bool


class TicketState(rx.State):
    """One ticket: as the PSA had it at `read_at`, and the sessions that touched it."""

    loaded: bool = False
    missing: bool = False
    reading: bool = False
    problem: str = ""
    number: str = ""
    summary: str = ""
    company: str = ""
    contact: str = ""
    board: str = ""
    status: str = ""
    priority: str = ""
    closed: bool = False
    there: str = ""
    provider: str = ""
    read_at: str = ""
    updated_at: str = ""
    notes: rx.Field[list[NoteRow]] = rx.field(default_factory=list)
    devices: rx.Field[list[DeviceRow]] = rx.field(default_factory=list)
    sessions: rx.Field[list[TouchRow]] = rx.field(default_factory=list)

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> Next:
        self.loaded, self.missing, self.problem, self.reading = False, False, "", True
        self.number = f"#{TicketAddress.at(self).number}"
        found = await connections.get_connection(await current_actor(self))
        known = gallery.get_provider(found.provider) if found else None
        self.provider = known.name if known else "the PSA"
        return TicketState.look

    @rx.event(background=True)
    @guarded(Role.CUSTOMER_VIEWER)
    async def look(self) -> None:
        """Ask the PSA for it, or for what it said a moment ago."""
        await self._look(await current_actor(self), refresh=False)

    @rx.event(background=True)
    @guarded(Role.CUSTOMER_VIEWER)
    async def refresh(self) -> None:
        """Ask the PSA now."""
        async with self:
            self.reading = True
        await self._look(await current_actor(self), refresh=True)

    async def _look(self, actor: Actor, *, refresh: bool) -> None:
        number = TicketAddress.at(self).number
        found, problem = await asked(tickets.get_detail(actor, number, refresh=refresh))
        async with self:
            self.reading = False
            self.missing = problem == "Resource not found."
            self.problem = "" if self.missing else problem
            if found is not None:
                self._show(found)
                self.loaded = True

    def _show(self, found: TicketDetail) -> None:
        ticket = found.ticket
        self.summary, self.company, self.contact = (
            ticket.summary,
            ticket.company_name or "",
            ticket.contact_name or "",
        )
        self.board, self.status, self.priority = (
            ticket.board_name or "",
            ticket.status_name or "",
            ticket.priority_name or "",
        )
        self.closed, self.there = ticket.closed, ticket.url
        self.read_at, self.updated_at = words.iso(found.read_at), words.iso(ticket.updated_at)
        self.notes = [
            NoteRow(
                kind=KINDS.get(one.note_type, one.note_type),
                text=one.text,
                author=one.author or "",
                at=words.iso(one.created_at),
                internal=one.internal,
            )
            for one in found.notes
        ]
        self.devices = [DeviceRow(one.name, one.type or "") for one in found.configurations]
        self.sessions = [
            TouchRow(
                href=session_url(one.id),
                title=one.title,
                engineer=one.engineer,
                minutes=f"{one.minutes} min",
                status=one.status,
                at=words.iso(one.started_at),
                is_linked=one.is_linked,
            )
            for one in found.sessions
        ]

    @rx.event(background=True, temporal=True)
    @guarded(Role.ENGINEER)
    async def begin_session(self) -> EventSpec:
        """Begin a session on this ticket."""
        actor = await current_actor(self)
        given = SessionIn(ticket_id=TicketAddress.at(self).number)
        made = await required(sessions.create_session(actor, given))
        return rx.redirect(session_url(made.id))
