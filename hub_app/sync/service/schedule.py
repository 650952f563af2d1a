"""Syncing by itself: connections that are due."""

import logging
from uuid import UUID

from sqlmodel import col, select

from hub_app.kernel import db, rows, suspension
from hub_app.kernel.actor import system_actor
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import NotFound
from hub_app.sync.engine import ending
from hub_app.sync.service import jobs
from hub_app.sync.tables import SyncConnection

_AT_ONCE = 50
_log = logging.getLogger(__name__)


async def start_due() -> None:
    """Start a job for each connection that is due, once over all processes."""
    away = await suspension.suspended()
    # What waits for a suspended tenant must not keep others from being found.
    due = (col(SyncConnection.next_sync_at) <= utcnow(), col(SyncConnection.tenant_id).not_in(away))
    statement = select(SyncConnection.tenant_id, SyncConnection.id).where(*due)
    async with db.system("which connections are due?") as session:
        order = statement.order_by(col(SyncConnection.next_sync_at)).limit(_AT_ONCE)
        found = (await session.exec(order)).all()
    for tenant_id, connection_id in found:
        try:
            await _start(tenant_id, connection_id)
        except NotFound:
            # It was deleted just now.
            continue
        except Exception:  # noqa: BLE001 - whatever it is, the others are due all the same
            _log.exception("The connection %s is due and could not be synced; trying again.", connection_id)


async def _start(tenant_id: UUID, connection_id: UUID) -> None:
    async with db.begin(tenant_id) as session:
        connection = await rows.get(session, SyncConnection, connection_id, lock=True)
        if connection.next_sync_at is None or connection.next_sync_at > utcnow():
            return
        ending.plan_next(connection)
        session.add(connection)
        if connection.status != "connected":
            return
        try:
            job_type = "export" if connection.direction == "out" else "incremental_sync"
            await jobs.start(
                session, system_actor(tenant_id, "Schedule"), connection, job_type, trigger="schedule"
            )
        except jobs.SyncUnderWay:
            # It is being synced as it is.
            return
