"""Records that a source sends by itself, one at a time: each is a job that has ended when it is seen, and can be undone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from pydantic import JsonValue
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import db
from hub_app.kernel.clock import utcnow
from hub_app.kernel.ids import new_id
from hub_app.kernel.queue import Held
from hub_app.kernel.underway import Piece
from hub_app.sync.engine import duplicates, merging, streams, writing
from hub_app.sync.engine.merging import Incoming
from hub_app.sync.engine.plan import Plan
from hub_app.sync.engine.run import Note, Run, told
from hub_app.sync.engine.streams import Stream
from hub_app.sync.mapping.hashes import payload_hash
from hub_app.sync.mapping.mapper import Mapped
from hub_app.sync.provider.source import Item, Payload
from hub_app.sync.tables import SyncConnection, SyncJob, SyncLink, SyncQuarantine

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Prepared:
    """What arrived, as the mapping reads it. `why` says why it is none, "" where it may become a record; `raw` is kept then."""

    stream: Stream
    payload: Payload
    mapped: Mapped
    why: str = ""
    raw: JsonValue = None


@dataclass(frozen=True, slots=True)
class Arrived:
    """What became of it: the record and the job, unless it was here before."""

    status: Literal["created", "quarantined", "repeated"]
    job_id: UUID | None = None
    record_id: UUID | None = None
    values: dict[str, Any] | None = None


async def prepare(
    connection: SyncConnection, resource: str, payload: Payload, *, why: str = "", raw: JsonValue = None
) -> Prepared:
    """Read a payload by the stream's mapping. No transaction may be open."""
    (stream,) = [one for one in await streams.load(connection) if one.resource == resource]
    if why:
        return Prepared(stream, payload, Mapped(), why, raw)
    (mapped,) = await stream.mapper.map_all([payload], partition=connection.tenant_id)
    return Prepared(stream, payload, mapped, mapped.refused, raw)


async def take(
    session: AsyncSession,
    connection: SyncConnection,
    prepared: Prepared,
    digest: str,
    *,
    notes: Sequence[str] = (),
) -> Arrived:
    """Make a record of what arrived, or put it into quarantine, in the open transaction. What came with the same digest within
    a day is the same.
    """
    stream, now = prepared.stream, utcnow()
    await db.lock(session, f"sync arrival {stream.id} {digest}")
    external_id = f"lead {digest} {now:%Y-%m-%d}"
    if await _is_here(session, stream.id, [external_id, f"lead {digest} {now - _DAY:%Y-%m-%d}"], now):
        return Arrived("repeated")
    job = SyncJob(
        tenant_id=connection.tenant_id,
        connection_id=connection.id,
        type="lead",
        trigger="inbound",
        started_by=connection.name[:100],
        started_at=now,
    )
    job.finish("completed")
    session.add(job)
    await session.flush()
    run = Run(Held(job.tenant_id, job.id, new_id()), job, connection, Piece())
    plan = Plan(stream, run, now)
    plan.tally.read = run.processed = 1
    if prepared.why:
        plan.quarantined(external_id, prepared.why, prepared.raw)
    else:
        item = Item(external_id, prepared.payload)
        merging.take(plan, Incoming(item, payload_hash(prepared.payload, ()), prepared.mapped), None)
    plan.notes += [Note("warning", one, stream.resource, external_id) for one in notes]
    await writing.write(session, run, plan)
    run.save(job)
    job.outcome = "partial" if prepared.why else "success"
    session.add(job)
    told(session, job)
    if prepared.why:
        return Arrived("quarantined", job.id)
    (record,) = plan.new_records
    (data,) = plan.new_data
    await session.flush()
    await duplicates.offer_for(session, [record["id"]])
    return Arrived("created", job.id, record["id"], data["contents"])


async def _is_here(
    session: AsyncSession, stream_id: UUID, external_ids: Sequence[str], now: datetime
) -> bool:
    """Whether one of these came within a day."""
    for model in (SyncLink, SyncQuarantine):
        statement = select(model.id).where(
            model.stream_id == stream_id,
            col(model.external_id).in_(external_ids),
            col(model.created_at) > now - _DAY,
        )
        if (await session.exec(statement)).first() is not None:
            return True
    return False
