"""Tickets and what belongs to them, read from the PSA."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import db
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import BadRequest
from hub_app.kernel.paging import PageRequest
from hub_app.psa.provider.types import (
    Listing,
    PSABoard,
    PSACompany,
    PSAConfiguration,
    PSAMember,
    PSANote,
    PSAStatus,
    PSATicket,
    TicketFilters,
)
from hub_app.psa.schemas.tickets import (
    PsaList,
    SessionOfTicket,
    TicketDetail,
    TicketOut,
    TicketPage,
    TicketQuery,
)
from hub_app.psa.service import READ, calling, clock
from hub_app.psa.service.calling import Psa
from hub_app.psa.tables import PsaPostLog, WorkSession

SCREEN_PATIENCE = 6.0
"""Seconds for which a screen waits because a PSA asks to; REST waits as long as it takes."""
_LONGEST_CURSOR = 12
_SESSIONS = 50


@dataclass(frozen=True, slots=True)
class _Read:
    """A ticket as the PSA had it."""

    ticket: PSATicket
    notes: Listing[PSANote]
    configurations: Listing[PSAConfiguration]
    at: datetime


def patience_of(actor: Actor) -> float:
    """For how many seconds this caller's request may wait for a PSA that wants fewer calls."""
    return SCREEN_PATIENCE if actor.via == "browser" else 120.0


async def search_tickets(actor: Actor, query: TicketQuery, page: PageRequest) -> TicketPage:
    """A page of tickets, newest first."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    at = page.cursor or ""
    if len(at) > _LONGEST_CURSOR or not at.isascii() or not (at.isdecimal() or not at):
        raise BadRequest("This cursor does not belong to this list.")
    closed = {"open": False, "closed": True}.get(query.status)
    filters = TicketFilters(
        board=query.board.strip() or None,
        status=None if closed is not None else query.status.strip() or None,
        company=query.company.strip() or None,
        closed=closed,
    )
    async with calling.opened(actor, patience=patience_of(actor)) as psa:
        found = await psa.client.search_tickets(query.query, filters, limit=page.limit, at=at)
        items = [await shown(psa, one) for one in found.items]
    return TicketPage(items=items, next_cursor=found.next or None)


async def get_ticket(actor: Actor, ticket_id: str, *, refresh: bool = False) -> TicketOut:
    """One ticket, as it was within the last minutes; `refresh` asks the PSA now."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    async with calling.opened(actor, patience=patience_of(actor)) as psa:
        return await shown(psa, await read(psa, ticket_id, refresh=refresh))


async def get_detail(actor: Actor, ticket_id: str, *, refresh: bool = False) -> TicketDetail:
    """A ticket with its notes, its configurations, and the sessions that touched it."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    async with calling.opened(actor, patience=patience_of(actor)) as psa:

        async def load() -> _Read:
            ticket = await _with_status(psa, await psa.client.get_ticket(ticket_id))
            notes = await psa.client.list_notes(ticket_id)
            configurations = Listing[PSAConfiguration](items=())
            if psa.provider.capabilities.configurations:
                configurations = await psa.client.get_ticket_configurations(ticket_id)
            return _Read(ticket, notes, configurations, utcnow())

        found = await psa.once(f"ticket {ticket_id} whole", load, refresh=refresh)
        ticket = await shown(psa, found.ticket)
    async with db.read(actor.tenant_id) as session:
        sessions = await sessions_of(session, ticket_id)
    return TicketDetail(
        ticket=ticket,
        notes=list(found.notes.items),
        configurations=list(found.configurations.items),
        sessions=sessions,
        read_at=found.at,
    )


async def list_configurations(actor: Actor, ticket_id: str) -> PsaList[PSAConfiguration]:
    actor.require(Role.CUSTOMER_VIEWER, READ)
    async with calling.opened(actor, patience=patience_of(actor)) as psa:
        if not psa.provider.capabilities.configurations:
            return PsaList(items=[])
        load = psa.client.get_ticket_configurations
        return _listed(await psa.once(f"ticket {ticket_id} devices", lambda: load(ticket_id)))


async def list_boards(actor: Actor) -> PsaList[PSABoard]:
    actor.require(Role.CUSTOMER_VIEWER, READ)
    async with calling.opened(actor, patience=patience_of(actor)) as psa:
        return _listed(await psa.once("boards", psa.client.list_boards))


async def list_statuses(actor: Actor, board_id: str) -> PsaList[PSAStatus]:
    """Those that tickets of a board can be given."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    async with calling.opened(actor, patience=patience_of(actor)) as psa:
        return _listed(await statuses(psa, board_id))


