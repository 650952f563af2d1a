"""What waits for a person: conflicts, rows in quarantine, possible duplicates; and what a job found without writing anything."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from hub_app.kernel.columns import json_column, partial_index, time_of_change
from hub_app.kernel.tenancy import TenantOwned, belongs_to


class SyncConflict(TenantOwned, table=True):
    """Fields of a record that were changed on both sides: by field the hub's value, the source's, and the one agreed on before.

    `chosen` has by field whose value somebody took.
    """

    called = "Conflict"

    __table_args__ = (
        belongs_to("sync_record", "record_id"),
        belongs_to("sync_link", "link_id"),
        partial_index("uq_sync_conflict_open", "tenant_id", "link_id", where="status = 'open'", unique=True),
        sa.Index("ix_sync_conflict_link", "tenant_id", "link_id"),
        sa.Index("ix_sync_conflict_status", "tenant_id", "status", "id"),
        sa.Index("ix_sync_conflict_connection", "tenant_id", "connection_id", "status", "id"),
        sa.Index("ix_sync_conflict_record", "tenant_id", "record_id", "id"),
    )

    record_id: UUID
    link_id: UUID
    connection_id: UUID
    job_id: UUID | None = None
    fields: dict[str, Any] = json_column(dict)
    status: str = Field(default="open", max_length=12)
    chosen: dict[str, Any] = json_column(dict)
    resolved_by: str = Field(default="", max_length=100)
    resolved_at: datetime | None = None
    updated_at: datetime = time_of_change()


class SyncQuarantine(TenantOwned, table=True):
    """A row of a source that could not become a record, as it was read, and why. `external_id` may be a line's number.

    `status` is `open`, `resolved` once it became a record or is gone at the source, `dismissed` when somebody does not want it.
    `is_payload`: what was read is what mappings select from; else it is a row that could not be read. `settled_by` is the job that
    resolved it.
    """

    called = "Quarantined record"

    __table_args__ = (
        belongs_to("sync_stream", "stream_id"),
        sa.UniqueConstraint("tenant_id", "stream_id", "external_id"),
        sa.Index("ix_sync_quarantine_connection", "tenant_id", "connection_id", "status", "id"),
        sa.Index("ix_sync_quarantine_stream", "tenant_id", "stream_id", "status", "id"),
        sa.Index("ix_sync_quarantine_settled", "tenant_id", "settled_by"),
        sa.Index("ix_sync_quarantine_status", "tenant_id", "status", "id"),
    )

    stream_id: UUID
    connection_id: UUID
    external_id: str = Field(max_length=200)
    reason: str = Field(max_length=500)
    raw: object = json_column()
    is_payload: bool = True
    job_id: UUID | None = None
    settled_by: UUID | None = None
    attempts: int = 1
    status: str = Field(default="open", max_length=12)
    updated_at: datetime = time_of_change()


class SyncDuplicate(TenantOwned, table=True):
    """Two records of a collection that may be the same person or thing, `first_id` the older one. `why` says what they share.
    `merged` is what a merging changed, to be taken back by, `job_id` the job that did it, if it was no person's choice.
    """

    called = "Duplicate"

    __table_args__ = (
        belongs_to("sync_record", "first_id"),
        belongs_to("sync_record", "second_id"),
        sa.UniqueConstraint("tenant_id", "first_id", "second_id"),
        sa.Index("ix_sync_duplicate_second", "tenant_id", "second_id"),
        sa.Index("ix_sync_duplicate_status", "tenant_id", "collection_id", "status", "id"),
        partial_index("ix_sync_duplicate_job", "tenant_id", "job_id", "id", where="job_id is not null"),
    )

    collection_id: UUID
    first_id: UUID
    second_id: UUID
    why: str = Field(max_length=16)
    score: int = 100
    status: str = Field(default="open", max_length=12)
    merged: dict[str, Any] = json_column(dict)
    job_id: UUID | None = None
    decided_by: str = Field(default="", max_length=100)
    updated_at: datetime = time_of_change()


class SyncFinding(TenantOwned, table=True):
    """What a job found without writing: of a dry run what it would do (`create`, `change`, `conflict`, `skip`, `quarantine`, `gone`,
    `push`, `push_new`, `remove`), of a check how the two sides differ, of a full import what is `missing`. Of an undo what it
    leaves: `kept` here because others have changed it, `sent` to the source, `stays_there` or `made_there`.
    """

    __table_args__ = (
        belongs_to("sync_job", "job_id"),
        sa.Index("ix_sync_finding_job", "tenant_id", "job_id", "kind", "id"),
    )

    job_id: UUID
    kind: str = Field(max_length=16)
    resource: str = Field(max_length=64)
    external_id: str = Field(default="", max_length=200)
    record_id: UUID | None = None
    name: str = Field(default="", max_length=300)
    detail: dict[str, Any] = json_column(dict)
