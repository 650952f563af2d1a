"""Who may do what with the connections of a family, and finding them."""

from uuid import UUID

from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import rows, sources
from hub_app.kernel.actor import Actor, Role
from hub_app.sync.tables import SyncConnection, SyncJob


def require_read(actor: Actor, family: str) -> None:
    """Raise Forbidden unless the actor may see connections of this family, their jobs and records."""
    actor.require(Role.CUSTOMER_VIEWER, f"read:{sources.families()[family].scope}")


def require_work(actor: Actor, family: str) -> None:
    """Raise Forbidden unless the actor may sync, decide, and edit records."""
    actor.require(Role.ENGINEER, f"write:{sources.families()[family].scope}")


def require_manage(actor: Actor, family: str) -> None:
    """Raise Forbidden unless the actor may connect, map, undo and confirm."""
    actor.require(Role.CUSTOMER_ADMIN, f"write:{sources.families()[family].scope}")


async def connection(
    session: AsyncSession, family: str, connection_id: UUID, *, lock: bool = False
) -> SyncConnection:
    """The connection of this family; NotFound."""
    return await rows.get(
        session, SyncConnection, connection_id, col(SyncConnection.family) == family, lock=lock
    )


async def job(session: AsyncSession, family: str, job_id: UUID, *, lock: bool = False) -> SyncJob:
    """The job of a connection of this family; NotFound."""
    found = await rows.get(session, SyncJob, job_id, lock=lock)
    await connection(session, family, found.connection_id)
    return found
