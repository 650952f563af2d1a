"""What is posted to tickets."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from hub_app.kernel.fields import Input, Text
from hub_app.psa.provider.types import NoteType
from hub_app.psa.schemas.sessions import PsaId
from hub_app.psa.schemas.tickets import TicketOut

Outcome = Literal["sending", "posted", "partial", "failed", "unknown"]
Step = Literal["", "waiting", "sending", "done", "failed"]
LONGEST_NOTE = 30_000


class TicketUpdateIn(Input):
    """A note to put on the session's ticket, and what goes along with it."""

    note_type: NoteType = "internal_analysis"
    text: Annotated[
        Annotated[Text, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_NOTE)]
        | None,
        Field(
            description="Markdown; it is posted as plain text. Without it, the session's text by the board's template."
        ),
    ] = None
    status_id: Annotated[PsaId | None, Field(description="The ticket's new status, one of its board's.")] = (
        None
    )
    member_id: Annotated[
        PsaId | None,
        Field(
            description="Who it is posted as; by default the member that you are mapped to. null: the API's own account."
        ),
    ] = None
    notify: Annotated[bool, Field(description="Whether the contact gets an e-mail.")] = False
    minutes: Annotated[
        int | None, Field(ge=1, le=60 * 24, description="Post a time entry of so many minutes, too.")
    ] = None
    repeat: Annotated[
        bool, Field(description="Post it although the same text of this session is on the ticket already.")
    ] = False


class MemberChoice(BaseModel):
    """Whom a note can be posted as. `member_id` null is the API's own account."""

    member_id: str | None
    name: str
    identifier: str
    is_mapped: bool


class StatusChoice(BaseModel):
    id: str
    name: str
    is_closed: bool


class TicketUpdatePreview(BaseModel):
    """What would be posted, and what to know before. `text` is what the PSA gets, `note` the Markdown that it is made of."""

    ticket: TicketOut
    note: str
    text: str
    note_type: NoteType
    status_before: StatusChoice | None
    status_after: StatusChoice | None
    statuses: list[StatusChoice]
    member: MemberChoice | None
    members: list[MemberChoice]
    changed_since_linked: bool
    minutes: int | None
    warnings: list[str]


class PostOut(BaseModel):
    """A note that was posted, or is being. `unknown`: the PSA did not say whether it took it; Hub looks for it by its reference."""

    id: UUID
    session_id: UUID | None
    session_title: str
    engineer_id: UUID | None
    engineer: str
    ticket_id: str
    ticket_summary: str
    note_type: NoteType
    text: str
    reference: str
    notify: bool
    member_id: str | None
    member_name: str
    status_before: str
    status_after: str
    minutes: int | None
    outcome: Outcome
    note_state: Step
    time_state: Step
    status_state: Step
    external_note_id: str | None
    external_time_id: str | None
    error: str
    created_at: datetime
    finished_at: datetime | None


class TicketUpdated(BaseModel):
    """What came of a ticket's update. While the outcome is `sending` or `unknown`, read the post again later."""

    post: PostOut


class PostQuery(BaseModel):
    """Which posts."""

    outcome: Outcome | None = None
    ticket_id: Annotated[str, Field(max_length=64)] = ""
    session_id: UUID | None = None
    engineer_id: UUID | None = None
