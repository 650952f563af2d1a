"""Exports of everything."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel

ExportStatus = Literal["running", "ready", "failed", "cancelled", "expired"]


class ExportOut(BaseModel):
    """All of a tenant's CRM in one zip, as it was at `made_of`. `size` in bytes and `sha256` are the zip's, `records` those of each
    file in it; all are empty until it is `ready`. While it runs, `done` of `total` records are written.
    """

    id: UUID
    status: ExportStatus
    asked_by: str
    created_at: datetime
    made_of: datetime | None
    size: int
    sha256: str
    records: dict[str, int]
    expires_at: datetime
    job_id: UUID
    done: int
    total: int | None
    error: str
