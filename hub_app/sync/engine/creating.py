"""Exporting: records that a source does not have are made there, unless they may be there already."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlmodel import and_, col, or_, select
from sqlmodel.sql.expression import Select

from hub_app.kernel import db
from hub_app.sync.engine import intents, sending
from hub_app.sync.engine.intents import Export
from hub_app.sync.engine.run import Note
from hub_app.sync.mapping.outwards import Outgoing, outwards
from hub_app.sync.provider.source import Draft
from hub_app.sync.tables import SyncData, SyncIntent, SyncLink, SyncRecord

# Looked through at once for what there is something to do about.
_AT_ONCE = 500


async def create_missing(of: Export, place: dict[str, Any]) -> None:
    """Make the records there that it does not have, from the place that has been reached on."""
    while True:
        some = (
            select(SyncRecord.id)
            .where(SyncRecord.collection_id == of.stream.collection_id)
            .order_by(col(SyncRecord.id))
            .limit(_AT_ONCE)
        )
        if "made" in place:
            some = some.where(col(SyncRecord.id) > UUID(place["made"]))
        async with db.read(of.run.tenant_id) as session:
            ids = (await session.exec(some)).all()
            found: Sequence[tuple[SyncRecord, SyncData]] = (await session.exec(unmade(of, ids))).all()
        for record, data in found:
            await _make(of, record, data)
            place["made"] = str(record.id)
            of.run.processed += 1
        if len(ids) < _AT_ONCE:
            return
        place["made"] = str(ids[-1])


def unmade(of: Export, ids: Sequence[UUID]) -> Select[SyncRecord, SyncData]:
    """Those of these records that the source does not have, nor has refused, and that are not archived."""
    linked = select(SyncLink.id).where(
        SyncLink.record_id == SyncRecord.id, SyncLink.stream_id == of.stream.id
    )
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
    return (
        select(SyncRecord, SyncData)
        .join(SyncData, col(SyncData.id) == SyncRecord.id)
        .where(
            col(SyncRecord.id).in_(ids),
            col(SyncRecord.archived_at).is_(None),
            ~linked.exists(),
            ~tried.exists(),
        )
        .order_by(col(SyncRecord.id))
    )


async def _make(of: Export, record: SyncRecord, data: SyncData) -> None:
    """Make a record there, unless it may be there already."""
    owed = {
        name: data.contents[name]
        for name, terms in of.stream.terms.items()
        if terms.direction != "in" and name in data.contents
    }
    outgoing = outwards(of.stream.mapper, owed, {})
    if not outgoing.values:
        await left_out(of, "nothing_to_send")
        return
    draft = Draft(values=outgoing.values, reference=str(record.id))
    found = await of.source.find(of.stream.resource, draft)
    own = [item for item in found if of.source.refers(item, draft)]
    if found and (of.run.dry_run or not own):
        why = f"{record.name or 'A record'} may be there already, as {found[0].external_id}: it was not created."
        await left_out(of, "made_before" if own else "maybe_there", record, "" if own else why)
    elif own:
        await sending.adopt(of, record, own[0], owed)
    else:
        await _create(of, record, draft, owed, outgoing)


async def _create(
    of: Export, record: SyncRecord, draft: Draft, owed: dict[str, Any], outgoing: Outgoing
) -> None:
    unwritten = {one.target for one in outgoing.warnings}
    intent = intents.made(
        of,
        record.id,
        "create",
        sent=dict(draft.values),
        fields={name: value for name, value in owed.items() if name not in unwritten},
        version=record.version,
    )
    async with of.run.step() as session:
        of.run.add_notes(session, intents.unwritten(of, outgoing, "", record.id))
        if of.run.dry_run:
            await intents.tell_new(session, of, record, draft.values)
            return
        session.add(intent)
    await sending.send(of, intent, draft)


async def left_out(of: Export, why: str, record: SyncRecord | None = None, message: str = "") -> None:
    """Count a record that is not made there, and say why where that is no matter of course."""
    tally = of.run.tally(of.stream.resource)
    tally.read += 1
    tally.skip(why)
    if message:
        async with of.run.step() as session:
            note = Note("warning", message, of.stream.resource, record_id=record.id if record else None)
            of.run.add_notes(session, [note])
