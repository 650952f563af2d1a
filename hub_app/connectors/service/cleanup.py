"""What has had its time is deleted: executions, idempotency keys, cached answers."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import tuple_
from sqlmodel import col, delete, select

from hub_app.connectors.tables import CachedAnswer, Connector, Execution, RunKey
from hub_app.kernel import db
from hub_app.kernel.clock import utcnow
from hub_app.kernel.ids import lowest_at
from hub_app.kernel.settings import get_settings

EVERY = timedelta(hours=1)
_CHUNK = 500


async def clean_up() -> None:
    """Delete what is past its time, in small transactions that hold nobody up."""
    now = utcnow()
    async with db.system("outdated keys and answers of runs are deleted", write=True) as session:
        await session.exec(delete(RunKey).where(col(RunKey.expires_at) < now))
        await session.exec(delete(CachedAnswer).where(col(CachedAnswer.expires_at) < now))
    oldest = lowest_at(now - timedelta(days=get_settings().execution_retention_days))
    async with db.system("whose executions may be old?") as session:
        tenants = (await session.exec(select(Connector.tenant_id).distinct())).all()
    for tenant_id in tenants:
        while await _delete_executions(tenant_id, oldest):
            pass


async def _delete_executions(tenant_id: UUID, oldest: UUID) -> bool:
    """Delete a chunk of a tenant's executions with smaller ids than `oldest`; whether there may be more."""
    old = (
        select(Execution.tenant_id, Execution.id)
        .where(Execution.tenant_id == tenant_id, col(Execution.id) < oldest)
        .order_by(col(Execution.id))
        .limit(_CHUNK)
    )
    async with db.system("old executions are deleted", write=True) as session:
        gone = await session.exec(
            delete(Execution).where(tuple_(col(Execution.tenant_id), col(Execution.id)).in_(old))
        )
    return gone.rowcount == _CHUNK
