"""Tables of connectors: what can be called, with which credential, and what became of each call."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from hub_app.kernel.columns import json_column, time_of_change
from hub_app.kernel.tenancy import TenantOwned, TenantScoped, belongs_to
from hub_app.kernel.vault import SealedType

_OF_RUNS = sa.text("plan_run_id is not null")


class Connector(TenantOwned, table=True):
    """A REST API. `oauth_client_id` and `oauth_connection_id` are the oauth capability's, which keeps the tokens."""

    called = "Integration"

    __table_args__ = (sa.UniqueConstraint("tenant_id", "name"),)

    name: str = Field(max_length=64)
    display_name: str = Field(max_length=100)
    description: str = Field(default="", max_length=1000)
    auth_type: str = Field(max_length=16)
    base_url: str = Field(max_length=2048)
    auth_header: str = Field(max_length=100)
    auth_prefix: str = Field(max_length=50)
    auth_query: str = Field(default="", max_length=100)
    default_headers: dict[str, str] = json_column(dict)
    oauth_client_id: UUID | None = None
    oauth_connection_id: UUID | None = None
    is_active: bool = True
    updated_at: datetime = time_of_change()


class ConnectorAction(TenantOwned, table=True):
    """One call that a connector can make. Executions name it by `slug` and outlive it."""

    __table_args__ = (
        belongs_to("connector", "connector_id"),
        sa.UniqueConstraint("tenant_id", "connector_id", "slug"),
    )

    connector_id: UUID
    slug: str = Field(max_length=64)
    position: int = 0
    name: str = Field(max_length=100)
    description: str = Field(default="", max_length=1000)
    method: str = Field(max_length=8)
    endpoint: str = Field(max_length=1000)
    parameters: list[dict[str, object]] = json_column(list)
    body: object | None = json_column()
    selection: str = Field(default="", max_length=500)
    pagination: dict[str, object] = json_column(dict)
    cache_seconds: int = 0
    updated_at: datetime = time_of_change()


class ConnectorCredential(TenantOwned, table=True):
    """What a connector authenticates with, one of each type. `is_valid` is unknown until a call has tried it."""

    __table_args__ = (
        belongs_to("connector", "connector_id"),
        sa.UniqueConstraint("tenant_id", "connector_id", "type"),
    )

    connector_id: UUID
    type: str = Field(max_length=24)
    value: bytes = Field(default=b"", sa_type=SealedType)
    hint: str = Field(default="", max_length=16)
    expires_at: datetime | None = None
    is_valid: bool | None = None
    last_validated_at: datetime | None = None
    last_error: str = Field(default="", max_length=300)
    updated_at: datetime = time_of_change()


class Execution(TenantOwned, table=True):
    """One call that was made, or refused before it was: what was sent, with hints for secrets, and the answer.

    `failed` is whether it has an `error_kind`: as a column of its own it can lead through an index.
    """

    called = "Execution"

    __table_args__ = (
        belongs_to("connector", "connector_id"),
        sa.Index("ix_execution_connector", "tenant_id", "connector_id", "id"),
        sa.Index("ix_execution_connector_outcome", "tenant_id", "connector_id", "failed", "trigger", "id"),
        sa.Index(
            "ix_execution_connector_action", "tenant_id", "connector_id", "action", "failed", "trigger", "id"
        ),
        sa.Index("ix_execution_outcome", "tenant_id", "failed", "trigger", "id"),
        sa.Index("ix_execution_action", "tenant_id", "action", "failed", "trigger", "id"),
        sa.Index(
            "ix_execution_plan_run",
            "tenant_id",
            "plan_run_id",
            "id",
            sqlite_where=_OF_RUNS,
            postgresql_where=_OF_RUNS,
        ),
    )

    connector_id: UUID
    action: str = Field(default="", max_length=64)
    plan_run_id: UUID | None = None
    trigger: str = Field(max_length=16)
    actor_id: UUID | None = None
    actor_name: str = Field(default="", max_length=100)
    method: str = Field(max_length=8)
    url: str = Field(default="", max_length=4096)
    request_headers: dict[str, str] = json_column(dict)
    request_body: str = Field(default="", sa_type=sa.Text)
    status_code: int | None = None
    response_headers: dict[str, str] = json_column(dict)
    response_body: str = Field(default="", sa_type=sa.Text)
    truncated: bool = False
    pages: int = 0
    cached: bool = False
    duration_ms: int = 0
    failed: bool = False
    error_kind: str = Field(default="", max_length=24)
    error_detail: str = Field(default="", max_length=500)


class RunKey(TenantScoped, table=True):
    """An idempotency key in force: running with it again gives the first answer."""

    key: str = Field(primary_key=True, max_length=64)
    execution_id: UUID
    fingerprint: str = Field(max_length=64)
    answer: str | None = Field(default=None, sa_type=sa.Text)
    expires_at: datetime = Field(index=True)


class CachedAnswer(TenantOwned, table=True):
    """A GET action's answer, kept for its time. `key` stands for action, credential and parameters."""

    __table_args__ = (
        belongs_to("connector", "connector_id"),
        sa.UniqueConstraint("tenant_id", "key"),
        sa.Index("ix_cached_answer_connector", "tenant_id", "connector_id"),
    )

    connector_id: UUID
    action: str = Field(max_length=64)
    key: str = Field(max_length=64)
    answer: str = Field(sa_type=sa.Text)
    expires_at: datetime = Field(index=True)
