"""Sending many deliveries of an endpoint again, as a job: those that failed, or all, since a time."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, update
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from hub_app.kernel import audit, db, jobs
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Conflict
from hub_app.kernel.jobs import Run
from hub_app.kernel.settings import get_settings
from hub_app.kernel.tables import Job
from hub_app.webhooks.service import endpoints
from hub_app.webhooks.tables import WebhookDelivery

RECOVER = "webhooks.recover"
_FAILED = ("failed", "expired")
_SETTLED = ("succeeded", *_FAILED)
_CHUNK = 500


async def count(actor: Actor, endpoint_id: UUID, since: datetime, *, failed_only: bool) -> int:
    """How many deliveries `recover` would send again."""
    actor.require(Role.CUSTOMER_VIEWER, endpoints.READ)
    async with db.read(actor.tenant_id) as session:
        await endpoints.find(session, endpoint_id)
        return (await session.exec(_counted(endpoint_id, since, failed_only=failed_only))).one()


async def recover(actor: Actor, endpoint_id: UUID, since: datetime, *, failed_only: bool) -> Job:
    """Start the job that sends an endpoint's failed deliveries (or all) since a time again."""
    actor.require(Role.ENGINEER, endpoints.WRITE)
    async with db.begin(actor.tenant_id) as session:
        endpoint = await endpoints.find(session, endpoint_id)
        if not endpoint.enabled:
            raise Conflict("This endpoint is off. Turn it on, then resend.")
        total = (await session.exec(_counted(endpoint_id, since, failed_only=failed_only))).one()
        if not total:
            raise Conflict("There is nothing to send again since then.")
        what = "failed deliveries" if failed_only else "deliveries"
        job = jobs.start(
            session,
            actor,
            RECOVER,
            title=f"Resend {what} of {endpoint.name}",
            href=f"/webhooks/endpoints/{endpoint_id}?tab=deliveries",
            arguments={
                "endpoint_id": str(endpoint_id),
                "since": since.isoformat(),
                "until": utcnow().isoformat(),
                "failed_only": failed_only,
            },
            total=total,
        )
        await audit.record(
            session,
            actor,
            "webhook.endpoint.recovered" if failed_only else "webhook.endpoint.replayed",
            target_type="webhook_endpoint",
            target_id=endpoint_id,
            summary={"name": endpoint.name, "since": since.isoformat(), "deliveries": total},
        )
    return job


async def resend_many(run: Run) -> str:
    """The job's work: chunk after chunk in the order of their ids, each made due at once."""
    endpoint_id = UUID(str(run.arguments["endpoint_id"]))
    statement = _wanted(
        endpoint_id,
        datetime.fromisoformat(str(run.arguments["since"])),
        failed_only=run.arguments["failed_only"] is True,
    ).where(WebhookDelivery.created_at <= datetime.fromisoformat(str(run.arguments["until"])))
    more = True
    while more:
        async with run.step() as session:
            after = run.checkpoint.get("after")
            chunk = statement.where(col(WebhookDelivery.id) > UUID(str(after))) if after else statement
            ids = (await session.exec(chunk.order_by(col(WebhookDelivery.id)).limit(_CHUNK))).all()
            now = utcnow()
            await session.exec(
                update(WebhookDelivery)
                .where(col(WebhookDelivery.id).in_(ids))
                .values(
                    status="pending",
                    trigger="replay",
                    tries=0,
                    due_at=now,
                    finished_at=None,
                    expires_at=now + timedelta(hours=get_settings().webhook_delivery_ttl_hours),
                )
                .execution_options(synchronize_session=False)
            )
            run.done += len(ids)
            run.checkpoint["after"] = str(ids[-1]) if ids else after
            more = len(ids) == _CHUNK
            db.notify(session, "deliveries")
            db.notify(session, f"deliveries:{endpoint_id}")
    return f"{run.done:,} {'delivery is' if run.done == 1 else 'deliveries are'} on the way again."


def _wanted(endpoint_id: UUID, since: datetime, *, failed_only: bool) -> SelectOfScalar[UUID]:
    return select(WebhookDelivery.id).where(
        WebhookDelivery.endpoint_id == endpoint_id,
        WebhookDelivery.created_at >= since,
        col(WebhookDelivery.status).in_(_FAILED if failed_only else _SETTLED),
    )


def _counted(endpoint_id: UUID, since: datetime, *, failed_only: bool) -> SelectOfScalar[int]:
    wanted = _wanted(endpoint_id, since, failed_only=failed_only).subquery()
    return select(func.count()).select_from(wanted)
