"""Tickets, boards, companies and members of the connected PSA."""

from typing import Annotated

from fastapi import Depends, Query

from hub_app.kernel.access import CurrentActor
from hub_app.kernel.paging import Paging
from hub_app.kernel.routes import router_of
from hub_app.psa.schemas.tickets import (
    PSABoard,
    PSACompany,
    PSAConfiguration,
    PsaList,
    PSAMember,
    PSAStatus,
    TicketDetail,
    TicketOut,
    TicketPage,
    TicketQuery,
)
from hub_app.psa.service import tickets

router = router_of("/api/v1/integrations/psa", "PSA")
Chosen = Annotated[TicketQuery, Depends()]
Refresh = Annotated[bool, Query(description="Ask the PSA now, instead of showing what it said a moment ago.")]


@router.get("/tickets", summary="Search the PSA's tickets, newest first")
async def search_psa_tickets(actor: CurrentActor, chosen: Chosen, page: Paging) -> TicketPage:
    return await tickets.search_tickets(actor, chosen, page)


@router.get("/tickets/{ticket_id}", summary="Read a ticket")
async def get_psa_ticket(actor: CurrentActor, ticket_id: str, refresh: Refresh = False) -> TicketOut:  # noqa: FBT002 - a query parameter
    return await tickets.get_ticket(actor, ticket_id, refresh=refresh)


@router.get(
    "/tickets/{ticket_id}/detail", summary="Read a ticket with its notes, configurations and sessions"
)
async def get_psa_ticket_detail(
    actor: CurrentActor,
    ticket_id: str,
    refresh: Refresh = False,  # noqa: FBT002 - a query parameter
) -> TicketDetail:
    return await tickets.get_detail(actor, ticket_id, refresh=refresh)


@router.get("/tickets/{ticket_id}/configurations", summary="List what a ticket is about")
async def list_psa_ticket_configurations(actor: CurrentActor, ticket_id: str) -> PsaList[PSAConfiguration]:
    return await tickets.list_configurations(actor, ticket_id)


@router.get("/boards", summary="List the PSA's boards")
async def list_psa_boards(actor: CurrentActor) -> PsaList[PSABoard]:
    return await tickets.list_boards(actor)


@router.get("/boards/{board_id}/statuses", summary="List the statuses of a board")
async def list_psa_statuses(actor: CurrentActor, board_id: str) -> PsaList[PSAStatus]:
    return await tickets.list_statuses(actor, board_id)


@router.get("/companies", summary="List the PSA's companies")
async def list_psa_companies(
    actor: CurrentActor,
    query: Annotated[str, Query(max_length=100, description="A part of the name.")] = "",
) -> PsaList[PSACompany]:
    return await tickets.list_companies(actor, query)


@router.get("/members", summary="List the PSA's active members")
async def list_psa_members(actor: CurrentActor) -> PsaList[PSAMember]:
    return await tickets.list_members(actor)
