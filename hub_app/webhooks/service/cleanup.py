"""What has had its time is deleted: events with their deliveries and attempts, keys, secrets, roll-ups."""

from datetime import timedelta

from sqlmodel import col

from hub_app.kernel import cleaning
from hub_app.kernel.clock import utcnow
from hub_app.kernel.ids import lowest_at
from hub_app.kernel.settings import get_settings
from hub_app.webhooks.tables import Event, EventKey, WebhookHour, WebhookSecret

EVERY = timedelta(hours=1)
_ROLL_UPS = timedelta(days=90)


async def clean_up() -> None:
    """Delete what is past its time."""
    now = utcnow()
    await cleaning.delete_below(col(EventKey.expires_at), now)
    await cleaning.delete_below(col(WebhookSecret.expires_at), now)
    await cleaning.delete_below(col(WebhookHour.hour), now - _ROLL_UPS)
    oldest = lowest_at(now - timedelta(days=get_settings().webhook_retention_days))
    await cleaning.delete_below(col(Event.id), oldest)
