"""Tables of tickets: the PSA that a tenant has connected, who is who there, work sessions, and what was posted of them."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from hub_app.kernel.clock import utcnow
from hub_app.kernel.columns import json_column, partial_index, time_of_change
from hub_app.kernel.leases import LeasedWork, due_indexes
from hub_app.kernel.tenancy import TenantOwned, belongs_to
from hub_app.kernel.vault import SealedType

_ENDED = "status != 'pending'"


class PsaConnection(TenantOwned, table=True):
    """The PSA of a tenant, which has one at most.

    `settings` are what was entered besides the site and the company and is no secret, `secrets` the others, as one JSON object;
    `hints` show these. `error` says why its last test failed.
    """

    called = "Connection"

    __table_args__ = (sa.UniqueConstraint("tenant_id"),)

    provider: str = Field(max_length=64)
    display_name: str = Field(max_length=100)
    site_url: str = Field(max_length=255)
    company_id: str = Field(default="", max_length=100)
    settings: dict[str, str] = json_column(dict)
    secrets: bytes = Field(default=b"", sa_type=SealedType)
    hints: dict[str, str] = json_column(dict)
    is_active: bool = True
    error: str = Field(default="", max_length=500)
    server_version: str = Field(default="", max_length=100)
    last_validated_at: datetime | None = None
    updated_at: datetime = time_of_change()


class PsaMemberMapping(TenantOwned, table=True):
    """Which member of the PSA an account of Hub's is, as somebody confirmed it. `matched_by` is `email`, `name` or `manual`."""

    called = "Mapping"

    __table_args__ = (
        belongs_to("psa_connection", "connection_id"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"], ["membership.tenant_id", "membership.user_id"], ondelete="CASCADE"
        ),
        sa.UniqueConstraint("tenant_id", "connection_id", "user_id"),
    )

    connection_id: UUID
    user_id: UUID
    member_id: str = Field(max_length=64)
    member_identifier: str = Field(default="", max_length=100)
    member_name: str = Field(default="", max_length=200)
    member_email: str = Field(default="", max_length=320)
    matched_by: str = Field(default="manual", max_length=16)
    updated_at: datetime = time_of_change()


class WorkSession(TenantOwned, table=True):
    """What an engineer did, written down while doing it. `status` is `running`, `paused` or `ended`.

    Its time is `worked_seconds`, and what has passed since `running_since`. `ticket` is what was known of the linked ticket when it was
    read last: summary, company, board, status.
    """

    called = "Session"

    __table_args__ = (
        sa.Index("ix_work_session_engineer", "tenant_id", "engineer_id", "id"),
        sa.Index("ix_work_session_engineer_status", "tenant_id", "engineer_id", "status", "id"),
        sa.Index("ix_work_session_status", "tenant_id", "status", "id"),
        sa.Index("ix_work_session_ticket", "tenant_id", "psa_ticket_id", "id"),
        sa.Index("ix_work_session_connection", "tenant_id", "psa_connection_id"),
        # All that a search looks at, so that it need not read what was written.
        sa.Index(
            "ix_work_session_search", "tenant_id", "id", "title", "psa_ticket_id", "engineer_id", "status"
        ),
    )

    engineer_id: UUID | None = None
    engineer: str = Field(default="", max_length=100)
    title: str = Field(max_length=200)
    body: str = Field(default="", sa_type=sa.Text)
    steps_done: int = 0
    steps_total: int = 0
    tags: list[str] = json_column(list)
    status: str = Field(default="running", max_length=16)
    started_at: datetime = Field(default_factory=utcnow)
    ended_at: datetime | None = None
    worked_seconds: int = 0
    running_since: datetime | None = None
    psa_connection_id: UUID | None = None
    psa_ticket_id: str | None = Field(default=None, max_length=64)
    ticket: dict[str, Any] = json_column(dict)
    linked_at: datetime | None = None
    updated_at: datetime = time_of_change()


