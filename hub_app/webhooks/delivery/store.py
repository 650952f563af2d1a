"""Writing down what became of claimed deliveries: the delivery, its attempt, the hour's roll-up, the endpoint's health."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import bulk, db, suspension
from hub_app.kernel.clock import utcnow
from hub_app.kernel.queue import Claimed, Held, Queue
from hub_app.kernel.statements import Row, Writes
from hub_app.webhooks.delivery import payload
from hub_app.webhooks.delivery.claimed import ClaimedDelivery, Outcome, Result
from hub_app.webhooks.tables import Event, WebhookAttempt, WebhookDelivery, WebhookEndpoint, WebhookHour

_OF_EVENT = (
    "(select {} from event where event.tenant_id = {{table}}.tenant_id and event.id = {{table}}.event_id)"
)
QUEUE = Queue(
    table=WebhookDelivery.__table__,  # type: ignore[attr-defined]
    partition="endpoint_id",
    columns=(
        "tenant_id",
        "id",
        "lease",
        "endpoint_id",
        "event_id",
        "attempts",
        "tries",
        "trigger",
        "created_at",
        "expires_at",
    ),
    extra={
        name: (_OF_EVENT.format(sql), Event.__table__.c[column].type)  # type: ignore[attr-defined]
        for name, sql, column in (
            ("type", "type", "type"),
            ("published_at", "created_at", "created_at"),
            ("payload", f"case when length(payload) <= {payload.CARRIED} then payload end", "payload"),
        )
    },
)
DURATION_STEPS = (25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 300_000)
COUNTERS = ("succeeded", "retried", "failed", *(f"upto_{step}" for step in DURATION_STEPS))


def add(writes: Writes, results: Sequence[Result]) -> None:
    """Add what records results. Committing raises IntegrityError when a delivery was deleted meanwhile: `write` then."""
    tried = [(r, r.outcome) for r in results if r.outcome is not None]
    untried = [_delivery_row(r) for r in results if r.outcome is None]
    settled = [_delivery_row(r) | _outcome_columns(r, outcome) for r, outcome in tried]
    for rows in (untried, settled):
        writes.update(WebhookDelivery, rows, key=("lease",), clear=("lease",))
    # A turn whose commit was not answered is done again.
    writes.insert(WebhookAttempt, [_attempt_row(r, outcome) for r, outcome in tried], missing=True)
    writes.add_up(WebhookHour, _hours(tried), counters=COUNTERS)


def topics(results: Sequence[Result]) -> set[str]:
    """Who waits to hear of these results."""
    return {f"deliveries:{r.delivery.endpoint_id}" for r in results}


def is_parked(result: Result) -> bool:
    """Whether a delivery waits for its endpoint to be turned on, or its tenant to be resumed: only `write` can record that."""
    return result.outcome is None and result.status == "pending"


async def write(session: AsyncSession, results: Sequence[Result]) -> None:
    """Record, in the open system transaction, the results whose deliveries are still there."""
    # Tenants, deliveries, endpoints: whoever resumes a tenant locks them in this order too.
    parked = {r.delivery.held.tenant_id for r in results if is_parked(r)}
    suspended = await suspension.confirmed(session, parked) if parked else set[UUID]()
    keys = [(r.delivery.held.tenant_id, r.delivery.held.id) for r in results]
    there = await bulk.select_by_key(session, WebhookDelivery, keys, ["id"], lock=True)
    left = [r for r in results if r.delivery.held.id in there]
    left = await _due_where_on_again(session, left, suspended)
    writes = bulk.writes_of(session)
    add(writes, left)
    await bulk.run(session, writes)
    for topic in topics(left):
        db.notify(session, topic)


def delivery_of(row: Claimed) -> ClaimedDelivery:
    """A claimed row, ready to be sent."""
    return ClaimedDelivery(
        held=Held(row["tenant_id"], row["id"], row["lease"]),
        endpoint_id=row["endpoint_id"],
        event_id=row["event_id"],
        attempts=row["attempts"],
        tries=row["tries"],
        trigger=row["trigger"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        payload=payload.carried(row["type"], row["published_at"], row["payload"]),
    )


async def payload_of(delivery: ClaimedDelivery) -> bytes | None:
    """What is to be sent; None when the event, and the delivery with it, is gone."""
    if delivery.payload is not None:
        return delivery.payload
    async with db.begin(delivery.held.tenant_id) as session:
        event = await session.get(Event, (delivery.held.tenant_id, delivery.event_id))
        return event and payload.of_event(event.type, event.created_at, event.payload)


async def mark_failing(session: AsyncSession, endpoint: tuple[UUID, UUID], since: datetime | None) -> None:
    """Remember since when an endpoint (tenant_id, id) fails everything, or that it works again."""
    await session.exec(
        update(WebhookEndpoint)
        .where(col(WebhookEndpoint.tenant_id) == endpoint[0], col(WebhookEndpoint.id) == endpoint[1])
        .values(failing_since=since, updated_at=WebhookEndpoint.updated_at)
        .execution_options(synchronize_session=False)
    )


async def _due_where_on_again(
    session: AsyncSession, results: Sequence[Result], suspended: set[UUID]
) -> Sequence[Result]:
    """The results; a delivery put aside for an endpoint that was turned on since, or a tenant that was resumed, is due now."""
    parked = {
        r.delivery.endpoint for r in results if is_parked(r) and r.delivery.held.tenant_id not in suspended
    }
    if not parked:
        return results
    # Locked: whoever turns one on right now comes before this, or meets what is parked.
    endpoints = await bulk.select_by_key(session, WebhookEndpoint, parked, ["enabled"], lock=True)
    on = {endpoint_id for endpoint_id, endpoint in endpoints.items() if endpoint["enabled"]}
    if on:
        # Whoever still takes them for off looks again.
        db.notify(session, "endpoints")
    now = utcnow()
    return [replace(r, due_at=now) if is_parked(r) and r.delivery.endpoint_id in on else r for r in results]


def _delivery_row(result: Result) -> dict[str, object]:
    delivery = result.delivery
    return {
        "tenant_id": delivery.held.tenant_id,
        "id": delivery.held.id,
        "lease": delivery.held.lease,
        "status": result.status,
        "due_at": result.due_at,
        "finished_at": None if result.status == "pending" else result.due_at,
    }


def _outcome_columns(result: Result, outcome: Outcome) -> dict[str, object]:
    return {
        "attempts": result.delivery.attempts + 1,
        "tries": result.delivery.tries + 1,
        # A resend is one attempt by hand; what follows it is the schedule's again.
        "trigger": "schedule" if result.status == "pending" else result.delivery.trigger,
        "status_code": outcome.status_code,
        "error_kind": outcome.error_kind,
        "duration_ms": outcome.duration_ms,
    }


def _attempt_row(result: Result, outcome: Outcome) -> Row:
    return {
        "tenant_id": result.delivery.held.tenant_id,
        "id": result.attempt_id,
        "created_at": outcome.started_at,
        "delivery_id": result.delivery.held.id,
        "number": result.delivery.attempts + 1,
        "trigger": result.delivery.trigger,
        "started_at": outcome.started_at,
        "duration_ms": outcome.duration_ms,
        "status_code": outcome.status_code,
        "error_kind": outcome.error_kind,
        "error_detail": outcome.error_detail[:300],
        "response_headers": outcome.response_headers,
        "response_body": outcome.response_body,
    }


def _hours(tried: Sequence[tuple[Result, Outcome]]) -> list[Row]:
    hours: defaultdict[tuple[UUID, UUID, datetime], dict[str, int]] = defaultdict(
        lambda: dict.fromkeys(COUNTERS, 0)
    )
    for result, outcome in tried:
        hour = outcome.started_at.replace(minute=0, second=0, microsecond=0)
        counts = hours[(*result.delivery.endpoint, hour)]
        counts["succeeded" if outcome.ok else "retried" if result.status == "pending" else "failed"] += 1
        step = next((s for s in DURATION_STEPS if outcome.duration_ms <= s), DURATION_STEPS[-1])
        counts[f"upto_{step}"] += 1
    # In one order everywhere, so that two dispatchers wait for each other instead of locking up.
    return [
        {"tenant_id": tenant, "endpoint_id": endpoint, "hour": hour, **counts}
        for (tenant, endpoint, hour), counts in sorted(hours.items())
    ]
