"""What has had its time is deleted: events with their deliveries and attempts, keys, secrets, roll-ups."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import tuple_
from sqlmodel import col, delete, select

from hub_app.kernel import db
from hub_app.kernel.clock import utcnow
from hub_app.kernel.ids import lowest_at
from hub_app.kernel.settings import get_settings
from hub_app.webhooks.tables import Event, EventKey, WebhookEndpoint, WebhookHour, WebhookSecret

EVERY = timedelta(hours=1)
_CHUNK = 500
_ROLL_UPS = timedelta(days=90)


async def clean_up() -> None:
    """Delete what is past its time, in small transactions that hold nobody up."""
    now = utcnow()
    async with db.system("outdated keys, secrets and roll-ups are deleted", write=True) as session:
        await session.exec(delete(EventKey).where(col(EventKey.expires_at) < now))
        await session.exec(delete(WebhookSecret).where(col(WebhookSecret.expires_at) < now))
        await session.exec(delete(WebhookHour).where(col(WebhookHour.hour) < now - _ROLL_UPS))
    oldest = lowest_at(now - timedelta(days=get_settings().webhook_retention_days))
    async with db.system("whose events may be old?") as session:
        tenants = (await session.exec(select(WebhookEndpoint.tenant_id).distinct())).all()
    for tenant_id in tenants:
        while await _delete_events(tenant_id, oldest):
            pass


async def _delete_events(tenant_id: UUID, oldest: UUID) -> bool:
    """Delete a chunk of a tenant's events with smaller ids than `oldest`; whether there may be more."""
    old = (
        select(Event.tenant_id, Event.id)
        .where(Event.tenant_id == tenant_id, col(Event.id) < oldest)
        .order_by(col(Event.id))
        .limit(_CHUNK)
    )
    async with db.system("old events are deleted", write=True) as session:
        gone = await session.exec(delete(Event).where(tuple_(col(Event.tenant_id), col(Event.id)).in_(old)))
    return gone.rowcount == _CHUNK
