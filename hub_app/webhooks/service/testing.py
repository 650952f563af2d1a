"""Test deliveries: one event to one endpoint, now, answered with what the receiver said."""

from datetime import timedelta
from uuid import UUID

from hub_app.kernel import audit, bulk, db, rows, underway
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import NotFound
from hub_app.kernel.ids import new_id
from hub_app.kernel.queue import Held
from hub_app.webhooks.delivery import payload, sending, store
from hub_app.webhooks.delivery.claimed import ClaimedDelivery
from hub_app.webhooks.schemas import DeliveryDetail, EventIn, TrialIn
from hub_app.webhooks.service import deliveries, endpoints, outbox
from hub_app.webhooks.tables import Event, WebhookDelivery, WebhookEndpoint

# Longer than any attempt may take: no dispatcher picks the delivery up meanwhile.
_LEASE = timedelta(minutes=10)


@underway.counted
async def send_test(actor: Actor, endpoint_id: UUID, given: TrialIn) -> DeliveryDetail:
    """Send an event to this endpoint alone, on or off, without retries; the delivery with its attempt."""
    actor.require(Role.ENGINEER, endpoints.WRITE)
    draft = outbox.draft(EventIn(type=given.type, data=given.data))
    now = utcnow()
    event_id, lease = new_id(), new_id()
    row = outbox.delivery_row(endpoint_id, event_id, draft.type, now)
    row["trigger"], row["lease"], row["due_at"] = "test", lease, now + _LEASE
    async with db.begin(actor.tenant_id) as session:
        endpoint = await rows.get(session, WebhookEndpoint, endpoint_id)
        await bulk.insert(session, Event, [outbox.event_row(draft, event_id, now)])
        await bulk.insert(session, WebhookDelivery, [row])
        await audit.act(
            session, actor, "webhook.endpoint.tested", endpoint, name=endpoint.name, event_type=draft.type
        )
    delivery = ClaimedDelivery(
        held=Held(actor.tenant_id, row["id"], lease),
        endpoint_id=endpoint_id,
        event_id=event_id,
        attempts=0,
        tries=0,
        trigger="test",
        created_at=now,
        expires_at=row["expires_at"],
        payload=payload.carried(draft.type, now, draft.payload),
    )
    result = await sending.test(delivery)
    if result is None:
        raise NotFound("Integration not found")
    async with db.system("a test delivery is recorded", write=True) as session:
        await store.write(session, [result])
    return await deliveries.get_delivery(actor, delivery.held.id)
