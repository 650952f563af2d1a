"""Events: publishing (the outbox) and looking back at what was published.

Publishing writes each event and its deliveries in the publisher's transaction: nothing is sent before the commit, and
nothing committed is lost.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypedDict
from uuid import UUID

import orjson
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import defer
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import bulk, chain, db, event_listeners, paging
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import FieldError, Invalid, NotFound, TooLarge
from hub_app.kernel.group import GroupCommit
from hub_app.kernel.ids import new_id
from hub_app.kernel.settings import get_settings
from hub_app.webhooks.schemas import EventDetail, EventIn
from hub_app.webhooks.service import keys, subscriptions
from hub_app.webhooks.tables import Event, EventType, WebhookDelivery

READ = "read:events"
WRITE = "write:events"


@dataclass(frozen=True, slots=True)
class Draft:
    """An event ready to be written: its data as the JSON text that will be delivered, and how many runs it comes from."""

    type: str
    payload: str
    key: str | None
    # Of who publishes: it may be written by another one's task.
    depth: int = field(default_factory=chain.depth)


async def publish(actor: Actor, given: Sequence[EventIn]) -> list[UUID]:
    """Publish events in one transaction; their ids in order. A key used in the last 24 hours gives the id of then."""
    actor.require(Role.ENGINEER, WRITE)
    drafts = [draft(event) for event in given]
    try:
        return await _commit(actor.tenant_id, drafts)
    except IntegrityError:
        # An endpoint went away between the cache and the commit: once more, with a fresh look.
        subscriptions.forget()
        return await _commit(actor.tenant_id, drafts)


async def _commit(tenant_id: UUID, drafts: Sequence[Draft]) -> list[UUID]:
    if len(drafts) == 1:
        return [await _singles.submit(tenant_id, drafts[0])]
    async with db.begin(tenant_id) as session:
        return await write(session, drafts)


async def write(session: AsyncSession, drafts: Sequence[Draft]) -> list[UUID]:
    """Write events and their deliveries in the open transaction, and let capabilities hear of them; also how Hub's own
    use cases publish.
    """
    now = utcnow()
    known = await subscriptions.of_tenant(session)
    await _settle_types(session, known, drafts, now)
    ids = await keys.assign(session, [one.key for one in drafts], now)
    fresh = [(one, given.id) for one, given in zip(drafts, ids, strict=True) if given.fresh]
    await bulk.insert(session, Event, [event_row(one, event_id, now) for one, event_id in fresh])
    deliveries = [
        delivery_row(endpoint, event_id, one.type, now)
        for one, event_id in fresh
        for endpoint in known.receivers(one.type)
    ]
    await bulk.insert(session, WebhookDelivery, deliveries)
    if deliveries:
        db.notify(session, "deliveries")
        for endpoint in {row["endpoint_id"] for row in deliveries}:
            db.notify(session, f"deliveries:{endpoint}")
    await event_listeners.tell(
        session,
        [event_listeners.Published(event_id, one.type, one.payload, one.depth) for one, event_id in fresh],
    )
    return [given.id for given in ids]


async def list_events(
    actor: Actor, page: paging.PageRequest, *, event_type: str | None
) -> paging.Slice[Event]:
    """Newest first, without their data."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    # What was published can have a MiB each.
    statement = select(Event).options(defer(Event.payload))  # type: ignore[arg-type]
    if event_type:
        statement = statement.where(Event.type == event_type)
    async with db.read(actor.tenant_id) as session:
        return await paging.fetch(session, statement, paging.newest_first(Event.id), page)


async def type_names(actor: Actor) -> list[str]:
    """The event types in use, in alphabetical order; archived ones are left out."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    async with db.read(actor.tenant_id) as session:
        known = await subscriptions.of_tenant(session)
    return sorted(name for name, archived in known.types.items() if not archived)


async def get_event(actor: Actor, event_id: UUID) -> EventDetail:
    actor.require(Role.CUSTOMER_VIEWER, READ)
    async with db.read(actor.tenant_id) as session:
        event = (await session.exec(select(Event).where(Event.id == event_id))).one_or_none()
    if event is None:
        raise NotFound("Event not found")
    return EventDetail(
        id=event.id,
        type=event.type,
        created_at=event.created_at,
        data=json.loads(event.payload),  # orjson makes floats of large integers.
        idempotency_key=event.idempotency_key,
    )


async def as_document(session: AsyncSession, event_id: UUID) -> str:
    """An event as plans' steps see it, JSON text of `id`, `type` and `data`; "" when it is no longer kept."""
    statement = select(Event.type, Event.payload).where(Event.id == event_id)
    found = (await session.exec(statement)).one_or_none()
    # The data is put in as it stands.
    return f'{{"id":"{event_id}","type":{json.dumps(found[0])},"data":{found[1]}}}' if found else ""


async def depth_of(session: AsyncSession, event_id: UUID) -> int:
    """How many runs an event comes from; 0 when it is no longer kept."""
    return (await session.exec(select(Event.depth).where(Event.id == event_id))).one_or_none() or 0


def draft(event: EventIn) -> Draft:
    """An accepted event's type and data, as they will be written; TooLarge over the payload limit."""
    limit = get_settings().webhook_max_payload_size_kb
    try:
        payload = orjson.dumps(event.data).decode()
    except TypeError:
        # orjson stops at 64-bit integers; JSON does not.
        payload = json.dumps(event.data, separators=(",", ":"), ensure_ascii=False)
    if len(payload.encode()) > limit * 1024:
        raise TooLarge(f"The event's data is larger than {limit} KB. Send a reference instead of the whole.")
    return Draft(event.type, payload, event.idempotency_key)


async def _settle_types(
    session: AsyncSession, known: subscriptions.Subscriptions, drafts: Sequence[Draft], now: datetime
) -> None:
    """Register types seen for the first time; refuse archived ones."""
    names = {one.type for one in drafts}
    archived = sorted(name for name in names if known.types.get(name))
    if archived:
        raise Invalid([FieldError("type", f"'{name}' is archived") for name in archived])
    unseen = sorted(names - known.types.keys())
    if unseen:
        rows = [
            {
                "id": new_id(),
                "name": name,
                "description": "",
                "declared": False,
                "archived": False,
                "created_at": now,
                "updated_at": now,
            }
            for name in unseen
        ]
        await bulk.insert_missing(session, EventType, rows)
        db.notify(session, "endpoints")


_singles = GroupCommit(write)


class DeliveryRow(TypedDict):
    """The columns of a new delivery."""

    id: UUID
    created_at: datetime
    endpoint_id: UUID
    event_id: UUID
    event_type: str
    status: str
    attempts: int
    tries: int
    trigger: str
    due_at: datetime
    lease: UUID | None
    expires_at: datetime
    error_kind: str


def event_row(one: Draft, event_id: UUID, now: datetime) -> bulk.Row:
    """The columns of a new event."""
    return {
        "id": event_id,
        "created_at": now,
        "type": one.type,
        "payload": one.payload,
        "idempotency_key": one.key,
        "depth": one.depth or None,
    }


def delivery_row(endpoint: UUID, event_id: UUID, event_type: str, now: datetime) -> DeliveryRow:
    """The columns of a delivery that is due now."""
    return {
        "id": new_id(),
        "created_at": now,
        "endpoint_id": endpoint,
        "event_id": event_id,
        "event_type": event_type,
        "status": "pending",
        "attempts": 0,
        "tries": 0,
        "trigger": "schedule",
        "due_at": now,
        "lease": None,
        "expires_at": now + timedelta(hours=get_settings().webhook_delivery_ttl_hours),
        "error_kind": "",
    }
