"""How connections stand: for their tenant, and for Prometheus."""

from collections.abc import Sequence

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import db
from hub_app.kernel.figures import Gauge
from hub_app.sync.tables import SyncConflict, SyncConnection

STATES = ("pending_auth", "connected", "error", "disconnected", "paused")
COUNTED_AT_MOST = 10_000
_HELP = "Connected outside systems, by the state of the connection."


async def counts(session: AsyncSession, family: str) -> dict[str, int]:
    """A family's connections by their state, in the open transaction of their tenant; and its open conflicts, up
    to COUNTED_AT_MOST.
    """
    states = select(SyncConnection.status, func.count()).where(SyncConnection.family == family)
    found = dict((await session.exec(states.group_by(col(SyncConnection.status)))).all())
    waiting = (
        select(SyncConflict.id)
        .join(SyncConnection, col(SyncConnection.id) == SyncConflict.connection_id)
        .where(SyncConflict.status == "open", SyncConnection.family == family)
        .limit(COUNTED_AT_MOST)
    )
    conflicts = select(func.count()).select_from(waiting.subquery())
    return {
        "all": sum(found.values()),
        **{state: found.get(state, 0) for state in STATES},
        "conflicts": (await session.exec(conflicts)).one(),
    }


async def gauges() -> Sequence[Gauge]:
    """Connections of all tenants, by family and state."""
    columns = (SyncConnection.family, SyncConnection.status)
    statement = select(*columns, func.count()).group_by(*columns)
    async with db.system("how do connections stand?") as session:
        found = (await session.exec(statement)).all()
    return [
        Gauge("hub_sync_connections", _HELP, count, {"family": family, "state": state})
        for family, state, count in found
    ]
