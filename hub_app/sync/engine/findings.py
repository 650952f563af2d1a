"""What a job tells of single records: what a dry run would do, what a check or an undo has found."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from hub_app.kernel.ids import new_id
from hub_app.sync.engine.run import Run

MOST_EXAMPLES = 200
"""Of a dry run, for each kind of finding. What comes after is counted, not shown."""
STAYS_THERE, MADE_THERE = "stays_there", "made_there"
"""The kinds of findings of records that stay at the source as the job has made them, and so do here when that was an export."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is told of a record."""

    kind: str
    external_id: str
    name: str
    record_id: UUID | None
    detail: Mapping[str, Any] = field(default_factory=dict[str, Any])


def row_of(run: Run, resource: str, one: Finding, now: datetime) -> dict[str, Any]:
    """A finding as a row of `SyncFinding`."""
    return {
        "id": new_id(),
        "created_at": now,
        "job_id": run.job_id,
        "kind": one.kind,
        "resource": resource,
        "external_id": one.external_id,
        "record_id": one.record_id,
        "name": one.name[:300],
        "detail": dict(one.detail),
    }


def is_shown(run: Run, kind: str) -> bool:
    """Count a finding of a dry run. Whether it is among those that are shown."""
    told = run.part("findings")
    count = told[kind] = told.get(kind, 0) + 1
    return count <= MOST_EXAMPLES
