"""Deliveries as operators see them: whose endpoints they are for, and sending all of a tenant again that failed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import audit, backlogs, db, jobs
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.backlogs import Backlog
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Conflict
from hub_app.kernel.jobs import Run
from hub_app.kernel.queue import words
from hub_app.webhooks.service import deliveries, recovery
from hub_app.webhooks.service.endpoints import WRITE
from hub_app.webhooks.tables import WebhookDelivery, WebhookEndpoint

RETRY = "webhooks.retry_failed"
RETRY_TITLE = "Resend failed deliveries of all endpoints"
_FAILED = ("failed", "expired")
_CHUNK = 500
_UNDER_WAY = "Failed deliveries of this tenant are being resent already. Wait for that job to finish."


async def retry_failed(actor: Actor, since: datetime) -> str:
    """Start the job that sends every delivery again that failed since then; in words, that it has begun. Conflict when there
    is none whose endpoint is on, or such a job is under way.
    """
    actor.require(Role.ENGINEER, WRITE)
    until = utcnow()
    async with db.begin(actor.tenant_id) as session:
        if not await _next(session, since, until):
            raise Conflict("No delivery of this tenant failed in this period, to an endpoint that is on.")
        await jobs.require_alone(session, RETRY, _UNDER_WAY)
        backlogs.start(session, actor, RETRY, since, until, href="/webhooks/endpoints")
        await audit.record(
            session, actor, "webhook.deliveries_resent", summary={"failed_since": since.isoformat()}
        )
    return "A job of the tenant sends them again."


async def resend_failed(run: Run) -> str:
    """The job's work: chunk after chunk, in the order in which they failed."""
    since, until = backlogs.period(run)
    more = True
    while more:
        async with run.step() as session:
            found = await _next(session, since, until, run.checkpoint)
            run.done += await recovery.make_due(session, [delivery_id for _, delivery_id in found])
            if found:
                backlogs.reach(run, *found[-1])
            more = len(found) == _CHUNK
    return recovery.sent_again(run.done)


async def _next(
    session: AsyncSession, since: datetime, until: datetime, reached: Mapping[str, object] | None = None
) -> Sequence[tuple[datetime, UUID]]:
    """When the next deliveries of the session's tenant failed, and their ids. Those of endpoints that are off are left out."""
    failed_at, delivery_id = col(WebhookDelivery.finished_at), col(WebhookDelivery.id)
    on = select(WebhookEndpoint.id).where(col(WebhookEndpoint.enabled).is_(True))
    statement = select(failed_at, delivery_id).where(
        col(WebhookDelivery.status).in_(words(*_FAILED)),
        failed_at > since,
        failed_at <= until,
        col(WebhookDelivery.endpoint_id).in_(on),
        *backlogs.beyond(failed_at, delivery_id, reached),
    )
    found = await session.exec(statement.order_by(failed_at, delivery_id).limit(_CHUNK))
    return [(at, one) for at, one in found.all() if at is not None]


async def _whose(session: AsyncSession, endpoints: Sequence[UUID]) -> dict[UUID, UUID]:
    """The tenants of these endpoints."""
    wanted = select(WebhookEndpoint.id, WebhookEndpoint.tenant_id).where(
        col(WebhookEndpoint.id).in_(endpoints)
    )
    return dict((await session.exec(wanted)).all())


BACKLOG = Backlog(
    name="deliveries",
    label="Webhook deliveries",
    model=WebhookDelivery,
    failed=_FAILED,
    kind=WebhookDelivery.status,
    called={"failed": "Not delivered", "expired": "Expired before delivery"}.__getitem__,
    tries=WebhookDelivery.attempts,
    retry=deliveries.resend,
    retry_all=retry_failed,
    left_out="Deliveries to endpoints that are off, and of erased events, are not sent again.",
    order=1,
    partition="endpoint_id",
    tenants=_whose,
)
