"""How many runs of a plan may wait, and what is remembered of those that were not started for it.

All of it under the plan's lock, so that it holds however many publish at once.
"""

from uuid import UUID

from sqlalchemy.orm.attributes import flag_modified
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import chain, db
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Conflict
from hub_app.kernel.queue import PENDING
from hub_app.kernel.settings import get_settings
from hub_app.plans.tables import Plan, PlanRun


async def room(session: AsyncSession, plan_id: UUID) -> int:
    """How many more runs of the plan may wait now; those under way count."""
    most = get_settings().plan_max_waiting_runs
    waiting = select(PlanRun.id).where(PlanRun.plan_id == plan_id, col(PlanRun.status) == PENDING).limit(most)
    return most - (await session.exec(select(func.count()).select_from(waiting.subquery()))).one()


async def require_room(session: AsyncSession, plan: Plan) -> None:
    """Conflict when as many runs of the plan wait as may."""
    if await room(session, plan.id) <= 0:
        most = get_settings().plan_max_waiting_runs
        raise Conflict(
            f"{plan.name} has {most:,} {'run' if most == 1 else 'runs'} waiting or running, the maximum. Wait for some to"
            " finish, or cancel some."
        )


def require_depth() -> int:
    """The depth of a run that is started now; Conflict when it comes from too many runs already."""
    if chain.depth() >= chain.MOST:
        raise Conflict(
            f"This comes from a chain of {chain.MOST} runs, each of which was started by a call of the one before. Hub"
            " does not start another: the plan would keep starting itself."
        )
    return chain.depth() + 1


def note_not_started(session: AsyncSession, plan: Plan, *, no_room: int, too_deep: int) -> None:
    """Count on the plan what did not start it. (A row or an audit entry each would be what the limit is against.)"""
    if no_room + too_deep <= 0:
        return
    plan.not_started += no_room + too_deep
    plan.too_deep += too_deep
    plan.not_started_since = plan.not_started_since or utcnow()
    # Nobody changed the plan: the time of its last change stays.
    flag_modified(plan, "updated_at")
    session.add(plan)
    db.notify(session, f"plan_runs:{plan.id}")


def forget_not_started(plan: Plan) -> None:
    """Somebody has seen to the plan: counting begins anew."""
    plan.not_started = plan.too_deep = 0
    plan.not_started_since = None
