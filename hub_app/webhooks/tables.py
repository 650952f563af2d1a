"""Tables of webhooks: what to send where, and what became of it."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from hub_app.kernel.columns import json_column, time_of_change
from hub_app.kernel.leases import operators_indexes
from hub_app.kernel.tenancy import TenantOwned, TenantScoped, belongs_to
from hub_app.kernel.vault import SealedType

_PENDING = sa.text("status = 'pending'")
_LEASED = sa.text("lease is not null")
_FAILED = sa.text("status in ('failed', 'expired')")


class WebhookEndpoint(TenantOwned, table=True):
    """A receiver. `url` and `headers` are sealed; `origin` (scheme and host) is what lists show. `failing_since` is when the
    first delivery failed after the last that succeeded. `turned_on_at` is None for one that was never
    off, and `depth` how many runs of plans its last being turned on comes from, where it does from any.
    """

    called = "Integration"

    # Whose an endpoint is, where its id alone is known.
    __table_args__ = (sa.Index("ix_webhook_endpoint_id", "id"),)

    name: str = Field(max_length=100)
    url: bytes = Field(default=b"", sa_type=SealedType)
    origin: str = Field(max_length=300)
    headers: bytes = Field(default=b"", sa_type=SealedType)
    enabled: bool = True
    events: list[str] = json_column(list)
    retry_policy: str = Field(max_length=16)
    rate_limit: int | None = None
    description: str = Field(default="", max_length=500)
    disabled_reason: str = Field(default="", max_length=300)
    failing_since: datetime | None = None
    turned_on_at: datetime | None = None
    depth: int | None = None
    updated_at: datetime = time_of_change()


class WebhookSecret(TenantOwned, table=True):
    """A signing secret. One without `expires_at` is in force; after a rotation the old one signs until then too."""

    __table_args__ = (
        belongs_to("webhook_endpoint", "endpoint_id"),
        sa.Index("ix_webhook_secret_endpoint", "tenant_id", "endpoint_id"),
    )

    endpoint_id: UUID
    secret: bytes = Field(default=b"", sa_type=SealedType)
    expires_at: datetime | None = Field(default=None, index=True)


class EventType(TenantOwned, table=True):
    """A kind of event: declared by someone, or seen at publishing and not described yet."""

    __table_args__ = (sa.UniqueConstraint("tenant_id", "name"),)

    name: str = Field(max_length=100)
    description: str = Field(default="", max_length=1000)
    declared: bool = False
    archived: bool = False
    updated_at: datetime = time_of_change()


class Event(TenantOwned, table=True):
    """Something that happened. `payload` is the JSON text exactly as it is delivered under `data`, `depth` how many runs of
    plans it comes from, where it does from any (kernel/chain.py). Since `erased_at` a mark stands in the payload's place.
    """

    __table_args__ = (sa.Index("ix_event_type", "tenant_id", "type", "id"),)

    type: str = Field(max_length=100)
    payload: str = Field(sa_type=sa.Text)
    idempotency_key: str | None = Field(default=None, max_length=200)
    depth: int | None = None
    erased_at: datetime | None = None


class EventKey(TenantScoped, table=True):
    """An idempotency key in force: publishing with it again gives the same event."""

    key: str = Field(primary_key=True, max_length=200)
    event_id: UUID
    expires_at: datetime = Field(index=True)


class WebhookDelivery(TenantOwned, table=True):
    """An event on its way to an endpoint, and the queue itself.

    Claiming moves `due_at` to the lease's end and sets `lease`; `status` stays `pending`, so that a lease that
    runs out is due again without anybody's help. `delivering` is what people call a pending row under lease.
    """

    called = "Delivery"

    __table_args__ = (
        belongs_to("webhook_endpoint", "endpoint_id"),
        belongs_to("event", "event_id"),
        sa.Index("ix_webhook_delivery_due", "due_at", sqlite_where=_PENDING, postgresql_where=_PENDING),
        sa.Index(
            "ix_webhook_delivery_endpoint_due",
            "endpoint_id",
            "due_at",
            sqlite_where=_PENDING,
            postgresql_where=_PENDING,
        ),
        sa.Index("ix_webhook_delivery_endpoint", "tenant_id", "endpoint_id", "id"),
        sa.Index("ix_webhook_delivery_status", "tenant_id", "endpoint_id", "status", "id"),
        sa.Index("ix_webhook_delivery_type", "tenant_id", "endpoint_id", "event_type", "status", "id"),
        sa.Index(
            "ix_webhook_delivery_leased",
            "tenant_id",
            "endpoint_id",
            "id",
            sqlite_where=_LEASED,
            postgresql_where=_LEASED,
        ),
        sa.Index("ix_webhook_delivery_event", "tenant_id", "event_id"),
        *operators_indexes("webhook_delivery", _FAILED, leased=False),
    )

    endpoint_id: UUID
    event_id: UUID
    event_type: str = Field(max_length=100)
    status: str = Field(default="pending", max_length=16)
    attempts: int = 0
    # Attempts that used up the retry policy: tests, resends and replays of a settled delivery start it anew.
    tries: int = 0
    trigger: str = Field(default="schedule", max_length=16)
    due_at: datetime
    lease: UUID | None = None
    expires_at: datetime
    status_code: int | None = None
    error_kind: str = Field(default="", max_length=24)
    duration_ms: int | None = None
    finished_at: datetime | None = None


class WebhookAttempt(TenantOwned, table=True):
    """One request to the receiver, and what it answered: the headers and the first 4 KiB of the body."""

    __table_args__ = (
        belongs_to("webhook_delivery", "delivery_id"),
        sa.Index("ix_webhook_attempt_delivery", "tenant_id", "delivery_id", "id"),
    )

    delivery_id: UUID
    number: int
    trigger: str = Field(max_length=16)
    started_at: datetime
    duration_ms: int
    status_code: int | None = None
    error_kind: str = Field(default="", max_length=24)
    error_detail: str = Field(default="", max_length=300)
    response_headers: dict[str, str] = json_column(dict)
    response_body: str = Field(default="", sa_type=sa.Text)


class WebhookHour(TenantScoped, table=True):
    """Attempts per endpoint and hour, by outcome and by duration: what charts and success rates are made of.

    `upto_N` counts attempts that took at most N milliseconds and more than the step before.
    """

    endpoint_id: UUID = Field(primary_key=True)
    hour: datetime = Field(primary_key=True, index=True)
    succeeded: int = 0
    retried: int = 0
    failed: int = 0
    upto_25: int = 0
    upto_50: int = 0
    upto_100: int = 0
    upto_250: int = 0
    upto_500: int = 0
    upto_1000: int = 0
    upto_2500: int = 0
    upto_5000: int = 0
    upto_10000: int = 0
    upto_30000: int = 0
    upto_300000: int = 0
