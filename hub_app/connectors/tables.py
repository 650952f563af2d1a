"""Tables of connectors: what can be called, with which credential, and what became of each call."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from hub_app.kernel.clock import utcnow
from hub_app.kernel.db import JSON_TYPE
from hub_app.kernel.tenancy import TenantOwned, TenantScoped, belongs_to
from hub_app.kernel.vault import SealedType

_TOUCHED = {"onupdate": utcnow}
_PENDING = sa.text("status = 'pending'")
_SCHEDULED = sa.text("next_run_at is not null")


class Connector(TenantOwned, table=True):
    """A REST API. `oauth_client_id` and `oauth_connection_id` are the oauth capability's, which keeps the tokens."""

    __table_args__ = (sa.UniqueConstraint("tenant_id", "name"),)

    name: str = Field(max_length=64)
    display_name: str = Field(max_length=100)
    description: str = Field(default="", max_length=1000)
    auth_type: str = Field(max_length=16)
    base_url: str = Field(max_length=2048)
    auth_header: str = Field(max_length=100)
    auth_prefix: str = Field(max_length=50)
    auth_query: str = Field(default="", max_length=100)
    default_headers: dict[str, str] = Field(default_factory=dict, sa_type=JSON_TYPE)  # type: ignore[arg-type]
    oauth_client_id: UUID | None = None
    oauth_connection_id: UUID | None = None
    is_active: bool = True
    updated_at: datetime = Field(default_factory=utcnow, sa_column_kwargs=_TOUCHED)


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
    parameters: list[dict[str, object]] = Field(default_factory=list, sa_type=JSON_TYPE)  # type: ignore[arg-type]
    body: object | None = Field(default=None, sa_type=JSON_TYPE)  # type: ignore[arg-type]
    selection: str = Field(default="", max_length=500)
    pagination: dict[str, object] = Field(default_factory=dict, sa_type=JSON_TYPE)  # type: ignore[arg-type]
    cache_seconds: int = 0
    updated_at: datetime = Field(default_factory=utcnow, sa_column_kwargs=_TOUCHED)


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
    updated_at: datetime = Field(default_factory=utcnow, sa_column_kwargs=_TOUCHED)


class Execution(TenantOwned, table=True):
    """One call that was made, or refused before it was: what was sent, with hints for secrets, and the answer.

    `failed` is whether it has an `error_kind`: as a column of its own it can lead through an index.
    """

    __table_args__ = (
        belongs_to("connector", "connector_id"),
        sa.Index("ix_execution_connector", "tenant_id", "connector_id", "id"),
        sa.Index("ix_execution_connector_outcome", "tenant_id", "connector_id", "failed", "trigger", "id"),
        sa.Index(
            "ix_execution_connector_action",
            "tenant_id",
            "connector_id",
            "action",
            "failed",
            "trigger",
            "id",
        ),
        sa.Index("ix_execution_outcome", "tenant_id", "failed", "trigger", "id"),
        sa.Index("ix_execution_action", "tenant_id", "action", "failed", "trigger", "id"),
    )

    connector_id: UUID
    action: str = Field(default="", max_length=64)
    plan_run_id: UUID | None = None
    trigger: str = Field(max_length=16)
    actor_id: UUID | None = None
    actor_name: str = Field(default="", max_length=100)
    method: str = Field(max_length=8)
    url: str = Field(default="", max_length=4096)
    request_headers: dict[str, str] = Field(default_factory=dict, sa_type=JSON_TYPE)  # type: ignore[arg-type]
    request_body: str = Field(default="", sa_type=sa.Text)
    status_code: int | None = None
    response_headers: dict[str, str] = Field(default_factory=dict, sa_type=JSON_TYPE)  # type: ignore[arg-type]
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


class Plan(TenantOwned, table=True):
    """A saved sequence of action calls, and when it runs by itself: on a schedule, or on an event type.

    Its steps are those of `version_id`, one of its own versions (no foreign key: each would need the other one first).
    `not_started` counts what should have started it since `not_started_since` and did not, of which `too_deep` for having
    come from too many runs already; the others found too many waiting.
    """

    __table_args__ = (
        sa.Index("ix_plan_due", "next_run_at", sqlite_where=_SCHEDULED, postgresql_where=_SCHEDULED),
    )

    name: str = Field(max_length=100)
    description: str = Field(default="", max_length=1000)
    version_id: UUID
    cron: str = Field(default="", max_length=100)
    every_minutes: int | None = None
    timezone: str = Field(default="UTC", max_length=64)
    event_type: str = Field(default="", max_length=100)
    is_active: bool = True
    next_run_at: datetime | None = None
    not_started: int = 0
    too_deep: int = 0
    not_started_since: datetime | None = None
    updated_at: datetime = Field(default_factory=utcnow, sa_column_kwargs=_TOUCHED)


class PlanVersion(TenantOwned, table=True):
    """The steps of a plan as they are, or were: written once, and never changed. `digest` tells equal ones."""

    __table_args__ = (belongs_to("plan", "plan_id"), sa.UniqueConstraint("tenant_id", "plan_id", "digest"))

    plan_id: UUID
    digest: str = Field(max_length=64)
    steps: list[dict[str, object]] = Field(default_factory=list, sa_type=JSON_TYPE)  # type: ignore[arg-type]


class PlanRun(TenantOwned, table=True):
    """One run of a plan, with the steps that it began with, and a queue of its own, fair between tenants.

    `event_id` is the event that started it, `depth` how many runs it comes from, itself included (kernel/chain.py).
    `status` is `pending` until it ends; one under a lease is running.
    """

    __table_args__ = (
        belongs_to("plan", "plan_id"),
        belongs_to("plan_version", "version_id"),
        sa.Index("ix_plan_run_due", "due_at", sqlite_where=_PENDING, postgresql_where=_PENDING),
        sa.Index(
            "ix_plan_run_tenant_due", "tenant_id", "due_at", sqlite_where=_PENDING, postgresql_where=_PENDING
        ),
        sa.Index("ix_plan_run_plan", "tenant_id", "plan_id", "id"),
        sa.Index(
            "ix_plan_run_waiting",
            "tenant_id",
            "plan_id",
            "trigger",
            sqlite_where=_PENDING,
            postgresql_where=_PENDING,
        ),
        sa.Index("ix_plan_run_version", "tenant_id", "version_id"),
    )

    plan_id: UUID
    version_id: UUID
    trigger: str = Field(max_length=16)
    input: dict[str, object] = Field(default_factory=dict, sa_type=JSON_TYPE)  # type: ignore[arg-type]
    event_id: UUID | None = None
    depth: int = 1
    status: str = Field(default="pending", max_length=16)
    position: int = 0
    cancelling: bool = False
    # Since its last step: a run that never gets through one is not begun for ever.
    starts: int = 0
    error: str = Field(default="", max_length=500)
    started_by: str = Field(default="", max_length=100)
    due_at: datetime = Field(default_factory=utcnow)
    lease: UUID | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None


class PlanRunStep(TenantOwned, table=True):
    """A step of a run: its last execution, and its output, which later steps refer to."""

    __table_args__ = (
        belongs_to("plan_run", "run_id"),
        sa.UniqueConstraint("tenant_id", "run_id", "position"),
    )

    run_id: UUID
    position: int
    step: str = Field(max_length=64)
    status: str = Field(max_length=16)
    attempts: int = 0
    execution_id: UUID | None = None
    output: str | None = Field(default=None, sa_type=sa.Text)
    error: str = Field(default="", max_length=500)
    started_at: datetime | None = None
    finished_at: datetime | None = None
