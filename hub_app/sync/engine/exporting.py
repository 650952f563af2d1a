"""Exporting: what the hub owes a source is written there, never blindly and never twice.

A record is read there before it is written, merged, and the intent is kept before it is sent. Whoever finds an intent without an
outcome looks at the source first: the answer may have been lost, and the write not.
"""

from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import bulk, db
from hub_app.kernel.clock import utcnow
from hub_app.sync.engine import creating, handing, intents, known, merging, sending, writing
from hub_app.sync.engine.erased import is_erased
from hub_app.sync.engine.intents import Export
from hub_app.sync.engine.known import Known
from hub_app.sync.engine.merging import Incoming
from hub_app.sync.engine.plan import Plan
from hub_app.sync.engine.run import Note, Run
from hub_app.sync.engine.streams import Stream
from hub_app.sync.mapping.hashes import payload_hash
from hub_app.sync.mapping.outwards import outwards
from hub_app.sync.mapping.raw import storable
from hub_app.sync.provider.source import Draft, Item, Source
from hub_app.sync.tables import SyncIntent, SyncLink

_CHUNK = 50
_OWES = bulk.holds(SyncLink, "owes")
# Looked through at once for what there is something to do about.
_AT_ONCE = 500
_TRIES = 3


async def export_all(run: Run, source: Source, streams: list[Stream]) -> None:
    """Write what is owed in every stream that can be written. ApiError when the source cannot be reached."""
    await look_for_all(run, source, streams)
    for stream in streams:
        of = Export(run, source, stream, source.resources[stream.resource])
        place = run.part("exports").setdefault(stream.resource, {})
        if not of.resource.writes or place.get("done"):
            continue
        if of.resource.once:
            await handing.hand_over(of, place)
        else:
            await _export(of, place)
        async with run.step():
            place["done"] = True


async def _export(of: Export, place: dict[str, Any]) -> None:
    await _owed(of, place)
    if of.run.connection.direction == "out":
        await _outdated(of, place)
    if of.run.config.get("create_missing"):
        await creating.create_missing(of, place)


async def look_for_all(run: Run, source: Source, streams: list[Stream]) -> None:
    """Find out what came of the writes of which nobody knows it, before anything is written, or read as if it were new."""
    if run.dry_run:
        return
    for stream in streams:
        resource = source.resources[stream.resource]
        if resource.writes:
            await sending.look_for_all(Export(run, source, stream, resource))


async def _owed(of: Export, place: dict[str, Any]) -> None:
    """Write what linked records owe, one after the other."""
    while True:
        statement = (
            select(SyncLink.id, SyncLink.external_id)
            .where(SyncLink.stream_id == of.stream.id, _OWES, SyncLink.state == "linked")
            .order_by(col(SyncLink.id))
            .limit(_CHUNK)
        )
        if "owed" in place:
            statement = statement.where(col(SyncLink.id) > UUID(place["owed"]))
        async with db.read(of.run.tenant_id) as session:
            found = (await session.exec(statement)).all()
        for link_id, external_id in found:
            await _push(of, external_id)
            place["owed"] = str(link_id)
            of.run.processed += 1
        if len(found) < _CHUNK:
            return


async def _outdated(of: Export, place: dict[str, Any]) -> None:
    """Look at linked records again that were last seen with an earlier mapping, where no import does so."""
    while True:
        statement = (
            select(SyncLink.record_id, SyncLink.external_id, SyncLink.mapping_version)
            .where(SyncLink.stream_id == of.stream.id, known.IS_LINKED)
            .order_by(col(SyncLink.record_id))
            .limit(_AT_ONCE)
        )
        if "outdated" in place:
            statement = statement.where(col(SyncLink.record_id) > UUID(place["outdated"]))
        async with db.read(of.run.tenant_id) as session:
            found = (await session.exec(statement)).all()
        for record_id, external_id, mapping_version in found:
            if mapping_version != of.stream.mapping_version:
                await _push(of, external_id)
                of.run.processed += 1
            place["outdated"] = str(record_id)
        if len(found) < _AT_ONCE:
            return


async def _push(of: Export, external_id: str) -> None:
    """Read a record there, merge it, and write what the hub's side has to say; once more when somebody changed it in between."""
    for _ in range(_TRIES):
        item = await of.source.get(of.stream.resource, external_id)
        if item is None or item.gone:
            await _gone(of, external_id)
            return
        intent = await _merged(of, item)
        if intent is None:
            return
        draft = Draft(values=intent.sent, reference=str(intent.record_id), whole=item.payload)  # type: ignore[arg-type]
        if await sending.send(of, intent, draft):
            return
    async with of.run.step() as session:
        message = "Others change this record all the time: the next export tries it again."
        of.run.add_notes(session, [Note("warning", message, of.stream.resource, external_id)])


async def _gone(of: Export, external_id: str) -> None:
    async with of.run.step() as session:
        plan = Plan(of.stream, of.run, utcnow())
        plan.tally.read += 1
        plan.tally.skip("deleted_there")
        lock = not of.run.dry_run
        for one in (await known.details(session, of.stream.id, [external_id], lock=lock)).values():
            if one.link.state == "linked":
                merging.mark_gone(plan, one)
        await writing.write(session, of.run, plan)


async def _merged(of: Export, item: Item) -> SyncIntent | None:
    """Merge a record as it is there now into the hub's; the intent to write what is left, None when nothing is."""
    (mapped,) = await of.stream.mapper.map_all([item.payload], partition=of.run.tenant_id)
    incoming = Incoming(item, payload_hash(item.payload, of.resource.volatile), mapped)
    async with of.run.step() as session:
        found = await known.details(session, of.stream.id, [item.external_id], lock=True)
        before = found.get(item.external_id)
        if before is None or before.link.state != "linked":
            return None
        if is_erased(before):
            await intents.give_up(session, of, before.record_id)
            return None
        plan = Plan(of.stream, of.run, utcnow())
        plan.tally.read += 1
        pushes = merging.take(plan, incoming, before)
        await writing.write(session, of.run, plan)
        owed = {name: before.values.get(name) for name in pushes}
        if not owed:
            return None
        return await _intend(session, of, item, before, owed, version=plan.version_after(before))


async def _intend(
    session: AsyncSession, of: Export, item: Item, now: Known, owed: dict[str, Any], *, version: int
) -> SyncIntent | None:
    """Keep the intent to write what the source is owed, in the open step; None when nothing of it can be written."""
    outgoing = outwards(of.stream.mapper, owed, item.payload)
    of.run.add_notes(session, intents.unwritten(of, outgoing, item.external_id, now.record_id))
    values, former = outgoing.values, intents.at_paths(item.payload, outgoing.values)
    if of.run.dry_run:
        if values:
            await intents.tell(session, of, now, values, former)
        return None
    if not values:
        await intents.give_up(session, of, now.record_id)
        return None
    unwritten = {one.target for one in outgoing.warnings}
    intent = intents.made(
        of,
        now.record_id,
        "update",
        external_id=item.external_id,
        sent=dict(values),
        former={path: storable(value) for path, value in former.items()},
        fields={name: value for name, value in owed.items() if name not in unwritten},
        version=version,
    )
    session.add(intent)
    return intent
