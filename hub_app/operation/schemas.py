"""What goes in and out of operation."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel

from hub_app.kernel.fields import Input, Moment


class Check(BaseModel):
    """One part of the installation. `detail` is a sentence for operators, empty for others: what to do is theirs."""

    ok: bool
    detail: str


class Health(BaseModel):
    """`checks` only for those who are signed in."""

    status: Literal["ok", "degraded"]
    checks: dict[str, Check] | None = None


class Status(BaseModel):
    """What the tenant has, counted, by capability."""

    integrations: dict[str, dict[str, int]]


class TenantStanding(BaseModel):
    """How much of a tenant's work waits, runs, and failed in the period. What waits of a suspended tenant is `on_hold` until the
    tenant is resumed, and not `waiting`. `due_since` is when the oldest that waits was due; null while none is.
    """

    tenant_id: UUID
    tenant_name: str
    waiting: int
    on_hold: int
    running: int
    failed: int
    due_since: datetime | None


class QueueOut(BaseModel):
    """A queue of all tenants together. `tenants` are those of which something waits, runs or failed, those that failed most
    first. `retry_leaves_out` says what retrying all of a tenant does not try again.
    """

    name: str
    label: str
    retry_leaves_out: str
    waiting: int
    on_hold: int
    running: int
    failed: int
    due_since: datetime | None
    tenants: list[TenantStanding]


class QueueFilter(Input):
    """What failed is counted from `since`; without it the last 24 hours are meant."""

    since: Moment | None = None


class FailureFilter(Input):
    """`since` is included; without it the last 24 hours are meant."""

    tenant_id: UUID | None = None
    since: Moment | None = None


class FailureOut(BaseModel):
    """Work that failed: whose, of what kind (`label` in words), when, and how often it was tried. What it is about is the
    tenant's.
    """

    tenant_id: UUID
    tenant_name: str
    id: UUID
    kind: str
    label: str
    failed_at: datetime
    tries: int


class RetryIn(Input):
    """All of a tenant that failed since a time: in the last 24 hours when none is given."""

    tenant_id: UUID
    since: Moment | None = None


class RetriedOut(BaseModel):
    """`detail` says what comes of it."""

    detail: str


class Readiness(BaseModel):
    """Whether this process can serve requests. `detail` is a sentence."""

    ready: bool
    detail: str


class Life(BaseModel):
    """This process answers."""

    status: Literal["ok"] = "ok"


class DatabaseOut(BaseModel):
    """`size` in bytes. `revision` is the schema that the database has, `expected` the one that this version needs."""

    kind: str
    version: str
    size: int
    revision: str
    expected: str


class ProcessOut(BaseModel):
    """A process of this installation that was heard of in the last minute."""

    role: str
    host: str
    pid: int
    started_at: datetime
    seen_at: datetime


class Installation(BaseModel):
    """The whole installation. `started_at` is when the process that answers began; `redis` is whether it uses Redis."""

    status: Literal["ok", "degraded"]
    checks: dict[str, Check]
    database: DatabaseOut
    redis: bool
    python: str
    started_at: datetime
    processes: list[ProcessOut]


TaskState = Literal["waiting", "running", "overdue"]


class TaskOut(BaseModel):
    """A periodic task. `last` is how its last run ended: null before the first. What went wrong is in Hub's log."""

    name: str
    about: str
    every_seconds: int
    state: TaskState
    due_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    last: Literal["succeeded", "failed", "stopped"] | None
