"""Rows of a CRM that could not become records."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, JsonValue

from hub_app.kernel.fields import Input

QuarantineStatus = Literal["open", "resolved", "dismissed"]


class QuarantinedSummary(BaseModel):
    """A row, and why it could not become a record. It is `resolved` once it became one or is gone at the CRM; a `dismissed` one rests
    until it comes otherwise.
    """

    id: UUID
    integration_id: UUID
    resource: str
    external_id: str
    reason: str
    status: QuarantineStatus
    attempts: int
    sync_job_id: UUID | None
    created_at: datetime
    updated_at: datetime


class QuarantinedOut(QuarantinedSummary):
    """A row with what was read."""

    raw: JsonValue


class RetryIn(Input):
    """Whether to tell only what would become of it."""

    dry_run: bool = False
