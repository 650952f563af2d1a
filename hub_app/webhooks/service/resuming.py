"""Webhooks of a tenant that was suspended and is active again."""

from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import bulk, db, suspension
from hub_app.kernel.clock import utcnow
from hub_app.kernel.queue import PENDING
from hub_app.webhooks.tables import WebhookDelivery, WebhookEndpoint


async def resumed(session: AsyncSession, tenant_id: UUID, away: timedelta) -> None:
    """Make due what is parked. No delivery has lived, and no endpoint has failed, for the time that its tenant was away."""
    of_tenant = select(WebhookEndpoint.id).where(WebhookEndpoint.tenant_id == tenant_id)
    due_at = col(WebhookDelivery.due_at)
    await session.exec(
        update(WebhookDelivery)
        # By the endpoints: an index leads to what is pending of each.
        .where(
            col(WebhookDelivery.tenant_id) == tenant_id,
            col(WebhookDelivery.endpoint_id).in_(of_tenant),
            col(WebhookDelivery.status) == PENDING,
        )
        .values(
            due_at=sa.case((due_at == suspension.PARKED, utcnow()), else_=due_at),
            expires_at=bulk.later(session, WebhookDelivery.expires_at, away),
        )
        .execution_options(synchronize_session=False)
    )
    await session.exec(
        update(WebhookEndpoint)
        .where(col(WebhookEndpoint.tenant_id) == tenant_id, col(WebhookEndpoint.failing_since).is_not(None))
        .values(
            failing_since=bulk.later(session, WebhookEndpoint.failing_since, away),
            updated_at=col(WebhookEndpoint.updated_at),
        )
        .execution_options(synchronize_session=False)
    )
    db.notify(session, "endpoints")
    db.notify(session, "deliveries")