class PsaPostLog(LeasedWork, table=True):
    """A note that is being put on a ticket, or was, with what goes along with it.

    `status` is `pending` while it is being sent, or nobody knows whether it arrived (`is_unknown`), then `posted`, `partial` or
    `failed`; `unknown` where that was never found out. `note_state`, `time_state` and `status_state` say how far each part is: "" for what was not asked for, `waiting`, `sending`,
    `done`, `failed`. `reference` stands in the texts, so that they are found again; `digest` tells the same text posted twice.
    What is posted outlives its session and its connection.
    """

    called = "Post"

    __table_args__ = (
        *due_indexes("psa_post_log"),
        # One at a time, so that no note is sent while nobody knows what became of the one before.
        partial_index(
            "uq_psa_post_log_open", "tenant_id", "session_id", where="status = 'pending'", unique=True
        ),
        sa.Index("ix_psa_post_log_session", "tenant_id", "session_id", "id"),
        sa.Index("ix_psa_post_log_ticket", "tenant_id", "ticket_id", "id"),
        sa.Index("ix_psa_post_log_engineer", "tenant_id", "engineer_id", "id"),
        partial_index("ix_psa_post_log_open", "tenant_id", "id", where="status = 'pending'"),
        # Of what has ended alone: SQLite would take one of everything for claims, instead of that of what waits.
        partial_index("ix_psa_post_log_status", "tenant_id", "status", "id", where=_ENDED),
        partial_index(
            "ix_psa_post_log_engineer_status", "tenant_id", "engineer_id", "status", "id", where=_ENDED
        ),
    )

    session_id: UUID | None = None
    session_title: str = Field(default="", max_length=200)
    connection_id: UUID | None = None
    provider: str = Field(default="", max_length=64)
    engineer_id: UUID | None = None
    ticket_id: str = Field(max_length=64)
    ticket_summary: str = Field(default="", max_length=300)
    note_type: str = Field(max_length=32)
    text: str = Field(sa_type=sa.Text)
    digest: str = Field(max_length=64)
    reference: str = Field(max_length=16)
    notify: bool = False
    member_id: str | None = Field(default=None, max_length=64)
    member_name: str = Field(default="", max_length=200)
    board_id: str = Field(default="", max_length=64)
    status_before_id: str = Field(default="", max_length=64)
    status_before: str = Field(default="", max_length=100)
    status_after_id: str = Field(default="", max_length=64)
    status_after: str = Field(default="", max_length=100)
    minutes: int | None = None
    note_state: str = Field(default="waiting", max_length=16)
    time_state: str = Field(default="", max_length=16)
    status_state: str = Field(default="", max_length=16)
    external_note_id: str = Field(default="", max_length=64)
    external_time_id: str = Field(default="", max_length=64)
    is_unknown: bool = False
    sent_at: datetime | None = None
    error_code: str = Field(default="", max_length=16)
    error: str = Field(default="", max_length=500)

    @property
    def may_be_there(self) -> bool:
        """Whether something was sent of which nobody knows what became of it."""
        return "sending" in {self.note_state, self.time_state, self.status_state}

    def stop(self, error: str) -> None:
        """End it where it is."""
        so_far = {"done": "partial", "sending": "unknown"}
        self.end(so_far.get(self.note_state, "failed"), error)

    def end(self, status: str, error: str = "") -> None:
        self.finish(status)
        self.is_unknown, self.error = status == "unknown", error[:500]


class SessionTemplate(TenantOwned, table=True):
    """What a new session may begin with."""

    called = "Template"

    name: str = Field(max_length=100)
    title: str = Field(default="", max_length=200)
    body: str = Field(default="", sa_type=sa.Text)
    tags: list[str] = json_column(list)
    updated_at: datetime = time_of_change()


class NoteTemplate(TenantOwned, table=True):
    """How a session becomes a note: for one board of the connected PSA, or for all that have none of their own (`board_id` "")."""

    called = "Template"

    __table_args__ = (
        belongs_to("psa_connection", "connection_id"),
        sa.UniqueConstraint("tenant_id", "connection_id", "board_id"),
    )

    connection_id: UUID
    board_id: str = Field(default="", max_length=64)
    board_name: str = Field(default="", max_length=100)
    note_type: str = Field(default="internal_analysis", max_length=32)
    text: str = Field(sa_type=sa.Text)
    updated_at: datetime = time_of_change()


class EditorSettings(TenantOwned, table=True):
    """How a tenant's engineers write: which toolbar, which look, and texts that they insert by name."""

    called = "Settings"

    __table_args__ = (sa.UniqueConstraint("tenant_id"),)

    toolbar: str = Field(default="full", max_length=16)
    theme: str = Field(default="auto", max_length=16)
    snippets: list[dict[str, str]] = json_column(list)
    updated_at: datetime = time_of_change()
