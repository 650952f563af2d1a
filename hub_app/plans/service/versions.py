"""Versions of a plan's steps: equal ones are kept once, however many runs began with them."""

import hashlib
import json
from collections.abc import Collection, Sequence
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, delete, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import cleaning, db
from hub_app.kernel.ids import new_id
from hub_app.plans.schemas import Step, stored
from hub_app.plans.tables import Plan, PlanRun, PlanVersion

Steps = list[dict[str, object]]
_PAGE = 200
# A version can have 256 KiB.
_OF_A_STEP = 20


async def put(session: AsyncSession, plan: Plan, steps: Sequence[Step]) -> Steps:
    """Make these the plan's steps, in the open transaction, under the plan's lock; as they are kept. The former ones go when
    no run began with them.
    """
    former = plan.version_id
    wanted = stored(steps)
    digest = hashlib.sha256(json.dumps(wanted, sort_keys=True).encode()).hexdigest()
    equal = select(PlanVersion.id).where(PlanVersion.plan_id == plan.id, PlanVersion.digest == digest)
    found = (await session.exec(equal)).one_or_none()
    plan.version_id = found or new_id()
    session.add(plan)
    await session.flush()
    if found is None:
        session.add(
            PlanVersion(
                tenant_id=plan.tenant_id, id=plan.version_id, plan_id=plan.id, digest=digest, steps=wanted
            )
        )
        await session.flush()
    if plan.version_id != former:
        await session.exec(delete(PlanVersion).where(col(PlanVersion.id) == former, _is_unused()))
    return wanted


def _is_unused() -> sa.ColumnElement[bool]:
    """Whether a version is neither its plan's, nor that of a run."""
    # Looked up for each version: PostgreSQL may read all plans for a join.
    current = select(Plan.version_id).where(
        Plan.tenant_id == PlanVersion.tenant_id, Plan.id == PlanVersion.plan_id
    )
    runs = select(PlanRun.id).where(
        PlanRun.tenant_id == PlanVersion.tenant_id, PlanRun.version_id == PlanVersion.id
    )
    return sa.and_(current.scalar_subquery() != PlanVersion.id, ~runs.exists())


async def sizes_of(session: AsyncSession, versions: Collection[UUID]) -> dict[UUID, int]:
    """How much text the steps of each of these versions are."""
    length = func.length(sa.cast(col(PlanVersion.steps), sa.Text))
    statement = select(col(PlanVersion.id), length).where(col(PlanVersion.id).in_(set(versions)))
    return dict((await session.exec(statement)).all())


async def steps_of(session: AsyncSession, versions: Collection[UUID]) -> dict[UUID, Steps]:
    """The steps of each of these versions of the tenant's plans."""
    statement = select(col(PlanVersion.id), col(PlanVersion.steps)).where(
        col(PlanVersion.id).in_(set(versions))
    )
    return dict((await session.exec(statement)).all())


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
        select(*key, PlanVersion.plan_id, _is_unused())
        .where(sa.tuple_(*key) > after)
        .order_by(*key)
        .limit(_PAGE)
    )
    async with db.system("which versions of plans are unused?") as session:
        return [_Version(*one) for one in (await session.exec(statement)).all()]


async def _delete_unused(tenant_id: UUID, plan_id: UUID) -> None:
    """Delete the former versions of a plan that no run began with, or none that is kept."""
    unused = (
        select(PlanVersion.id)
        .where(PlanVersion.tenant_id == tenant_id, PlanVersion.plan_id == plan_id, _is_unused())
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
