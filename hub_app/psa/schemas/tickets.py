"""Tickets, boards, companies and members, as the PSA has them."""

from datetime import datetime
from typing import Annotated, Generic, Literal, TypeAlias, TypeVar
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field

from hub_app.psa.provider import types

Item = TypeVar("Item")
# As the PSA has them: screens and REST know them from here.
PSABoard: TypeAlias = types.PSABoard
PSACompany: TypeAlias = types.PSACompany
PSAConfiguration: TypeAlias = types.PSAConfiguration
PSAMember: TypeAlias = types.PSAMember
PSAStatus: TypeAlias = types.PSAStatus


class TicketQuery(BaseModel):
    """Which tickets. IDs are the PSA's."""

    query: Annotated[str, Query(max_length=100, description="A number, or a part of the summary.")] = ""
    board: Annotated[str, Query(max_length=64)] = ""
    status: Annotated[str, Query(max_length=64, description="A status's ID, `open` or `closed`.")] = ""
    company: Annotated[str, Query(max_length=64)] = ""


class TicketOut(types.PSATicket):
    """A ticket, with where people open it in the PSA."""

    url: str


class TicketPage(BaseModel):
    items: list[TicketOut]
    next_cursor: str | None


class PsaList(BaseModel, Generic[Item]):
    """A list of the PSA's. `truncated` says that there is more than Hub reads."""

    items: list[Item]
    next_cursor: None = None
    truncated: bool = False


class SessionOfTicket(BaseModel):
    """A work session that touched a ticket."""

    id: UUID
    title: str
    engineer: str
    status: Literal["running", "paused", "ended"]
    minutes: int
    is_linked: Annotated[
        bool, Field(description="Whether it is linked now; otherwise something of it was posted.")
    ]
    started_at: datetime


class TicketDetail(BaseModel):
    """A ticket's page: as the PSA had it at `read_at`, and the sessions that touched it."""

    ticket: TicketOut
    notes: list[types.PSANote]
    configurations: list[types.PSAConfiguration]
    sessions: list[SessionOfTicket]
    read_at: datetime
