"""How endpoints fare, from the hourly roll-ups: never by counting deliveries."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from uuid import UUID

from sqlmodel import col, select

from hub_app.kernel import db
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.clock import utcnow
from hub_app.webhooks.delivery.store import DURATION_STEPS
from hub_app.webhooks.service import endpoints
from hub_app.webhooks.tables import WebhookDelivery, WebhookHour

COUNTED_AT_MOST = 10_000


def counted(number: int) -> str:
    """A number of deliveries that was counted up to COUNTED_AT_MOST, in words."""
    return f"{number:,} or more" if number >= COUNTED_AT_MOST else f"{number:,}"


@dataclass(frozen=True, slots=True)
class HourCount:
    """Attempts that started within an hour, by outcome."""

    hour: datetime
    succeeded: int = 0
    retried: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Fare:
    """An endpoint over the last 24 hours, each None without attempts: `success_rate` is 0..1, half of the attempts took at most
    `p50_ms` milliseconds, 95 % at most `p95_ms`.
    """

    hours: list[HourCount]
    attempts: int
    success_rate: float | None
    p50_ms: int | None
    p95_ms: int | None


async def fares(actor: Actor, endpoint_ids: Sequence[UUID]) -> dict[UUID, Fare]:
    """How each of these endpoints fared over the last 24 hours."""
    actor.require(Role.CUSTOMER_VIEWER, endpoints.READ)
    now = utcnow()
    since = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=23)
    async with db.read(actor.tenant_id) as session:
        rows = (
            await session.exec(
                select(WebhookHour).where(
                    col(WebhookHour.endpoint_id).in_(endpoint_ids), col(WebhookHour.hour) >= since
                )
            )
        ).all()
    return {one: _fare([r for r in rows if r.endpoint_id == one], since) for one in endpoint_ids}


async def last_deliveries(actor: Actor, endpoint_ids: Sequence[UUID]) -> dict[UUID, datetime]:
    """When each of these endpoints was last sent something new."""
    actor.require(Role.CUSTOMER_VIEWER, endpoints.READ)
    latest: dict[UUID, datetime] = {}
    async with db.read(actor.tenant_id) as session:
        for endpoint_id in endpoint_ids:
            statement = (
                select(WebhookDelivery.created_at)
                .where(WebhookDelivery.endpoint_id == endpoint_id)
                .order_by(col(WebhookDelivery.id).desc())
                .limit(1)
            )
            created = (await session.exec(statement)).first()
            if created is not None:
                latest[endpoint_id] = created
    return latest


async def count_deliveries(actor: Actor, endpoint_id: UUID) -> int:
    """How many deliveries an endpoint has; COUNTED_AT_MOST stands for that many or more."""
    actor.require(Role.CUSTOMER_VIEWER, endpoints.READ)
    some = select(WebhookDelivery.id).where(WebhookDelivery.endpoint_id == endpoint_id).limit(COUNTED_AT_MOST)
    async with db.read(actor.tenant_id) as session:
        return len((await session.exec(some)).all())


def _fare(rows: Sequence[WebhookHour], since: datetime) -> Fare:
    by_hour = {row.hour: row for row in rows}
    hours: list[HourCount] = []
    for step in range(24):
        hour = since + timedelta(hours=step)
        row = by_hour.get(hour)
        hours.append(HourCount(hour, row.succeeded, row.retried, row.failed) if row else HourCount(hour))
    succeeded = sum(h.succeeded for h in hours)
    attempts = succeeded + sum(h.retried + h.failed for h in hours)
    counts = [sum(_upto(row, step) for row in rows) for step in DURATION_STEPS]
    return Fare(
        hours=hours,
        attempts=attempts,
        success_rate=succeeded / attempts if attempts else None,
        p50_ms=at_most(counts, 0.50),
        p95_ms=at_most(counts, 0.95),
    )


def _upto(row: WebhookHour, step: int) -> int:
    return int(getattr(row, f"upto_{step}"))


def at_most(counts: Iterable[int], share: float) -> int | None:
    """The lowest step, in milliseconds, that `share` of the attempts did not exceed; None without attempts.

    Where in its step an attempt lies is not known. A value in between would be one that perhaps no attempt had.
    """
    counts = list(counts)
    wanted = sum(counts) * share
    for passed, step in zip(accumulate(counts), DURATION_STEPS, strict=True):
        if passed and passed >= wanted:
            return step
    return None
