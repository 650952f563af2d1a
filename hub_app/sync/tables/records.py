"""Records, what each source last said of them, and everything that ever changed them."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from hub_app.kernel.columns import json_column, partial_index, time_of_change
from hub_app.kernel.tenancy import TenantOwned, belongs_to


def _listed_by(column: str) -> sa.Index:
    """For lists sorted by this column."""
    return sa.Index(f"ix_sync_record_{column}", "tenant_id", "collection_id", column, "id")


class SyncRecord(TenantOwned, table=True):
    """A record: what lists show, search and sort. All of its values are in `SyncData`, so that reading every row of a large
    collection stays cheap. `search` holds words without case and accents; empty ones and 0 stand for no value.
    """

    called = "Record"

    __table_args__ = (
        belongs_to("sync_collection", "collection_id"),
        sa.Index("ix_sync_record_collection", "tenant_id", "collection_id", "id"),
        # Whole lists are searched in this index, without reading the rows.
        sa.Index("ix_sync_record_name", "tenant_id", "collection_id", "name", "id", "search"),
        _listed_by("email"),
        _listed_by("phone"),
        _listed_by("date"),
        _listed_by("status"),
        _listed_by("value"),
        _listed_by("updated_at"),
        partial_index(
            "ix_sync_record_archived", "tenant_id", "collection_id", "id", where="archived_at is not null"
        ),
    )

    collection_id: UUID
    version: int = 1
    name: str = Field(default="", max_length=200)
    email: str = Field(default="", max_length=320)
    phone: str = Field(default="", max_length=64)
    date: str = Field(default="", max_length=32)
    status: str = Field(default="", max_length=100)
    value: float = 0
    search: str = Field(default="", max_length=1000)
    archived_at: datetime | None = None
    updated_at: datetime = time_of_change()


class SyncData(TenantOwned, table=True):
    """The values of the record of the same id, by field. `stamps` tell when a field was last changed after it was first read,
    by the clock of whoever changed it: `stamped_at` is when the others were.
    """

    __table_args__ = (belongs_to("sync_record", "id"),)

    contents: dict[str, Any] = json_column(dict)
    stamps: dict[str, str] = json_column(dict)
    stamped_at: datetime | None = None


class SyncLink(TenantOwned, table=True):
    """A record as a source knows it. `base` and `base_hub` are the pair that a merge begins with (`merge.packed`).

    Nothing changed when `payload_hash`, `mapping_version` and the record's version (`synced_version`) are what they were.
    `owes` marks values that the source has yet to get. `state` is `linked`; `gone` when the source no longer has it, since
    `gone_at`; `merged` when the record is another one's by a person's choice, and is not read any more. `gone_runs` counts
    full runs in a row that did not find it.
    """

    __table_args__ = (
        belongs_to("sync_stream", "stream_id"),
        belongs_to("sync_record", "record_id"),
        sa.UniqueConstraint("tenant_id", "stream_id", "external_id"),
        sa.Index("ix_sync_link_record", "tenant_id", "record_id"),
        partial_index(
            "uq_sync_link_one_of_stream",
            "tenant_id",
            "stream_id",
            "record_id",
            where="state = 'linked'",
            unique=True,
        ),
        partial_index("ix_sync_link_away", "tenant_id", "stream_id", "state", where="state <> 'linked'"),
        partial_index("ix_sync_link_owing", "tenant_id", "stream_id", "id", where="owes"),
    )

    stream_id: UUID
    record_id: UUID
    external_id: str = Field(max_length=200)
    external_version: str = Field(default="", max_length=100)
    modified: datetime | None = None
    payload_hash: bytes | None = Field(default=None, max_length=16)
    mapping_version: int = 0
    synced_version: int = 0
    base: dict[str, Any] = json_column(dict)
    base_hub: dict[str, Any] = json_column(dict)
    owes: bool = False
    pushed_at: datetime | None = None
    state: str = Field(default="linked", max_length=8)
    gone_at: datetime | None = None
    gone_runs: int = 0
    updated_at: datetime = time_of_change()


class SyncReference(TenantOwned, table=True):
    """That a record's `field` names another one, which its source calls `external_id` in `stream_id`. `target_id` is known once that
    has arrived.
    """

    __table_args__ = (
        belongs_to("sync_record", "record_id"),
        belongs_to("sync_stream", "stream_id"),
        sa.Index("ix_sync_reference_record", "tenant_id", "record_id"),
        sa.Index("ix_sync_reference_target", "tenant_id", "target_id"),
        sa.Index("ix_sync_reference_named", "tenant_id", "stream_id", "external_id"),
    )

    record_id: UUID
    field: str = Field(max_length=64)
    stream_id: UUID
    external_id: str = Field(max_length=200)
    target_id: UUID | None = None


class SyncVersion(TenantOwned, table=True):
    """One change of a record, or of a link of it, in their order: the journal. It outlives the record when a job that made it is
    undone, so it names rows that may be gone.

    `number` is the record's version after it, `kind` what was done. `before` and `after` hold the fields that changed, without
    those that had no value; a record that was made has neither. `link_change` tells what changed of the link
    (`journal.LinkState.changes`); it is empty for one that was made. `stamps` are those that the fields had before, None for a
    field without. `undone_by` is the job that took it back.
    """

    called = "Version"

    __table_args__ = (
        sa.Index("ix_sync_version_record", "tenant_id", "record_id", "id"),
        sa.Index("ix_sync_version_job", "tenant_id", "job_id", "id"),
    )

    record_id: UUID
    number: int
    kind: str = Field(max_length=16)
    job_id: UUID | None = None
    made_by: str = Field(default="", max_length=200)
    link_id: UUID | None = None
    before: dict[str, Any] = json_column(dict)
    after: dict[str, Any] = json_column(dict)
    link_change: dict[str, Any] | None = json_column()
    stamps: dict[str, str | None] | None = json_column()
    undone_by: UUID | None = None
