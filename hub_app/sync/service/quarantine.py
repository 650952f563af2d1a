"""Quarantine: what could not become a record, tried again once the mapping is another one, or dismissed."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import audit, db, paging, rows
from hub_app.kernel.actor import Actor
from hub_app.kernel.errors import Conflict
from hub_app.sync.service import access, jobs
from hub_app.sync.tables import SyncConnection, SyncJob, SyncQuarantine, SyncStream

Quarantined = SyncQuarantine


async def list_quarantine(
    actor: Actor, family: str, connection_id: UUID, page: paging.PageRequest, *, status: str = "open"
) -> tuple[paging.Slice[SyncQuarantine], dict[UUID, str]]:
    """A connection's rows of this status, newest first, and the kinds of record by the streams that they are of."""
    access.require_read(actor, family)
    statement = select(SyncQuarantine).where(
        SyncQuarantine.connection_id == connection_id, SyncQuarantine.status == status
    )
    async with db.read(actor.tenant_id) as session:
        await access.connection(session, family, connection_id)
        found = await paging.fetch(session, statement, paging.newest_first(SyncQuarantine.id), page)
        return found, await _resources(session, connection_id)


async def get_quarantined(actor: Actor, family: str, row_id: UUID) -> tuple[SyncQuarantine, str]:
    """A row, and the kind of record that it was to be."""
    access.require_read(actor, family)
    async with db.read(actor.tenant_id) as session:
        row, _ = await _row(session, family, row_id)
        return row, (await _resources(session, row.connection_id)).get(row.stream_id, "")


async def start_retry(
    session: AsyncSession,
    actor: Actor,
    family: str,
    connection_id: UUID,
    row_id: UUID | None = None,
    *,
    offline: bool,
    dry_run: bool = False,
) -> SyncJob:
    """Start a job that tries all rows of a connection once more, or one of them, in the open transaction. `offline`: there is no
    source to be asked. Conflict when nothing waits; SyncUnderWay, NotConnected.
    """
    access.require_work(actor, family)
    connection = await access.connection(session, family, connection_id, lock=True)
    await jobs.require_idle(session, connection)
    jobs.require_connected(connection)
    waiting = select(SyncQuarantine.id).where(
        SyncQuarantine.connection_id == connection_id, SyncQuarantine.status == "open"
    )
    if row_id is not None:
        waiting = waiting.where(SyncQuarantine.id == row_id)
    if (await session.exec(waiting.limit(1))).first() is None:
        raise Conflict("Nothing waits in quarantine that could be tried again.")
    config: dict[str, object] = {"offline": True} if offline else {}
    if row_id is not None:
        config["quarantine_ids"] = [str(row_id)]
    return await jobs.start(session, actor, connection, "retry", dry_run=dry_run, config=config)


async def dismiss(actor: Actor, family: str, row_id: UUID) -> tuple[SyncQuarantine, str]:
    """Let a row rest for good, until it comes otherwise from the source. Conflict when it does not wait."""
    access.require_work(actor, family)
    async with db.begin(actor.tenant_id) as session:
        row, _ = await _row(session, family, row_id, lock=True)
        if row.status != "open":
            raise Conflict("This row does not wait in quarantine any more.")
        row.status = "dismissed"
        session.add(row)
        await session.flush()
        await audit.act(session, actor, f"{family}.quarantine.dismissed", row)
        db.notify(session, f"sync_quarantine:{row.connection_id}")
        return row, (await _resources(session, row.connection_id)).get(row.stream_id, "")


async def connection_of(actor: Actor, family: str, row_id: UUID) -> UUID:
    """The connection whose row this is."""
    access.require_read(actor, family)
    async with db.read(actor.tenant_id) as session:
        return (await _row(session, family, row_id))[1].id


async def _row(
    session: AsyncSession, family: str, row_id: UUID, *, lock: bool = False
) -> tuple[SyncQuarantine, SyncConnection]:
    row = await rows.get(session, SyncQuarantine, row_id, lock=lock)
    return row, await access.connection(session, family, row.connection_id)


async def _resources(session: AsyncSession, connection_id: UUID) -> dict[UUID, str]:
    statement = select(SyncStream.id, SyncStream.resource).where(SyncStream.connection_id == connection_id)
    found: Sequence[tuple[UUID, str]] = (await session.exec(statement.order_by(col(SyncStream.id)))).all()
    return dict(found)
