"""The use cases of plans. Each takes an Actor, checks it, does one transaction, audits and signals."""

from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.connectors.service.lookup import READ
from hub_app.kernel import db
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.clock import utcnow
from hub_app.kernel.search import Found
from hub_app.plans.service.runs import QUEUE
from hub_app.plans.tables import Plan, PlanVersion

_LATE = timedelta(minutes=2)


async def health() -> tuple[bool, str]:
    """Whether runs of plans go on when they are due."""
    async with db.system("is the queue of runs served?") as session:
        due = await QUEUE.next_due(session)
    if due is not None and utcnow() - due > _LATE:
        return False, "Runs of plans that are due have waited for more than two minutes."
    return True, "Runs of plans go on when they are due."


async def status(actor: Actor) -> dict[str, int]:
    """Counts for the tenant's status."""
    every = select(func.count()).select_from(Plan)
    async with db.read(actor.tenant_id) as session:
        return {
            "plans": (await session.exec(every)).one(),
            "plans_active": (await session.exec(every.where(col(Plan.is_active).is_(True)))).one(),
        }


async def search(actor: Actor, text: str, limit: int) -> list[Found]:
    """Plans with this text in their name, in alphabetical order."""
    if not actor.may(Role.CUSTOMER_VIEWER, READ):
        return []
    statement = select(Plan).where(col(Plan.name).icontains(text, autoescape=True))
    async with db.read(actor.tenant_id) as session:
        found = (await session.exec(statement.order_by(col(Plan.name)).limit(limit))).all()
    return [Found(one.name, "Plan", f"/connectors/plans/{one.id}") for one in found]


async def count_users_of_connector(session: AsyncSession, connector_id: UUID) -> dict[str, int]:
    """How many plans have a step that calls this connector."""
    # To read the steps of all plans may take more memory than there is.
    steps = sa.cast(col(PlanVersion.steps), sa.Text)
    # SQLite keeps JSON as Hub writes it, PostgreSQL writes it anew.
    names = (steps.contains(f'"integration_id":{space}"{connector_id}"') for space in ("", " "))
    current = select(func.count()).select_from(Plan).join(PlanVersion, col(Plan.version_id) == PlanVersion.id)
    return {"plans": (await session.exec(current.where(sa.or_(*names)))).one()}
