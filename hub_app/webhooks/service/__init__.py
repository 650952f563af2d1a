"""The use cases of webhooks. Each takes an Actor, checks it, does one transaction, audits and signals."""

from datetime import timedelta

from sqlmodel import col, func, or_, select

from hub_app.kernel import db
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.clock import utcnow
from hub_app.kernel.search import Found
from hub_app.webhooks.delivery.store import QUEUE
from hub_app.webhooks.tables import EventType, WebhookEndpoint

READ = "read:webhooks"
_LATE = timedelta(minutes=2)


async def health() -> tuple[bool, str]:
    """Whether deliveries are sent when they are due."""
    async with db.system("is the queue of deliveries served?") as session:
        due = await QUEUE.next_due(session)
    if due is not None and utcnow() - due > _LATE:
        return False, "Deliveries that are due have waited for more than two minutes."
    return True, "Deliveries are sent when they are due."


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


async def search(actor: Actor, text: str, limit: int) -> list[Found]:
    """Endpoints whose name or host contains this text, in alphabetical order."""
    if not actor.may(Role.CUSTOMER_VIEWER, READ):
        return []
    matches = or_(
        col(WebhookEndpoint.name).icontains(text, autoescape=True),
        col(WebhookEndpoint.origin).icontains(text, autoescape=True),
    )
    async with db.read(actor.tenant_id) as session:
        statement = select(WebhookEndpoint).where(matches).order_by(col(WebhookEndpoint.name)).limit(limit)
        found = (await session.exec(statement)).all()
    return [Found(one.name, "Endpoint", f"/webhooks/endpoints/{one.id}") for one in found]
