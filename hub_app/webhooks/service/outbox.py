"""The outbox: an event and its deliveries are written in one transaction. Nothing is sent before the commit, and nothing
committed is lost.

Most events need nothing else in that transaction: those are written in one hop, and their deliveries are handed over to this
process's dispatcher as far as it has room.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypedDict
from uuid import UUID

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import bulk, chain, db, event_listeners
from hub_app.kernel.batch import Batch
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import FieldError, Invalid, TooLarge
from hub_app.kernel.ids import new_id
from hub_app.kernel.queue import Held
from hub_app.kernel.settings import get_settings
from hub_app.kernel.statements import Row
from hub_app.webhooks.delivery import handoff, payload
from hub_app.webhooks.delivery.claimed import ClaimedDelivery
from hub_app.webhooks.delivery.store import QUEUE
from hub_app.webhooks.schemas import EventIn
from hub_app.webhooks.service import idempotency, subscriptions
from hub_app.webhooks.service.subscriptions import Subscriptions
from hub_app.webhooks.tables import Event, EventType, WebhookDelivery


@dataclass(frozen=True, slots=True)
class Draft:
    """An event ready to be written: its data as the JSON text that will be delivered, and how many runs it comes from."""

    type: str
    payload: str
    key: str | None
    # Of who publishes: it may be written by another one's task.
    depth: int = field(default_factory=chain.depth)


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


async def commit(tenant_id: UUID, drafts: Sequence[Draft]) -> list[UUID]:
    """Write events and their deliveries in a transaction of their own; their ids in order. Raises IntegrityError when an
    endpoint went away just now.
    """
    known = subscriptions.peek(tenant_id)
    if known is not None and _needs_nothing_else(tenant_id, known, drafts):
        return await _commit_in_one_hop(tenant_id, known, drafts)
    async with db.begin(tenant_id) as session:
        return await write(session, drafts)


async def write(session: AsyncSession, drafts: Sequence[Draft]) -> list[UUID]:
    """Write events and their deliveries in the open transaction, and let capabilities hear of them; also how Hub's own
    use cases publish.
    """
    now = utcnow()
    known = await subscriptions.of_tenant(session)
    await _settle_types(session, known, drafts, now)
    ids = await idempotency.assign(session, [one.key for one in drafts], now)
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
    await event_listeners.notify(
        session,
        [event_listeners.Published(event_id, one.type, one.payload, one.depth) for one, event_id in fresh],
    )
    return [given.id for given in ids]


def _needs_nothing_else(tenant_id: UUID, known: Subscriptions, drafts: Sequence[Draft]) -> bool:
    """Whether no key is to be claimed, no type to be registered or refused, and nobody listens."""
    if any(one.key is not None for one in drafts):
        return False
    types = {one.type for one in drafts}
    # False: known, and not archived.
    if any(known.types.get(name, True) for name in types):
        return False
    return not event_listeners.wanted(tenant_id, types)


async def _commit_in_one_hop(tenant_id: UUID, known: Subscriptions, drafts: Sequence[Draft]) -> list[UUID]:
    now = utcnow()
    ids = [new_id() for _ in drafts]
    batch = Batch(tenant_id)
    batch.insert(Event, [event_row(one, id_, now) for one, id_ in zip(drafts, ids, strict=True)])
    receivers = {name: known.receivers(name) for name in {one.type for one in drafts}}
    handed = _Handed(tenant_id, now)
    try:
        rows = [
            handed.row(endpoint, event_id, one)
            for one, event_id in zip(drafts, ids, strict=True)
            for endpoint in receivers[one.type]
        ]
        batch.insert(WebhookDelivery, rows)
        if len(handed.deliveries) < len(rows):
            batch.notify("deliveries")
        for endpoint in {row["endpoint_id"] for row in rows}:
            batch.notify(f"deliveries:{endpoint}", soon=True)
        await batch.commit()
    except BaseException:
        handed.give_up()
        raise
    handed.hand_over()
    return ids


class _Handed:
    """The deliveries of one transaction that the dispatcher has room for: written as claimed by it."""

    def __init__(self, tenant_id: UUID, now: datetime) -> None:
        self.deliveries: list[ClaimedDelivery] = []
        self._taker = handoff.taker()
        self._tenant_id = tenant_id
        self._now = now
        self._lease = new_id()
        self._until = now + timedelta(seconds=QUEUE.lease_seconds)
        self._body: tuple[UUID, bytes | None] | None = None

    def row(self, endpoint: UUID, event_id: UUID, one: Draft) -> "NewDelivery":
        row = delivery_row(endpoint, event_id, one.type, self._now)
        if self._taker is not None and self._taker.reserve(endpoint):
            row["lease"], row["due_at"] = self._lease, self._until
            self.deliveries.append(self._claimed(row, one))
        return row

    def hand_over(self) -> None:
        if self._taker is None or not self.deliveries:
            return
        if self._until - utcnow() < timedelta(seconds=QUEUE.lease_seconds / 2):
            # The database kept us waiting. Whoever claims them once their lease runs out must be the only one to send them.
            self.give_up()
        else:
            self._taker.take(self.deliveries)

    def give_up(self) -> None:
        if self._taker is not None:
            for delivery in self.deliveries:
                self._taker.give_up(delivery.endpoint_id)

    def _claimed(self, row: "NewDelivery", one: Draft) -> ClaimedDelivery:
        if self._body is None or self._body[0] != row["event_id"]:
            self._body = (row["event_id"], payload.carried(one.type, self._now, one.payload))
        return ClaimedDelivery(
            held=Held(self._tenant_id, row["id"], self._lease),
            endpoint_id=row["endpoint_id"],
            event_id=row["event_id"],
            attempts=0,
            tries=0,
            trigger=row["trigger"],
            created_at=self._now,
            expires_at=row["expires_at"],
            payload=self._body[1],
        )


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


class NewDelivery(TypedDict):
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


def event_row(one: Draft, event_id: UUID, now: datetime) -> Row:
    """The columns of a new event."""
    return {
        "id": event_id,
        "created_at": now,
        "type": one.type,
        "payload": one.payload,
        "idempotency_key": one.key,
        "depth": one.depth or None,
    }


def delivery_row(endpoint: UUID, event_id: UUID, event_type: str, now: datetime) -> NewDelivery:
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
