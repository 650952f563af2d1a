"""Runs of plans that have had their time are deleted, never one that is under way, and versions that nothing refers to."""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, tuple_
from sqlmodel import and_, col, delete, select

from hub_app.connectors.tables import Plan, PlanRun, PlanVersion
from hub_app.kernel import cleaning, db
from hub_app.kernel.clock import utcnow
from hub_app.kernel.ids import lowest_at
from hub_app.kernel.settings import get_settings

EVERY = timedelta(hours=1)
_PAGE = 200


class _Version(NamedTuple):
    tenant_id: UUID
    id: UUID
    plan_id: UUID
    is_unused: bool


async def clean_up() -> None:
    """Delete ended runs past their time, and what nothing refers to any more."""
    oldest = lowest_at(utcnow() - timedelta(days=get_settings().execution_retention_days))
    await cleaning.delete_below(col(PlanRun.id), oldest, col(PlanRun.status) != "pending")
    after = (UUID(int=0), UUID(int=0))
    while found := await _versions(after):
        for tenant_id, plan_id in {(one.tenant_id, one.plan_id) for one in found if one.is_unused}:
            await _delete_unused(tenant_id, plan_id)
        after = (found[-1].tenant_id, found[-1].id)


async def _versions(after: tuple[UUID, UUID]) -> Sequence[_Version]:
    """The next versions of all tenants' plans, in the order of their key."""
    key = (col(PlanVersion.tenant_id), col(PlanVersion.id))
    statement = (
        select(*key, PlanVersion.plan_id, _is_unused())
        .where(tuple_(*key) > after)
        .order_by(*key)
        .limit(_PAGE)
    )
    async with db.system("which versions of plans are unused?") as session:
        return [_Version(*one) for one in (await session.exec(statement)).all()]


async def _delete_unused(tenant_id: UUID, plan_id: UUID) -> None:
    """Delete the former versions of a plan that no run began with, or none that is kept."""
    async with db.begin(tenant_id) as session:
        # Who starts a run holds this lock too: no run begins with a version that is being deleted.
        locked = select(Plan.id).where(Plan.id == plan_id).with_for_update(key_share=True)
        if (await session.exec(locked)).first() is None:
            return
        unused = select(PlanVersion.id)
        ids = (await session.exec(unused.where(PlanVersion.plan_id == plan_id, _is_unused()))).all()
        await session.exec(delete(PlanVersion).where(col(PlanVersion.id).in_(ids)))


def _is_unused() -> ColumnElement[bool]:
    # Looked up for each version: PostgreSQL may read all plans for a join.
    current = select(Plan.version_id).where(
        Plan.tenant_id == PlanVersion.tenant_id, Plan.id == PlanVersion.plan_id
    )
    runs = select(PlanRun.id).where(
        PlanRun.tenant_id == PlanVersion.tenant_id, PlanRun.version_id == PlanVersion.id
    )
    return and_(current.scalar_subquery() != PlanVersion.id, ~runs.exists())
