"""What a PSA's things are called in Hub, whichever PSA they come from. IDs are texts, as some PSAs have letters in theirs."""

from datetime import datetime
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

NoteType = Literal["internal_analysis", "resolution", "description"]
Item = TypeVar("Item")


class _Read(BaseModel):
    """Read from a PSA, and never changed."""

    model_config = ConfigDict(frozen=True)


class ConnectionTestResult(_Read):
    success: bool
    message: str
    server_version: str | None = None


class PSATicket(_Read):
    id: str
    summary: str
    company_name: str | None = None
    company_id: str | None = None
    board_name: str | None = None
    board_id: str | None = None
    status_name: str | None = None
    status_id: str | None = None
    priority_name: str | None = None
    priority_id: str | None = None
    closed: bool = False
    contact_name: str | None = None
    updated_at: datetime | None = None


class PSANote(_Read):
    id: str
    text: str
    note_type: NoteType
    created_at: datetime | None = None
    author: str | None = None
    internal: Annotated[bool, Field(description="Whether only the team sees it.")] = False


class PSAStatus(_Read):
    id: str
    name: str
    is_closed: bool = False


class PSABoard(_Read):
    id: str
    name: str


class PSACompany(_Read):
    id: str
    name: str
    status: str | None = None


class PSAMember(_Read):
    """Somebody who works there. `emails` are all addresses by which they may be known, the main one first."""

    id: str
    identifier: str
    name: str
    email: str | None = None
    emails: tuple[str, ...] = Field(default=(), exclude=True)


class PSAConfiguration(_Read):
    """A device or a service that a ticket is about."""

    id: str
    name: str
    type: str | None = None
    company_name: str | None = None


class PSATimeEntry(_Read):
    id: str
    minutes: int
    notes: str = ""


class TicketFilters(_Read):
    """Which tickets are looked for, besides a text. IDs are the PSA's; `closed` None means both."""

    board: str | None = None
    status: str | None = None
    company: str | None = None
    closed: bool | None = None


class Listing(_Read, Generic[Item]):
    """A list as far as it was read. `next` leads to its next page, "" for none; `truncated` says that there is more than Hub reads."""

    items: tuple[Item, ...]
    next: str = ""
    truncated: bool = False
