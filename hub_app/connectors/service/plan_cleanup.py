"""Runs of plans that have had their time are deleted, never one that is under way."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import tuple_
from sqlmodel import col, delete, select

from hub_app.connectors.tables import Plan, PlanRun
from hub_app.kernel import db
from hub_app.kernel.clock import utcnow
from hub_app.kernel.ids import lowest_at
from hub_app.kernel.settings import get_settings

EVERY = timedelta(hours=1)
_CHUNK = 500


async def clean_up() -> None:
    """Delete ended runs past their time, in small transactions that hold nobody up."""
    oldest = utcnow() - timedelta(days=get_settings().execution_retention_days)
    async with db.system("whose runs of plans may be old?") as session:
        tenants = (await session.exec(select(Plan.tenant_id).distinct())).all()
    for tenant_id in tenants:
        while await _delete_runs(tenant_id, lowest_at(oldest)):
            pass


async def _delete_runs(tenant_id: UUID, oldest: UUID) -> bool:
    """Delete a chunk of a tenant's ended runs with smaller ids than `oldest`; whether there may be more."""
    old = (
        select(PlanRun.tenant_id, PlanRun.id)
        .where(PlanRun.tenant_id == tenant_id, col(PlanRun.id) < oldest, col(PlanRun.status) != "pending")
        .order_by(col(PlanRun.id))
        .limit(_CHUNK)
    )
    async with db.system("old runs of plans are deleted", write=True) as session:
        gone = await session.exec(
            delete(PlanRun).where(
                tuple_(col(PlanRun.tenant_id), col(PlanRun.id)).in_(old), col(PlanRun.status) != "pending"
            )
        )
    return gone.rowcount == _CHUNK
