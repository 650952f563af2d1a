"""What is kept in step with what: collections of records, connections, and the streams of records that these read."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from hub_app.kernel.columns import json_column, partial_index, time_of_change
from hub_app.kernel.tenancy import TenantOwned, belongs_to


class SyncCollection(TenantOwned, table=True):
    """Records of one kind, whatever sources they have. `fields` are the tenant's own: key, label and type of each."""

    called = "Collection"

    __table_args__ = (sa.UniqueConstraint("tenant_id", "family", "name"),)

    family: str = Field(max_length=32)
    name: str = Field(max_length=64)
    fields: list[dict[str, Any]] = json_column(list)
    updated_at: datetime = time_of_change()


class SyncConnection(TenantOwned, table=True):
    """One outside system that records are kept in step with. The capability whose `family` it is knows how it is reached.

    `status` is `pending_auth`, `connected`, `error`, `disconnected` or `paused`, for which `reason` says why; of a connected one
    it says why the last sync failed. `since` is where history begins when none before it is wanted; `account` a digest of the account
    that was connected: of another one nothing is concluded to be deleted. `hinted_at` is when the source last said that something is new
    there, until a sync that began later has ended well. `failures` counts the runs by schedule that failed in a row.
    """

    called = "Integration"

    __table_args__ = (
        sa.UniqueConstraint("tenant_id", "family", "provider", "name"),
        partial_index("ix_sync_connection_due", "next_sync_at", where="next_sync_at is not null"),
    )

    family: str = Field(max_length=32)
    provider: str = Field(max_length=64)
    name: str = Field(max_length=100)
    status: str = Field(default="pending_auth", max_length=16)
    reason: str = Field(default="", max_length=500)
    account: str = Field(default="", max_length=64)
    direction: str = Field(default="in", max_length=8)
    rule: str = Field(default="manual_review", max_length=16)
    deletions: str = Field(default="unlink", max_length=8)
    since: datetime | None = None
    auto_sync: bool = False
    interval_minutes: int = 60
    next_sync_at: datetime | None = None
    hinted_at: datetime | None = None
    last_sync_at: datetime | None = None
    last_sync_status: str = Field(default="", max_length=16)
    failures: int = 0
    updated_at: datetime = time_of_change()


class SyncStream(TenantOwned, table=True):
    """Records of one kind (`resource`) that a connection has, and how they become those of a collection.

    `mapping` holds its fields' mappings, `mapping_version` counts its changes. `mark` is the source's time up to which all
    changes are known. `last_full` is what the last full run came to, of `last_full_job_id`, read from `account`. `lost` are
    the fields that it no longer tells of (engine/lost.py).
    """

    __table_args__ = (
        belongs_to("sync_connection", "connection_id"),
        belongs_to("sync_collection", "collection_id"),
        sa.UniqueConstraint("tenant_id", "connection_id", "resource"),
    )

    connection_id: UUID
    collection_id: UUID
    resource: str = Field(max_length=64)
    position: int = 0
    mapping: list[dict[str, Any]] = json_column(list)
    mapping_version: int = 1
    mark: datetime | None = None
    last_full: dict[str, Any] = json_column(dict)
    last_full_at: datetime | None = None
    last_full_job_id: UUID | None = None
    lost: dict[str, Any] = json_column(dict)
    account: str = Field(default="", max_length=64)
    updated_at: datetime = time_of_change()
