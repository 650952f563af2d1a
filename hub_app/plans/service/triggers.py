"""What starts plans by itself: published events, and schedules that are due."""

import logging
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import chain, db
from hub_app.kernel.cache import Cache
from hub_app.kernel.clock import utcnow
from hub_app.kernel.event_listeners import Published
from hub_app.kernel.queue import PENDING
from hub_app.kernel.tenancy import tenant_of
from hub_app.plans import schedule
from hub_app.plans.service import runs, waiting
from hub_app.plans.service.runs import Start
from hub_app.plans.tables import Plan, PlanRun

_AT_ONCE = 100
_log = logging.getLogger(__name__)
# The event types that a tenant's active plans wait for. It empties on every committed change of a plan.
_awaited: Cache[UUID, frozenset[str]] = Cache("plans", most=10_000)


def may_start(tenant_id: UUID, types: Collection[str]) -> bool:
    """Whether events of these types may start a plan; True when that is not known."""
    awaited = _awaited.peek(tenant_id)
    return awaited is None or not awaited.isdisjoint(types)


async def start_on_events(session: AsyncSession, published: Sequence[Published]) -> None:
    """Start a run of each active plan for each event that it waits for, in the publisher's transaction."""
    tenant = tenant_of(session.sync_session)

    async def load(_: list[UUID]) -> dict[UUID, frozenset[str]]:
        types = await session.exec(select(Plan.event_type).where(_waits()).distinct())
        return {tenant: frozenset(types.all())}

    awaited = (await _awaited.get([tenant], load))[tenant]
    events = [one for one in published if one.type in awaited]
    if not events:
        return
    types = {one.type for one in events}
    # Locked, in one order everywhere: no plan is deleted, and none gets more waiting runs than it may.
    statement = select(Plan).where(_waits(), col(Plan.event_type).in_(types)).order_by(col(Plan.id))
    plans = (await session.exec(statement.with_for_update(key_share=True))).all()
    starts: list[Start] = []
    for plan in plans:
        starts += await _starts(session, plan, [one for one in events if one.type == plan.event_type])
    await runs.insert(session, starts)


async def _starts(session: AsyncSession, plan: Plan, events: Sequence[Published]) -> list[Start]:
    """The runs of a plan that these events start. What starts none is counted on the plan: publishing never fails for it."""
    shallow = [one for one in events if one.depth < chain.MOST]
    begun = shallow[: max(0, await waiting.room(session, plan.id))]
    waiting.note_not_started(
        session, plan, no_room=len(shallow) - len(begun), too_deep=len(events) - len(shallow)
    )
    return [Start(plan, "event", plan.name, event_id=one.id, depth=one.depth + 1) for one in begun]


async def start_due() -> bool:
    """Start a run of each plan whose time has come; whether there may be more. Any number of processes may call it."""
    now = utcnow()
    statement = (
        select(Plan.tenant_id, Plan.id)
        .where(col(Plan.next_run_at) <= now)
        .order_by(col(Plan.next_run_at))
        .limit(_AT_ONCE)
    )
    async with db.system("which plans are due?") as session:
        due = (await session.exec(statement)).all()
    for tenant_id, plan_id in due:
        try:
            await _start(tenant_id, plan_id, now)
        except Exception:  # noqa: BLE001 - whatever it is, the other plans must start
            _log.exception("The plan %s could not be started; trying again.", plan_id)
    return len(due) == _AT_ONCE


async def _start(tenant_id: UUID, plan_id: UUID, now: datetime) -> None:
    """Move the plan's time on and start a run, together; nothing when another process has done so.

    What was missed is made up for by one run, and while the last one goes on there is no other.
    """
    async with db.begin(tenant_id) as session:
        statement = select(Plan).where(
            Plan.id == plan_id, col(Plan.is_active).is_(True), col(Plan.next_run_at) <= now
        )
        plan = (await session.exec(statement.with_for_update(skip_locked=True))).one_or_none()
        if plan is None or plan.next_run_at is None:
            return
        plan.next_run_at = schedule.following(
            plan.cron, plan.every_minutes, plan.timezone, plan.next_run_at, now
        )
        session.add(plan)
        db.notify(session, f"plan_runs:{plan.id}")
        if await _goes_on(session, plan_id):
            return
        if await waiting.room(session, plan_id) > 0:
            await runs.insert(session, [Start(plan, "schedule", plan.name)])
        else:
            waiting.note_not_started(session, plan, no_room=1, too_deep=0)


async def _goes_on(session: AsyncSession, plan_id: UUID) -> bool:
    """Whether a run that the schedule started is still under way."""
    statement = select(PlanRun.id).where(
        PlanRun.plan_id == plan_id, col(PlanRun.status) == PENDING, PlanRun.trigger == "schedule"
    )
    return (await session.exec(statement.limit(1))).first() is not None


def wait_for_event(
    tenant_id: sa.ColumnElement[UUID], event_id: sa.ColumnElement[UUID]
) -> sa.ColumnElement[bool]:
    """Whether a run that an event started has not ended: it may have waited for longer than events are kept."""
    of_event = select(PlanRun.id).where(
        PlanRun.tenant_id == tenant_id, col(PlanRun.event_id) == event_id, col(PlanRun.status) == PENDING
    )
    return of_event.exists()


def _waits() -> sa.ColumnElement[bool]:
    return sa.and_(col(Plan.is_active).is_(True), col(Plan.event_type) != "")
