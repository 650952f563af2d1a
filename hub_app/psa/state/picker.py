"""Choosing a ticket to link: by its number, or by looking for it."""

from dataclasses import dataclass
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.paging import PageRequest
from hub_app.psa.schemas.tickets import TicketOut, TicketQuery
from hub_app.psa.service import sessions, tickets
from hub_app.psa.state.addresses import SessionAddress
from hub_app.psa.state.asking import asked, required
from hub_app.psa.state.session import SessionState
from hub_app.ui.forms import DialogState
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.inputs import form_of

_PAGE = 25
_MOST_COMPANIES = 1000
OPEN = [("open", "Open tickets"), ("closed", "Closed tickets"), ("", "All tickets")]
Choices = list[tuple[str, str]]


@dataclass(frozen=True)
class TicketRow:
    id: str
    number: str
    summary: str
    company: str
    board: str
    status: str
    closed: bool
    href: str
    there: str


def ticket_row(one: TicketOut) -> TicketRow:
    return TicketRow(
        id=one.id,
        number=f"#{one.id}",
        summary=one.summary,
        company=one.company_name or "",
        board=one.board_name or "",
        status=one.status_name or "",
        closed=one.closed,
        href=f"/tickets/{one.id}",
        there=one.url,
    )


class PickTicketState(DialogState, rx.State):
    """The dialog. `way` is how somebody looks: by `number`, or by `search`. `next` is where the list goes on, "" at its end."""

    way: str = "search"
    problem: str = ""
    searching: bool = False
    searched: bool = False
    rows: rx.Field[list[TicketRow]] = rx.field(default_factory=list)
    next: str = ""
    boards: rx.Field[list[tuple[str, str]]] = rx.field(default_factory=list)
    statuses: rx.Field[list[tuple[str, str]]] = rx.field(default_factory=list)
    companies: rx.Field[list[tuple[str, str]]] = rx.field(default_factory=list)
    _query: TicketQuery = TicketQuery(status="open")
    # Answers of an earlier question come to nothing.
    _asked: int = 0

    @rx.event(background=True)
    @guarded(Role.ENGINEER)
    async def pick(self) -> None:
        """Open the dialog, with the newest open tickets."""
        actor = await current_actor(self)
        async with self:
            self._open("pick")
            self.way, self.problem, self.rows, self.searched = "search", "", [], False
            self.statuses = OPEN
            self._query = TicketQuery(status="open")
        await self._look(actor, self._query)
        boards, companies = await choices(actor)
        async with self:
            self.boards, self.companies = boards, companies

    @rx.event(background=True)
    @guarded(Role.ENGINEER)
    async def choose_way(self, way: str) -> None:
        """Look by number, or search anew."""
        async with self:
            self.way = "number" if way == "number" else "search"
            self.problem, self.errors, self.rows, self.next, self.searched = "", {}, [], "", False
            self._query, self.statuses = TicketQuery(status="open"), OPEN
        if way != "number":
            await self._look(await current_actor(self), TicketQuery(status="open"))

    @rx.event(background=True)
    @guarded(Role.ENGINEER)
    async def search(self, data: dict[str, Any]) -> None:
        """Look for tickets, as somebody types or chooses."""
        actor, form = await current_actor(self), form_of(data)
        query = TicketQuery(
            query=str(form.get("query", ""))[:100],
            board=str(form.get("board", ""))[:64],
            status=str(form.get("status", ""))[:64],
            company=str(form.get("company", ""))[:64],
        )
        async with self:
            before, self._query = self._query, query
        if before.board != query.board:
            options = await statuses_of(actor, query.board)
            async with self:
                self.statuses = options
        await self._look(actor, query)

    @rx.event(background=True)
    @guarded(Role.ENGINEER)
    async def more(self) -> None:
        """The next page of what was found."""
        actor = await current_actor(self)
        async with self:
            query, at = self._query, self.next
        await self._look(actor, query, at)

    async def _look(self, actor: Actor, query: TicketQuery, at: str = "") -> None:
        async with self:
            self._asked += 1
            number, self.searching, self.problem = self._asked, True, ""
        page = PageRequest(limit=_PAGE, cursor=at or None)
        found, problem = await asked(tickets.search_tickets(actor, query, page))
        async with self:
            if number != self._asked:
                return
            self.searching, self.searched, self.problem = False, True, problem
            new = [ticket_row(one) for one in found.items] if found else []
            self.rows = [*self.rows, *new] if at else new
            self.next = (found.next_cursor or "") if found else ""

    @rx.event(background=True)
    @guarded(Role.ENGINEER)
    async def look_up(self, data: dict[str, Any]) -> None:
        """The ticket of this number."""
        actor = await current_actor(self)
        number = str(form_of(data).get("number", "")).strip().removeprefix("#")
        async with self:
            self.rows, self.next, self.problem, self.searched = [], "", "", False
            self.searching = True
        found, problem = await asked(tickets.get_ticket(actor, number or "0", refresh=True))
        async with self:
            self.searching = False
            self.problem = f"There is no ticket {number}." if problem == "Resource not found." else problem
            self.rows = [ticket_row(found)] if found else []

    @rx.event(background=True, temporal=True)
    @guarded(Role.ENGINEER)
    async def link(self, ticket_id: str) -> list[EventSpec | Any]:
        """Link the session of this page to the ticket."""
        actor = await current_actor(self)
        await required(sessions.link_ticket(actor, SessionAddress.at(self).id, str(ticket_id)[:64]))
        async with self:
            self._open("")
        return [rx.toast.success(f"Linked to #{ticket_id}."), SessionState.refresh]


async def choices(actor: Actor) -> tuple[Choices, Choices]:
    """The boards and the companies to choose from; only "all" where the PSA does not say."""
    boards, _ = await asked(tickets.list_boards(actor))
    companies, _ = await asked(tickets.list_companies(actor))
    return (
        [("", "All boards"), *((one.id, one.name) for one in (boards.items if boards else ()))],
        [
            ("", "All companies"),
            *((one.id, one.name) for one in (companies.items[:_MOST_COMPANIES] if companies else ())),
        ],
    )


async def statuses_of(actor: Actor, board: str) -> Choices:
    """What a list can be filtered by: open or closed, and on one board its own statuses."""
    found, _ = await asked(tickets.list_statuses(actor, board)) if board else (None, "")
    return [*OPEN, *((one.id, one.name) for one in (found.items if found else ()))]
