"""Trying rows of the quarantine once more, by the mapping as it is now: as the source has them now where it can be asked for one, else
as they were read.
"""

from collections.abc import Sequence
from typing import cast
from uuid import UUID

from sqlmodel import col, select

from hub_app.kernel import bulk, db
from hub_app.kernel.clock import utcnow
from hub_app.sync.engine import known, merging, writing
from hub_app.sync.engine.merging import Incoming
from hub_app.sync.engine.plan import Plan
from hub_app.sync.engine.run import Note, Run
from hub_app.sync.engine.streams import Stream
from hub_app.sync.mapping.hashes import payload_hash
from hub_app.sync.provider.source import Item, Payload, Resource, Source
from hub_app.sync.tables import SyncQuarantine

_CHUNK = 50
_GONE = "It is no longer there."
_UNREAD = "It could not be read, and the source cannot be asked for one record. The next full import reads it again."


async def retry_all(run: Run, source: Source | None, streams: Sequence[Stream]) -> None:
    """Try what waits in each stream, or those rows alone that the job was asked for. ApiError when the source does not answer."""
    wanted = cast("list[str] | None", run.config.get("quarantine_ids"))
    for stream in streams:
        resource = source.resources.get(stream.resource) if source else None
        while not (place := run.part("retried").setdefault(stream.resource, {})).get("done"):
            rows = await _next(run, stream, place.get("after"), wanted)
            items = [await _item(source, resource, one) for one in rows]
            await _take(run, stream, resource, rows, items)


async def _next(
    run: Run, stream: Stream, after: str | None, wanted: Sequence[str] | None
) -> Sequence[SyncQuarantine]:
    statement = select(SyncQuarantine).where(
        SyncQuarantine.stream_id == stream.id, SyncQuarantine.status == "open"
    )
    if wanted is not None:
        statement = statement.where(col(SyncQuarantine.id).in_([UUID(one) for one in wanted]))
    if after is not None:
        statement = statement.where(col(SyncQuarantine.id) > UUID(after))
    async with db.read(run.tenant_id) as session:
        return (await session.exec(statement.order_by(col(SyncQuarantine.id)).limit(_CHUNK))).all()


async def _item(source: Source | None, resource: Resource | None, row: SyncQuarantine) -> Item | str | None:
    """The record as it is to be tried; None when it is gone at the source, or why it cannot be tried."""
    if source is not None and resource is not None and resource.gets:
        item = await source.get(resource.name, row.external_id)
        if item is not None or row.is_payload:
            return None if item is None or item.gone else item
        # What names a row that nobody could read may be no id.
        return _UNREAD
    raw = row.raw if row.is_payload else None
    return Item(row.external_id, cast("Payload", raw)) if isinstance(raw, dict) else _UNREAD


async def _take(
    run: Run,
    stream: Stream,
    resource: Resource | None,
    rows: Sequence[SyncQuarantine],
    items: Sequence[Item | str | None],
) -> None:
    """Write what comes of these rows."""
    if not rows:
        async with run.step():
            _moved(run, stream, rows)
        return
    found = [one for one in items if isinstance(one, Item)]
    payloads = [one.payload for one in found]
    mapped = await stream.mapper.map_all(payloads, partition=run.tenant_id)
    volatile = resource.volatile if resource else ()
    async with run.step() as session:
        there = await known.details(
            session, stream.id, [one.external_id for one in found], lock=not run.dry_run
        )
        plan = Plan(stream, run, utcnow())
        plan.tally.read += len(rows)
        for item, one in zip(found, mapped, strict=True):
            incoming = Incoming(item, payload_hash(item.payload, volatile), one)
            merging.take(plan, incoming, there.get(item.external_id))
        gone = [row for row, item in zip(rows, items, strict=True) if item is None]
        for row, item in zip(rows, items, strict=True):
            if not isinstance(item, Item):
                plan.tally.skip("deleted_there" if item is None else "cannot_be_tried")
                plan.notes.append(Note("info", item or _GONE, stream.resource, row.external_id))
        _moved(run, stream, rows)
        await writing.write(session, run, plan)
        if run.dry_run:
            return
        settled = {"status": "resolved", "settled_by": run.job_id, "updated_at": plan.now}
        await bulk.update(session, SyncQuarantine, [{"id": one.id, **settled} for one in gone])


def _moved(run: Run, stream: Stream, rows: Sequence[SyncQuarantine]) -> None:
    """Take note, in the open step, of how far the stream has been tried."""
    place = run.part("retried")[stream.resource]
    place["done"] = len(rows) < _CHUNK
    if rows:
        place["after"] = str(rows[-1].id)
    run.processed += len(rows)
