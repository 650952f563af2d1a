"""Tables of plans: what runs when, and what became of each run."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from hub_app.kernel.columns import json_column, time_of_change
from hub_app.kernel.leases import LeasedWork, due_indexes, operators_indexes
from hub_app.kernel.tenancy import TenantOwned, belongs_to

_PENDING = sa.text("status = 'pending'")
_KEYED = sa.text("key is not null")
_SCHEDULED = sa.text("next_run_at is not null")


class Plan(TenantOwned, table=True):
    """A saved sequence of action calls, and when it runs by itself: on a schedule, or on an event type.

    Its steps are those of `version_id`, one of its own versions (no foreign key: each would need the other one first).
    `not_started` counts what should have started it since `not_started_since` and did not, of which `too_deep` for having
    come from too many runs already; the others found too many waiting.
    """

    called = "Plan"

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
    updated_at: datetime = time_of_change()


class PlanVersion(TenantOwned, table=True):
    """The steps of a plan as they are, or were: written once, and never changed. `digest` tells equal ones."""

    __table_args__ = (belongs_to("plan", "plan_id"), sa.UniqueConstraint("tenant_id", "plan_id", "digest"))

    plan_id: UUID
    digest: str = Field(max_length=64)
    steps: list[dict[str, object]] = json_column(list)


class PlanRun(LeasedWork, table=True):
    """One run of a plan, with the steps that it began with.

    `event_id` is the event that started it, `depth` how many runs it comes from, itself included (kernel/chain.py). `key` is a
    digest of the idempotency key that it was started with.
    """

    called = "Run"

    __table_args__ = (
        belongs_to("plan", "plan_id"),
        belongs_to("plan_version", "version_id"),
        *due_indexes("plan_run"),
        *operators_indexes("plan_run"),
        sa.Index("ix_plan_run_plan", "tenant_id", "plan_id", "id"),
        sa.Index(
            "ix_plan_run_waiting",
            "tenant_id",
            "plan_id",
            "trigger",
            sqlite_where=_PENDING,
            postgresql_where=_PENDING,
        ),
        sa.Index(
            "ix_plan_run_key",
            "tenant_id",
            "plan_id",
            "key",
            sqlite_where=_KEYED,
            postgresql_where=_KEYED,
        ),
        sa.Index("ix_plan_run_version", "tenant_id", "version_id"),
        # Of those that have not ended: whose event is kept for them.
        sa.Index(
            "ix_plan_run_event", "tenant_id", "event_id", sqlite_where=_PENDING, postgresql_where=_PENDING
        ),
    )

    plan_id: UUID
    version_id: UUID
    trigger: str = Field(max_length=16)
    input: dict[str, object] = json_column(dict)
    event_id: UUID | None = None
    key: str | None = Field(default=None, max_length=64)
    depth: int = 1
    position: int = 0
    error: str = Field(default="", max_length=500)


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
