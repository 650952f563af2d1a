"""Tables of CRMs: the account behind each connection. Records, jobs and mappings are the sync engine's."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from hub_app.kernel.columns import json_column, partial_index, time_of_change
from hub_app.kernel.tenancy import TenantOwned, belongs_to
from hub_app.kernel.vault import SealedType


class CrmAccount(TenantOwned, table=True):
    """How a connection reaches its CRM; its id is the connection's.

    `settings` are what was entered and is no secret, `secrets` the others, as one JSON object; `hints` show these. `name` is what
    the CRM calls the account. `inbound_digest` is that of the key of its inbound URL. `headers` remembers, by kind of record, which
    field a person chose for a file's header, "" for none. `source` is what was declared of a CRM behind the connector
    `connector_id`.
    """

    __table_args__ = (
        belongs_to("sync_connection", "id"),
        partial_index(
            "uq_crm_account_inbound", "inbound_digest", where="inbound_digest is not null", unique=True
        ),
        sa.Index("ix_crm_account_oauth", "tenant_id", "oauth_connection_id"),
        sa.Index("ix_crm_account_connector", "tenant_id", "connector_id"),
    )

    auth_type: str = Field(max_length=16)
    settings: dict[str, str] = json_column(dict)
    secrets: bytes = Field(default=b"", sa_type=SealedType)
    hints: dict[str, str] = json_column(dict)
    oauth_connection_id: UUID | None = None
    connector_id: UUID | None = None
    source: dict[str, Any] = json_column(dict)
    name: str = Field(default="", max_length=200)
    inbound_digest: str | None = Field(default=None, max_length=64)
    inbound_hint: str = Field(default="", max_length=16)
    headers: dict[str, dict[str, str]] = json_column(dict)
    updated_at: datetime = time_of_change()


class CrmFile(TenantOwned, table=True):
    """A file that somebody brought, until `expires_at`. `layout` and `columns` are how it is read: where its rows begin, and what
    each column holds. `resource` is the stream that its rows are for, `digest` what tells it from other files.
    """

    called = "File"

    __table_args__ = (
        belongs_to("sync_connection", "connection_id"),
        sa.Index("ix_crm_file_connection", "tenant_id", "connection_id", "id"),
        sa.Index("ix_crm_file_expires", "tenant_id", "expires_at"),
    )

    connection_id: UUID
    name: str = Field(max_length=200)
    size: int
    digest: str = Field(max_length=64)
    pieces: int = 0
    feature: str = Field(default="clients", max_length=16)
    resource: str = Field(default="", max_length=64)
    layout: dict[str, Any] = json_column(dict)
    columns: list[dict[str, Any]] = json_column(list)
    expires_at: datetime


class CrmExport(TenantOwned, table=True):
    """All of a tenant's CRM in one zip, as it was at `made_of`, until `expires_at`. `job_id` is the job that makes it, `asked_by` who
    wanted it. It is there once it has `pieces`; `counts` are its records by file, `digest` is its SHA-256.
    """

    called = "Export"

    __table_args__ = (sa.Index("ix_crm_export_expires", "tenant_id", "expires_at"),)

    job_id: UUID
    asked_by: str = Field(default="", max_length=100)
    made_of: datetime | None = None
    size: int = 0
    digest: str = Field(default="", max_length=64)
    pieces: int = 0
    counts: dict[str, int] = json_column(dict)
    expires_at: datetime


class CrmExportPiece(TenantOwned, table=True):
    """A piece of an export, sealed; in the order of their numbers they are the zip."""

    __table_args__ = (
        belongs_to("crm_export", "export_id"),
        sa.UniqueConstraint("tenant_id", "export_id", "number"),
    )

    export_id: UUID
    number: int
    content: bytes = Field(default=b"", sa_type=SealedType)


class CrmFilePiece(TenantOwned, table=True):
    """A piece of a file, sealed; in the order of their numbers they are the file."""

    __table_args__ = (
        belongs_to("crm_file", "file_id"),
        sa.UniqueConstraint("tenant_id", "file_id", "number"),
    )

    file_id: UUID
    number: int
    content: bytes = Field(default=b"", sa_type=SealedType)