async def list_companies(actor: Actor, query: str = "") -> PsaList[PSACompany]:
    """By name; `query` is a part of it."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    async with calling.opened(actor, patience=patience_of(actor)) as psa:
        wanted = query.strip()
        return _listed(await psa.once(f"companies {wanted}", lambda: psa.client.list_companies(wanted)))


async def list_members(actor: Actor) -> PsaList[PSAMember]:
    """Those who are active there."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    async with calling.opened(actor, patience=patience_of(actor)) as psa:
        return _listed(await members(psa))


async def read(psa: Psa, ticket_id: str, *, refresh: bool = False) -> PSATicket:
    """A ticket of an open PSA."""

    async def load() -> PSATicket:
        return await _with_status(psa, await psa.client.get_ticket(ticket_id))

    return await psa.once(f"ticket {ticket_id}", load, refresh=refresh)


async def statuses(psa: Psa, board_id: str) -> Listing[PSAStatus]:
    return await psa.once(f"statuses {board_id}", lambda: psa.client.get_ticket_statuses(board_id))


async def members(psa: Psa) -> Listing[PSAMember]:
    return await psa.once("members", psa.client.list_members)


async def shown(psa: Psa, ticket: PSATicket) -> TicketOut:
    """A ticket, with the address where people open it."""
    return TicketOut(**ticket.model_dump(), url=await psa.client.ticket_url(ticket.id))


async def _with_status(psa: Psa, ticket: PSATicket) -> PSATicket:
    """The ticket, closed also where its status alone says so."""
    if ticket.closed or ticket.board_id is None or ticket.status_id is None:
        return ticket
    known = (await statuses(psa, ticket.board_id)).items
    is_closed = any(one.id == ticket.status_id and one.is_closed for one in known)
    return ticket.model_copy(update={"closed": is_closed})


def _listed(found: Listing[calling.Value]) -> PsaList[calling.Value]:
    return PsaList(items=list(found.items), truncated=found.truncated)


async def sessions_of(session: AsyncSession, ticket_id: str) -> list[SessionOfTicket]:
    """Sessions that are linked to the ticket, or from which something was posted to it; the newest first."""
    linked = select(WorkSession).where(WorkSession.psa_ticket_id == ticket_id)
    found: Sequence[WorkSession] = (
        await session.exec(linked.order_by(col(WorkSession.id).desc()).limit(_SESSIONS))
    ).all()
    posted = select(PsaPostLog.session_id).where(PsaPostLog.ticket_id == ticket_id).distinct()
    ids = {one for one in (await session.exec(posted.limit(_SESSIONS))).all() if one is not None}
    ids -= {one.id for one in found}
    others = (await session.exec(select(WorkSession).where(col(WorkSession.id).in_(ids)))).all()
    now = utcnow()
    return [
        SessionOfTicket(
            id=one.id,
            title=one.title,
            engineer=one.engineer,
            status=one.status,  # type: ignore[arg-type]
            minutes=clock.minutes(one, now),
            is_linked=one.psa_ticket_id == ticket_id,
            started_at=one.started_at,
        )
        for one in sorted([*found, *others], key=lambda row: row.id, reverse=True)
    ]
