"""Exporting: what the hub owes a source is written there, never blindly and never twice.

A record is read there before it is written, merged, and the intent is kept before it is sent. Whoever finds an intent without an
outcome looks at the source first: the answer may have been lost, and the write not.
"""

from typing import Any
from uuid import UUID

from sqlmodel import and_, col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import db
from hub_app.kernel.clock import utcnow
from hub_app.kernel.ids import new_id
from hub_app.sync.engine import intents, known, writing
from hub_app.sync.engine.erased import is_erased
from hub_app.sync.engine.intents import Export
from hub_app.sync.engine.known import Known
from hub_app.sync.engine.plan import MOST_EXAMPLES, Incoming, Plan
from hub_app.sync.engine.run import Note, Run
from hub_app.sync.engine.streams import Stream
from hub_app.sync.mapping.hashes import payload_hash
from hub_app.sync.mapping.outwards import Outgoing, outwards
from hub_app.sync.mapping.raw import storable
from hub_app.sync.provider.source import Draft, Item, Source
from hub_app.sync.tables import SyncData, SyncIntent, SyncLink, SyncRecord

_CHUNK = 50
_TRIES = 3


async def export_all(run: Run, source: Source, streams: list[Stream]) -> None:
    """Write what is owed in every stream that can be written. ApiError when the source cannot be reached."""
    await look_for_all(run, source, streams)
    for stream in streams:
        of = Export(run, source, stream, source.resources[stream.resource])
        place = run.part("exports").setdefault(stream.resource, {})
        if not of.resource.writes or place.get("done"):
            continue
        await _owed(of, place)
        if run.config.get("create_missing"):
            await _missing(of, place)
        async with run.step():
            place["done"] = True


async def look_for_all(run: Run, source: Source, streams: list[Stream]) -> None:
    """Find out what came of the writes of which nobody knows it, before anything is written, or read as if it were new."""
    if run.dry_run:
        return
    for stream in streams:
        resource = source.resources[stream.resource]
        if resource.writes:
            await intents.look_for_all(Export(run, source, stream, resource))


async def _owed(of: Export, place: dict[str, Any]) -> None:
    """Write what linked records owe, one after the other."""
    owes = col(SyncLink.owes)
    if of.run.connection.direction == "out":
        # No import looks at them again once the mapping has changed.
        owes = or_(owes, col(SyncLink.mapping_version) != of.stream.mapping_version)
    while True:
        statement = (
            select(SyncLink.id, SyncLink.external_id)
            .where(SyncLink.stream_id == of.stream.id, owes, SyncLink.state == "linked")
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
        if await intents.send(of, intent, draft):
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
                plan.mark_gone(one)
        if of.run.dry_run:
            await writing.write_findings(session, of.run, plan, most=MOST_EXAMPLES)
        else:
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
        plan.take(incoming, before)
        if of.run.dry_run:
            await writing.write_findings(session, of.run, plan, most=MOST_EXAMPLES)
        else:
            await writing.write(session, of.run, plan)
        owed = {name: before.values.get(name) for name in plan.pushes}
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
    intent = SyncIntent(
        tenant_id=of.run.tenant_id,
        stream_id=of.stream.id,
        record_id=now.record_id,
        job_id=of.run.job_id,
        kind="update",
        external_id=item.external_id,
        sent=dict(values),
        former={path: storable(value) for path, value in former.items()},
        fields={name: value for name, value in owed.items() if name not in unwritten},
        version=version,
        mapping_version=of.stream.mapping_version,
    )
    session.add(intent)
    return intent


async def _missing(of: Export, place: dict[str, Any]) -> None:
    """Make the records there that it does not have."""
    while True:
        linked = and_(SyncLink.record_id == SyncRecord.id, SyncLink.stream_id == of.stream.id)
        # What was refused is so until the record or the mapping changes; what may have been made is not made again.
        refused = and_(
            col(SyncIntent.status) == "refused",
            col(SyncIntent.version) == SyncRecord.version,
            col(SyncIntent.mapping_version) == of.stream.mapping_version,
        )
        tried = select(SyncIntent.id).where(
            SyncIntent.record_id == SyncRecord.id,
            SyncIntent.stream_id == of.stream.id,
            SyncIntent.kind == "create",
            or_(refused, col(SyncIntent.status).in_(("sending", "unknown"))),
        )
        statement = (
            select(SyncRecord, SyncData)
            .join(SyncData, col(SyncData.id) == SyncRecord.id)
            .join(SyncLink, linked, isouter=True)
            .where(
                SyncRecord.collection_id == of.stream.collection_id,
                col(SyncLink.id).is_(None),
                col(SyncRecord.archived_at).is_(None),
                ~tried.exists(),
            )
            .order_by(col(SyncRecord.id))
            .limit(_CHUNK)
        )
        if "made" in place:
            statement = statement.where(col(SyncRecord.id) > UUID(place["made"]))
        async with db.read(of.run.tenant_id) as session:
            found = (await session.exec(statement)).all()
        for record, data in found:
            await _make(of, record, data)
            place["made"] = str(record.id)
            of.run.processed += 1
        if len(found) < _CHUNK:
            return


async def _make(of: Export, record: SyncRecord, data: SyncData) -> None:
    """Make a record there, unless it may be there already."""
    owed = {
        name: data.contents[name]
        for name, terms in of.stream.terms.items()
        if terms.direction != "in" and name in data.contents
    }
    outgoing = outwards(of.stream.mapper, owed, {})
    if not outgoing.values:
        await _left_out(of, record, "nothing_to_send")
        return
    draft = Draft(values=outgoing.values, reference=str(record.id))
    found = await of.source.find(of.stream.resource, draft)
    own = [item for item in found if of.source.refers(item, draft)]
    if found and (of.run.dry_run or not own):
        why = f"{record.name or 'A record'} may be there already, as {found[0].external_id}: it was not created."
        await _left_out(of, record, "made_before" if own else "maybe_there", "" if own else why)
    elif own:
        await intents.adopt(of, record, own[0], owed)
    else:
        await _create(of, record, draft, owed, outgoing)


async def _create(
    of: Export, record: SyncRecord, draft: Draft, owed: dict[str, Any], outgoing: Outgoing
) -> None:
    unwritten = {one.target for one in outgoing.warnings}
    intent = SyncIntent(
        id=new_id(),
        tenant_id=of.run.tenant_id,
        stream_id=of.stream.id,
        record_id=record.id,
        job_id=of.run.job_id,
        kind="create",
        sent=dict(draft.values),
        fields={name: value for name, value in owed.items() if name not in unwritten},
        version=record.version,
        mapping_version=of.stream.mapping_version,
    )
    async with of.run.step() as session:
        of.run.add_notes(session, intents.unwritten(of, outgoing, "", record.id))
        if of.run.dry_run:
            await intents.tell_new(session, of, record, draft.values)
            return
        session.add(intent)
    await intents.send(of, intent, draft)


async def _left_out(of: Export, record: SyncRecord, why: str, message: str = "") -> None:
    """Count a record that is not made there, and say why where that is no matter of course."""
    tally = of.run.tally(of.stream.resource)
    tally.read += 1
    tally.skip(why)
    if message:
        async with of.run.step() as session:
            note = Note("warning", message, of.stream.resource, record_id=record.id)
            of.run.add_notes(session, [note])
