"""Jobs of syncing: what each was to do, how far it is, and what it has to remember on the way."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from hub_app.kernel.columns import json_column, partial_index, time_of_change
from hub_app.kernel.leases import LeasedWork, due_indexes, operators_indexes
from hub_app.kernel.tenancy import TenantOwned, belongs_to


class SyncJob(LeasedWork, table=True):
    """One job of a connection, of which only one is pending at a time. It ends `completed`, `failed`, `cancelled`, or
    `needs_confirmation`.

    `config` is what was asked for, `dry_run` whether it only tells what it would do. `counts` are what came of it, by resource;
    `outcome` is `success`, `partial` or `failed`. `undoes` is the job that it takes back, `undone_by` the one that took it back.
    `confirm` holds what somebody has to confirm, with the digest of the very list.
    """

    called = "Sync job"

    __table_args__ = (
        belongs_to("sync_connection", "connection_id"),
        *due_indexes("sync_job"),
        *operators_indexes("sync_job"),
        partial_index(
            "uq_sync_job_running", "tenant_id", "connection_id", where="status = 'pending'", unique=True
        ),
        sa.Index("ix_sync_job_connection", "tenant_id", "connection_id", "id"),
    )

    # `needs_confirmation` is longer than the other words.
    status: str = Field(default="pending", max_length=24)
    connection_id: UUID
    type: str = Field(max_length=24)
    trigger: str = Field(default="manual", max_length=16)
    config: dict[str, Any] = json_column(dict)
    dry_run: bool = False
    checkpoint: dict[str, Any] = json_column(dict)
    counts: dict[str, Any] = json_column(dict)
    processed: int = 0
    total: int | None = None
    outcome: str = Field(default="", max_length=16)
    error: str = Field(default="", max_length=500)
    error_kind: str = Field(default="", max_length=24)
    undoes: UUID | None = None
    undone_by: UUID | None = None
    confirm: dict[str, Any] = json_column(dict)


class SyncSeen(TenantOwned, table=True):
    """The external ids of one page that a full run has read. They go when the run is over."""

    __table_args__ = (
        belongs_to("sync_job", "job_id"),
        belongs_to("sync_stream", "stream_id"),
        sa.UniqueConstraint("tenant_id", "job_id", "stream_id", "page"),
        sa.Index("ix_sync_seen_stream", "tenant_id", "stream_id"),
    )

    job_id: UUID
    stream_id: UUID
    page: int
    external_ids: list[str] = json_column(list)


class SyncLog(TenantOwned, table=True):
    """What a job has to say of a record, or of itself: warnings, refusals, and what it did about trouble."""

    __table_args__ = (
        belongs_to("sync_job", "job_id"),
        sa.Index("ix_sync_log_job", "tenant_id", "job_id", "id"),
        sa.Index("ix_sync_log_level", "tenant_id", "job_id", "level", "id"),
    )

    job_id: UUID
    level: str = Field(max_length=8)
    resource: str = Field(default="", max_length=64)
    external_id: str = Field(default="", max_length=200)
    record_id: UUID | None = None
    message: str = Field(max_length=500)
    detail: dict[str, Any] = json_column(dict)


class SyncIntent(TenantOwned, table=True):
    """A write to a source, kept before it is sent. `sending` and `unknown` ones are looked for there before anything else is sent for
    their record; `done`, `refused` and `absent` ones tell what came of them. `kind` is `create`, `update`, or `restore` for an undo.

    `sent` are the values, by the source's paths, as the source stored them once it is done, `former` those that stood there,
    `fields` the hub's fields that they are of, as the record had them at `version`, mapped by `mapping_version`.
    """

    __table_args__ = (
        belongs_to("sync_stream", "stream_id"),
        belongs_to("sync_record", "record_id"),
        partial_index(
            "uq_sync_intent_under_way",
            "tenant_id",
            "stream_id",
            "record_id",
            where="status in ('sending', 'unknown')",
            unique=True,
        ),
        sa.Index("ix_sync_intent_stream", "tenant_id", "stream_id"),
        sa.Index("ix_sync_intent_job", "tenant_id", "job_id", "id"),
        sa.Index("ix_sync_intent_record", "tenant_id", "record_id", "id"),
    )

    stream_id: UUID
    record_id: UUID
    job_id: UUID
    kind: str = Field(max_length=8)
    external_id: str = Field(default="", max_length=200)
    status: str = Field(default="sending", max_length=8)
    sent: dict[str, Any] = json_column(dict)
    former: dict[str, Any] = json_column(dict)
    fields: dict[str, Any] = json_column(dict)
    version: int = 0
    mapping_version: int = 0
    error: str = Field(default="", max_length=500)
    updated_at: datetime = time_of_change()
