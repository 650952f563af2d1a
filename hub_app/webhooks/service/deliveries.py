"""Deliveries: their history, and sending one again."""

from datetime import timedelta
from typing import get_args
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from hub_app.kernel import audit, db, paging, rows
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Conflict
from hub_app.kernel.ids import lowest_at
from hub_app.kernel.settings import get_settings
from hub_app.webhooks.delivery import payload
from hub_app.webhooks.schemas import AttemptOut, DeliveryDetail, DeliveryFilter, DeliveryOut, DeliveryStatus
from hub_app.webhooks.service.endpoints import READ, WRITE
from hub_app.webhooks.tables import Event, WebhookAttempt, WebhookDelivery, WebhookEndpoint

# As they are kept: what is being delivered is pending, under a lease.
_STATUSES = [status for status in get_args(DeliveryStatus) if status != "delivering"]


async def list_deliveries(
    actor: Actor, endpoint_id: UUID, chosen: DeliveryFilter, page: paging.PageRequest
) -> paging.Slice[WebhookDelivery]:
    """An endpoint's deliveries, newest first."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    statement = select(WebhookDelivery).where(WebhookDelivery.endpoint_id == endpoint_id)
    async with db.read(actor.tenant_id) as session:
        await rows.get(session, WebhookEndpoint, endpoint_id)
        newest_first = paging.newest_first(WebhookDelivery.id)
        return await paging.fetch(
            session, _filtered(statement, chosen), newest_first, page, each=_open_statuses(chosen)
        )


async def get_delivery(actor: Actor, delivery_id: UUID) -> DeliveryDetail:
    """A delivery with its attempts, oldest first, and the body as it is sent."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    async with db.read(actor.tenant_id) as session:
        delivery = await rows.get(session, WebhookDelivery, delivery_id)
        event = (await session.exec(select(Event).where(Event.id == delivery.event_id))).one()
        made = await session.exec(
            select(WebhookAttempt)
            .where(WebhookAttempt.delivery_id == delivery_id)
            .order_by(col(WebhookAttempt.id))
        )
        attempts = [attempt_out(attempt) for attempt in made]
    return DeliveryDetail(
        **delivery_out(delivery).model_dump(),
        attempts_made=attempts,
        payload=payload.of_event(event.type, event.created_at, event.payload).decode(),
    )


async def resend(actor: Actor, delivery_id: UUID) -> DeliveryOut:
    """Send a delivery again, now: a new attempt of the same message, with the whole retry policy before it."""
    actor.require(Role.ENGINEER, WRITE)
    async with db.begin(actor.tenant_id) as session:
        delivery = await rows.get(session, WebhookDelivery, delivery_id, lock=True)
        if status_of(delivery) == "delivering":
            raise Conflict("This delivery is being sent right now. Wait for the response, then resend.")
        endpoint = await rows.get(session, WebhookEndpoint, delivery.endpoint_id)
        if not endpoint.enabled:
            raise Conflict("This endpoint is off. Turn it on, then resend.")
        event = await rows.get(session, Event, delivery.event_id)
        if event.erased_at is not None:
            raise Conflict("The data of this event was erased, so there is nothing to send.")
        now = utcnow()
        delivery.status, delivery.trigger, delivery.tries = "pending", "manual", 0
        delivery.due_at, delivery.finished_at = now, None
        delivery.expires_at = now + timedelta(hours=get_settings().webhook_delivery_ttl_hours)
        session.add(delivery)
        db.notify(session, "deliveries")
        db.notify(session, f"deliveries:{delivery.endpoint_id}")
        await audit.act(
            session,
            actor,
            "webhook.delivery.resent",
            delivery,
            endpoint=endpoint.name,
            event_type=delivery.event_type,
        )
    return delivery_out(delivery)


def status_of(delivery: WebhookDelivery) -> DeliveryStatus:
    """What people call its state: a pending delivery under a lease that still holds is being delivered."""
    if delivery.status == "pending" and delivery.lease is not None and delivery.due_at > utcnow():
        return "delivering"
    return delivery.status  # type: ignore[return-value]


def delivery_out(delivery: WebhookDelivery) -> DeliveryOut:
    status = status_of(delivery)
    return DeliveryOut(
        id=delivery.id,
        endpoint_id=delivery.endpoint_id,
        event_id=delivery.event_id,
        event_type=delivery.event_type,
        status=status,
        attempts=delivery.attempts,
        trigger=delivery.trigger,
        next_attempt_at=delivery.due_at if status == "pending" else None,
        status_code=delivery.status_code,
        error_kind=delivery.error_kind,
        duration_ms=delivery.duration_ms,
        created_at=delivery.created_at,
        finished_at=delivery.finished_at,
    )


def attempt_out(attempt: WebhookAttempt) -> AttemptOut:
    return AttemptOut.model_validate(attempt, from_attributes=True)


def _filtered(
    statement: SelectOfScalar[WebhookDelivery], chosen: DeliveryFilter
) -> SelectOfScalar[WebhookDelivery]:
    leased = col(WebhookDelivery.lease).is_not(None)
    if chosen.status == "delivering":
        statement = statement.where(
            WebhookDelivery.status == "pending", leased, col(WebhookDelivery.due_at) > utcnow()
        )
    elif chosen.status == "pending":
        statement = statement.where(
            WebhookDelivery.status == "pending", or_(~leased, col(WebhookDelivery.due_at) <= utcnow())
        )
    elif chosen.status is not None:
        statement = statement.where(WebhookDelivery.status == chosen.status)
    if chosen.type is not None:
        statement = statement.where(WebhookDelivery.event_type == chosen.type)
    # Ids grow with time, and have the index.
    if chosen.since is not None:
        statement = statement.where(col(WebhookDelivery.id) >= lowest_at(chosen.since))
    if chosen.until is not None:
        statement = statement.where(col(WebhookDelivery.id) < lowest_at(chosen.until))
    return statement


def _open_statuses(chosen: DeliveryFilter) -> list[ColumnElement[bool]] | None:
    """Every status, where a type is chosen and none of them: the index of types has the status before the id."""
    if chosen.type is None or chosen.status is not None:
        return None
    return [col(WebhookDelivery.status) == status for status in _STATUSES]
