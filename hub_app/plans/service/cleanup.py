"""Versions of plans that nothing refers to are deleted."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import tuple_
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import cleaning, db
from hub_app.plans.service import versions
from hub_app.plans.tables import Plan, PlanVersion

_PAGE = 200
# A version can have 256 KiB.
_OF_A_STEP = 20


class _Version(NamedTuple):
    tenant_id: UUID
    id: UUID
    plan_id: UUID
    is_unused: bool


async def delete_unused_versions() -> None:
    """Delete what nothing refers to any more."""
    after = (UUID(int=0), UUID(int=0))
    while found := await _versions(after):
        for tenant_id, plan_id in {(one.tenant_id, one.plan_id) for one in found if one.is_unused}:
            await _delete_unused(tenant_id, plan_id)
        after = (found[-1].tenant_id, found[-1].id)


async def _versions(after: tuple[UUID, UUID]) -> Sequence[_Version]:
    """The next versions of all tenants' plans, in the order of their key."""
    key = (col(PlanVersion.tenant_id), col(PlanVersion.id))
    statement = (
        select(*key, PlanVersion.plan_id, versions.is_unused())
        .where(tuple_(*key) > after)
        .order_by(*key)
        .limit(_PAGE)
    )
    async with db.system("which versions of plans are unused?") as session:
        return [_Version(*one) for one in (await session.exec(statement)).all()]


async def _delete_unused(tenant_id: UUID, plan_id: UUID) -> None:
    """Delete the former versions of a plan that no run began with, or none that is kept."""
    unused = (
        select(PlanVersion.id)
        .where(PlanVersion.tenant_id == tenant_id, PlanVersion.plan_id == plan_id, versions.is_unused())
        .limit(_OF_A_STEP)
    )

    async def step(session: AsyncSession) -> bool:
        # Who starts a run holds this lock too: no run begins with a version that is being deleted.
        locked = select(Plan.id).where(Plan.tenant_id == tenant_id, Plan.id == plan_id)
        if (await session.exec(locked.with_for_update(key_share=True))).first() is None:
            return False
        ids = (await session.exec(unused)).all()
        gone = delete(PlanVersion).where(
            col(PlanVersion.tenant_id) == tenant_id, col(PlanVersion.id).in_(ids)
        )
        await session.exec(gone)
        return len(ids) == _OF_A_STEP

    await cleaning.in_steps(step)
