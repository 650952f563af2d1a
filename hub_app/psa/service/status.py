"""Counts for the tenant's status."""

from sqlmodel import func, select

from hub_app.kernel import db
from hub_app.kernel.actor import Actor
from hub_app.psa.service import calling
from hub_app.psa.tables import WorkSession


async def status(actor: Actor) -> dict[str, int]:
    async with db.read(actor.tenant_id) as session:
        connection = await calling.connection_of(session)
        count = select(func.count()).select_from(WorkSession).where(WorkSession.status == "running")
        running = (await session.exec(count)).one()
    return {
        "connections": int(connection is not None),
        "connections_failing": int(connection is not None and bool(connection.error)),
        "sessions_running": running,
    }
