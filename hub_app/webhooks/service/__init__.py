"""The use cases of webhooks. Each takes an Actor, checks it, does one transaction, audits and signals."""

from sqlmodel import col, func, select

from hub_app.kernel import db
from hub_app.kernel.actor import Actor
from hub_app.webhooks.tables import EventType, WebhookEndpoint

READ = "read:webhooks"


async def status(actor: Actor) -> dict[str, int]:
    """Counts for the tenant's status."""
    async with db.read(actor.tenant_id) as session:
        enabled = (
            select(func.count()).select_from(WebhookEndpoint).where(col(WebhookEndpoint.enabled).is_(True))
        )
        failing = (
            select(func.count())
            .select_from(WebhookEndpoint)
            .where(col(WebhookEndpoint.failing_since).is_not(None))
        )
        return {
            "endpoints": (await session.exec(select(func.count()).select_from(WebhookEndpoint))).one(),
            "endpoints_enabled": (await session.exec(enabled)).one(),
            "endpoints_failing": (await session.exec(failing)).one(),
            "event_types": (await session.exec(select(func.count()).select_from(EventType))).one(),
        }
