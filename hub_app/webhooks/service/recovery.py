"""Sending many deliveries of an endpoint again, as a job: those that failed, or all, since a time."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from hub_app.kernel import audit, db, jobs, rows
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Conflict
from hub_app.kernel.ids import lowest_at
from hub_app.kernel.jobs import Run
from hub_app.kernel.settings import get_settings
from hub_app.kernel.tables import Job
from hub_app.webhooks.service import endpoints
from hub_app.webhooks.service.stats import COUNTED_AT_MOST, counted
from hub_app.webhooks.tables import Event, WebhookDelivery, WebhookEndpoint

RECOVER = "webhooks.recover"
_FAILED = ("failed", "expired")
_SETTLED = ("succeeded", *_FAILED)
_CHUNK = 500
_UNDER_WAY = (
    "Deliveries of this endpoint are being resent already. Wait for that job to finish, or cancel it."
)


async def count(actor: Actor, endpoint_id: UUID, since: datetime, *, failed_only: bool) -> int:
    """How many deliveries `recover` would send again; COUNTED_AT_MOST stands for that many or more."""
    actor.require(Role.CUSTOMER_VIEWER, endpoints.READ)
    async with db.read(actor.tenant_id) as session:
        await rows.get(session, WebhookEndpoint, endpoint_id)
        return await _count(session, endpoint_id, since, failed_only=failed_only)


async def recover(actor: Actor, endpoint_id: UUID, since: datetime, *, failed_only: bool) -> Job:
    """Start the job that sends an endpoint's failed deliveries (or all) since a time again. Conflict when there are none, the
    endpoint is off, or such a job of it is under way.
    """
    actor.require(Role.ENGINEER, endpoints.WRITE)
    async with db.begin(actor.tenant_id) as session:
        endpoint = await rows.get(session, WebhookEndpoint, endpoint_id)
        if not endpoint.enabled:
            raise Conflict("This endpoint is off. Turn it on, then resend.")
        total = await _count(session, endpoint_id, since, failed_only=failed_only)
        if not total:
            raise Conflict("There are no deliveries to resend in this period.")
        await jobs.require_alone(session, RECOVER, _UNDER_WAY, endpoint_id=str(endpoint_id))
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
            total=total if total < COUNTED_AT_MOST else None,
        )
        await audit.act(
            session,
            actor,
            "webhook.endpoint.recovered" if failed_only else "webhook.endpoint.replayed",
            endpoint,
            name=endpoint.name,
            since=since.isoformat(),
            deliveries=total if total < COUNTED_AT_MOST else counted(total),
        )
    return job


async def resend_many(run: Run) -> str:
    """The job's work: chunk after chunk in the order of their ids, each made due at once."""
    endpoint_id = UUID(str(run.arguments["endpoint_id"]))
    more = True
    while more:
        async with run.step() as session:
            ids = await _next(session, endpoint_id, run)
            run.done += await make_due(session, ids)
            if ids:
                run.checkpoint["after"] = str(ids[-1])
            more = len(ids) == _CHUNK
            db.notify(session, f"deliveries:{endpoint_id}")
    return sent_again(run.done)


async def make_due(session: AsyncSession, ids: Sequence[UUID]) -> int:
    """Have these deliveries sent again, from now on, with the whole retry policy before them; how many there were. Those
    whose events were erased have nothing left to send.
    """
    now = utcnow()
    sent = await session.exec(
        update(WebhookDelivery)
        .where(col(WebhookDelivery.id).in_(ids), ~_is_erased())
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
    db.notify(session, "deliveries")
    return sent.rowcount


def sent_again(count: int) -> str:
    return f"{count:,} {'delivery is' if count == 1 else 'deliveries are'} being sent again."


async def _next(session: AsyncSession, endpoint_id: UUID, run: Run) -> list[UUID]:
    """The deliveries of the job's next step, smallest ids first."""
    since, until = (datetime.fromisoformat(str(run.arguments[name])) for name in ("since", "until"))
    beyond = col(WebhookDelivery.id) >= lowest_at(since)
    if "after" in run.checkpoint:
        beyond = col(WebhookDelivery.id) > UUID(str(run.checkpoint["after"]))
    found: list[UUID] = []
    # One status after the other: the index has it before the id.
    for status in _statuses(failed_only=run.arguments["failed_only"] is True):
        wanted = _of(endpoint_id).where(
            WebhookDelivery.status == status, beyond, WebhookDelivery.created_at <= until
        )
        found += (await session.exec(wanted.order_by(col(WebhookDelivery.id)).limit(_CHUNK))).all()
    return sorted(found)[:_CHUNK]


async def _count(session: AsyncSession, endpoint_id: UUID, since: datetime, *, failed_only: bool) -> int:
    statuses = col(WebhookDelivery.status).in_(_statuses(failed_only=failed_only))
    wanted = _of(endpoint_id).where(statuses, col(WebhookDelivery.id) >= lowest_at(since))
    some = wanted.limit(COUNTED_AT_MOST).subquery()
    return (await session.exec(select(func.count()).select_from(some))).one()


def _is_erased() -> ColumnElement[bool]:
    """Whether a delivery's event was erased: there is nothing left to send."""
    erased = select(Event.id).where(
        Event.tenant_id == WebhookDelivery.tenant_id,
        Event.id == WebhookDelivery.event_id,
        col(Event.erased_at).is_not(None),
    )
    return erased.exists()


def _of(endpoint_id: UUID) -> SelectOfScalar[UUID]:
    return select(WebhookDelivery.id).where(WebhookDelivery.endpoint_id == endpoint_id)


def _statuses(*, failed_only: bool) -> Sequence[str]:
    return _FAILED if failed_only else _SETTLED
