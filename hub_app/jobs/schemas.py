"""What goes out of jobs."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel

JobStatus = Literal["waiting", "running", "cancelling", "succeeded", "failed", "cancelled"]


class JobOut(BaseModel):
    """Long work with its progress. `total` is null while nobody knows it; `result` says what came of it."""

    id: UUID
    kind: str
    title: str
    status: JobStatus
    done: int
    total: int | None
    result: str
    started_by: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
