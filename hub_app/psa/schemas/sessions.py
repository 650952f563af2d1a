"""Work sessions."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, StringConstraints

from hub_app.kernel.edits import Versioned
from hub_app.kernel.fields import Input, Moment, Patch, Text
from hub_app.psa.markdown import LONGEST

SessionStatus = Literal["running", "paused", "ended"]
MOST_MINUTES = 60 * 24 * 31


def _one_line(value: str) -> str:
    if not value.isprintable():
        raise ValueError("must be one line, without control characters")
    return value


def _as_text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Title = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(_one_line)
]
Body = Annotated[Text, StringConstraints(max_length=LONGEST)]
Tag = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=50), AfterValidator(_one_line)
]
Tags = Annotated[list[Tag], Field(max_length=20)]
PsaId = Annotated[
    str,
    BeforeValidator(_as_text),
    StringConstraints(strip_whitespace=True, min_length=1, max_length=64),
    AfterValidator(_one_line),
]
"""An ID of the PSA's: a text, or a number that becomes one."""
Minutes = Annotated[int, Field(ge=0, le=MOST_MINUTES)]


class SessionIn(Input):
    """A session to begin. Its clock runs at once, unless `status` says otherwise."""

    title: Title | None = None
    body: Body | None = None
    tags: Tags | None = None
    status: SessionStatus = "running"
    template_id: Annotated[
        UUID | None, Field(description="What it begins with, where nothing else is given.")
    ] = None
    ticket_id: Annotated[PsaId | None, Field(description="A ticket to link, which must exist.")] = None


class SessionPatch(Patch):
    """What to change. `status` starts, pauses and ends the clock; `minutes` corrects what it counted."""

    nullable: ClassVar[frozenset[str]] = frozenset({"ended_at"})

    title: Title | None = None
    body: Body | None = None
    tags: Tags | None = None
    status: SessionStatus | None = None
    minutes: Minutes | None = None
    started_at: Moment | None = None
    ended_at: Moment | None = None


class LinkedTicket(BaseModel):
    """What was known of the ticket when it was read last."""

    id: str
    summary: str = ""
    company_name: str | None = None
    board_id: str | None = None
    board_name: str | None = None
    status_id: str | None = None
    status_name: str | None = None
    closed: bool = False
    updated_at: datetime | None = None
    url: str = ""


class SessionRow(Versioned):
    """A session in a list: without its text."""

    id: UUID
    title: str
    engineer_id: UUID | None
    engineer: str
    tags: list[str]
    status: SessionStatus
    steps_done: int
    steps_total: int
    started_at: datetime
    ended_at: datetime | None
    minutes: int
    worked_seconds: Annotated[int, Field(description="Counted before the clock was started last.")]
    running_since: datetime | None
    psa_connection_id: UUID | None
    psa_ticket_id: str | None
    ticket: LinkedTicket | None
    created_at: datetime
    updated_at: datetime


class SessionOut(SessionRow):
    """A work session. Its `body` is Markdown."""

    body: str
    linked_at: datetime | None


class SessionQuery(BaseModel):
    """Which sessions."""

    text: Annotated[str, Field(max_length=100, description="A part of the title, or a ticket's number.")] = ""
    engineer_id: Annotated[UUID | None, Field(description="Of this member alone.")] = None
    status: Annotated[SessionStatus | None, Field(description="In this state alone.")] = None
    ticket_id: Annotated[str, Field(max_length=64, description="Linked to this ticket.")] = ""


class TicketLinkIn(Input):
    """The ticket to link, or null to unlink."""

    ticket_id: PsaId | None


class MarkdownIn(Input):
    """Markdown to look at."""

    text: Body


class MarkdownOut(BaseModel):
    """The text as HTML without anything that acts, as the plain text that a ticket gets, and its steps."""

    html: str
    note: str
    steps_done: int
    steps_total: int
