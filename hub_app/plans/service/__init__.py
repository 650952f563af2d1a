"""The use cases of plans. Each takes an Actor, checks it, does one transaction, audits and signals."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import db
from hub_app.kernel.actor import Actor
from hub_app.plans.tables import Plan, PlanVersion


async def status(actor: Actor) -> dict[str, int]:
    """Counts for the tenant's status."""
    every = select(func.count()).select_from(Plan)
    async with db.read(actor.tenant_id) as session:
        return {
            "plans": (await session.exec(every)).one(),
            "plans_active": (await session.exec(every.where(col(Plan.is_active).is_(True)))).one(),
        }


async def count_users_of_connector(session: AsyncSession, connector_id: UUID) -> dict[str, int]:
    """How many plans have a step that calls this connector."""
    # To read the steps of all plans may take more memory than there is.
    steps = sa.cast(col(PlanVersion.steps), sa.Text)
    # SQLite keeps JSON as Hub writes it, PostgreSQL writes it anew.
    names = (steps.contains(f'"integration_id":{space}"{connector_id}"') for space in ("", " "))
    current = select(func.count()).select_from(Plan).join(PlanVersion, col(Plan.version_id) == PlanVersion.id)
    return {"plans": (await session.exec(current.where(sa.or_(*names)))).one()}
