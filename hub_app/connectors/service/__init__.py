"""The use cases of connectors. Each takes an Actor, checks it, does one transaction, audits and signals."""

from datetime import timedelta

from sqlmodel import col, func, or_, select

from hub_app.connectors.queue import QUEUE
from hub_app.connectors.service.lookup import READ
from hub_app.connectors.service.plan_triggers import heard
from hub_app.connectors.tables import Connector, ConnectorCredential, Plan
from hub_app.kernel import db
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.clock import utcnow
from hub_app.kernel.naming import Named

__all__ = ["health", "heard", "named", "status"]

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
    of_connectors = select(func.count()).select_from(Connector)
    refused = select(func.count(func.distinct(ConnectorCredential.connector_id))).where(
        col(ConnectorCredential.is_valid).is_(False)
    )
    of_plans = select(func.count()).select_from(Plan)
    async with db.read(actor.tenant_id) as session:
        return {
            "connectors": (await session.exec(of_connectors)).one(),
            "connectors_refused": (await session.exec(refused)).one(),
            "plans": (await session.exec(of_plans)).one(),
            "plans_active": (await session.exec(of_plans.where(col(Plan.is_active).is_(True)))).one(),
        }


async def named(actor: Actor, text: str, limit: int) -> list[Named]:
    """Connectors whose name or base URL contains this text, and plans called so, each in alphabetical order."""
    if not actor.may(Role.CUSTOMER_VIEWER, READ):
        return []
    matches = or_(
        col(Connector.display_name).icontains(text, autoescape=True),
        col(Connector.base_url).icontains(text, autoescape=True),
    )
    connectors = select(Connector).where(matches).order_by(col(Connector.display_name)).limit(limit)
    plans = select(Plan).where(col(Plan.name).icontains(text, autoescape=True))
    async with db.read(actor.tenant_id) as session:
        found = (await session.exec(connectors)).all()
        called = (await session.exec(plans.order_by(col(Plan.name)).limit(limit))).all()
    return [
        *(Named(one.display_name, "Connector", f"/connectors/{one.id}") for one in found),
        *(Named(one.name, "Plan", f"/connectors/plans/{one.id}") for one in called),
    ]
