"""The queues of all tenants: how they stand, what failed in them, and having it tried again."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from hub_app.kernel import audit, backlogs, capabilities, db, paging
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.backlogs import Backlog, Chosen, Standing
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import NotFound
from hub_app.operation.schemas import (
    FailureFilter,
    FailureOut,
    QueueFilter,
    QueueOut,
    RetryIn,
    TenantStanding,
)

LATELY = timedelta(hours=24)
_GONE = "A tenant that is gone"


async def list_queues(actor: Actor, chosen: QueueFilter) -> list[QueueOut]:
    """For operators: how every queue stands, as `get_queue` says it of one."""
    return [await get_queue(actor, name, chosen) for name in backlogs.every()]


async def get_queue(actor: Actor, queue: str, chosen: QueueFilter) -> QueueOut:
    """What of a queue waits, runs, and failed in the period, in all and by tenant, those that failed most first. NotFound for an
    unknown one.
    """
    actor.require_operator()
    backlog = _backlog(queue)
    async with db.system("an operator looks at a queue") as session:
        standing = await backlog.standing(session, chosen.since or utcnow() - LATELY)
    return _queue(backlog, standing, await capabilities.tenant_names(standing.keys()))


async def list_failures(
    actor: Actor, queue: str, chosen: FailureFilter, page: paging.PageRequest
) -> paging.Slice[FailureOut]:
    """What failed in a queue, newest first; in the last 24 hours when no time is given. NotFound for an unknown queue."""
    actor.require_operator()
    backlog = _backlog(queue)
    wanted = Chosen(chosen.since or utcnow() - LATELY, chosen.tenant_id)
    async with db.system("an operator looks at what failed") as session:
        found = await backlog.failures(session, wanted, page)
    names = await capabilities.tenant_names({one.tenant_id for one in found.items})
    return found.holding(
        [
            FailureOut(
                tenant_id=one.tenant_id,
                tenant_name=names.get(one.tenant_id, _GONE),
                id=one.id,
                kind=one.kind,
                label=backlog.called(one.kind),
                failed_at=one.failed_at,
                tries=one.tries,
            )
            for one in found.items
        ]
    )


async def retry(actor: Actor, queue: str, tenant_id: UUID, work_id: UUID) -> None:
    """Have one thing tried again, as the tenant's own people can. NotFound when it is gone, Conflict when it cannot be tried."""
    actor.require_operator()
    backlog = _backlog(queue)
    acting = await _acting_in(actor, tenant_id)
    await _note(actor, queue, tenant_id, work_id=str(work_id))
    await backlog.retry(acting, work_id)


async def retry_all(actor: Actor, queue: str, given: RetryIn) -> str:
    """Have all of a tenant tried again that failed since a time; in words, what comes of it. Conflict when nothing did."""
    actor.require_operator()
    backlog = _backlog(queue)
    acting = await _acting_in(actor, given.tenant_id)
    since = given.since or utcnow() - LATELY
    await _note(actor, queue, given.tenant_id, failed_since=since.isoformat())
    return await backlog.retry_all(acting, since)


def _backlog(queue: str) -> Backlog:
    found = backlogs.every().get(queue)
    if found is None:
        raise NotFound("Queue not found")
    return found


async def _acting_in(actor: Actor, tenant_id: UUID) -> Actor:
    """The operator with a tenant's rights, for what is done there on its behalf; the tenant's own log names them."""
    if tenant_id not in await capabilities.tenant_names([tenant_id]):
        raise NotFound("Tenant not found")
    return replace(actor, tenant_id=tenant_id, role=Role.OWNER)


async def _note(actor: Actor, queue: str, tenant_id: UUID, **summary: object) -> None:
    """The installation's entry, before the act in the tenant, whose transaction cannot hold it: none goes without one."""
    async with db.system("an operator has work tried again", write=True) as session:
        await audit.record(
            session,
            audit.of_installation(actor),
            "operator.work_retried",
            target_type="tenant",
            target_id=tenant_id,
            summary={"queue": queue, **summary},
        )


def _queue(backlog: Backlog, standing: Mapping[UUID, Standing], names: Mapping[UUID, str]) -> QueueOut:
    tenants = [
        TenantStanding(
            tenant_id=tenant_id,
            tenant_name=names.get(tenant_id, _GONE),
            waiting=one.waiting,
            on_hold=one.on_hold,
            running=one.running,
            failed=one.failed,
            due_since=_past(one.due_since),
        )
        for tenant_id, one in standing.items()
    ]
    tenants.sort(key=lambda one: (-one.failed, -one.waiting, -one.running, -one.on_hold, one.tenant_name))
    return QueueOut(
        name=backlog.name,
        label=backlog.label,
        retry_leaves_out=backlog.left_out,
        waiting=sum(one.waiting for one in tenants),
        on_hold=sum(one.on_hold for one in tenants),
        running=sum(one.running for one in tenants),
        failed=sum(one.failed for one in tenants),
        due_since=min((one.due_since for one in tenants if one.due_since), default=None),
        tenants=tenants,
    )


def _past(due: datetime | None) -> datetime | None:
    """A retry that is due tomorrow keeps nobody waiting."""
    return due if due is not None and due <= utcnow() else None


def labels() -> dict[str, str]:
    """What every queue is called, by its name, in the order in which they are shown."""
    return {one.name: one.label for one in backlogs.every().values()}
