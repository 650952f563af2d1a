"""Handing over: records that people chose are sent once to a source that takes new ones, and gives none back. What becomes of them
there is not known here, so that nothing is ever compared, changed or taken for deleted.
"""

from typing import Any
from uuid import UUID

from sqlmodel import col, select

from hub_app.kernel import db
from hub_app.sync.engine import creating, intents, sending
from hub_app.sync.engine.intents import Export
from hub_app.sync.mapping.outwards import outwards
from hub_app.sync.provider.source import Draft, Item
from hub_app.sync.tables import SyncData, SyncIntent, SyncLink, SyncRecord

SENT = "sent"
"""The state of the link of such a record."""


async def hand_over(of: Export, place: dict[str, Any]) -> None:
    """Send the records of the job's `record_ids` that were not sent before, each once, whatever becomes of the job."""
    chosen = sorted(UUID(one) for one in of.run.config.get("record_ids", ()))
    done = place.get("sent", "")
    left = [one for one in chosen if str(one) > done]
    async with db.read(of.run.tenant_id) as session:
        found = {
            record.id: (record, data)
            for record, data in (await session.exec(creating.unmade(of, left))).all()
        }
    for record_id in left:
        if record_id in found:
            await _send(of, *found[record_id])
        else:
            await _leave(of, record_id)
        place["sent"] = str(record_id)
        of.run.processed += 1


async def _leave(of: Export, record_id: UUID) -> None:
    """A record that is not sent: it was before, or may have been, or is archived by now."""
    is_unknown = col(SyncIntent.status).in_(("sending", "unknown"))
    of_record = select(SyncRecord, SyncIntent.id).join(SyncIntent, col(SyncIntent.record_id) == SyncRecord.id)
    unknown = of_record.where(SyncIntent.stream_id == of.stream.id, SyncRecord.id == record_id, is_unknown)
    async with db.read(of.run.tenant_id) as session:
        found = (await session.exec(unknown)).first()
    if found is None:
        await creating.left_out(of, "sent_before")
        return
    record, _ = found
    why = "may have arrived: its answer was lost. Look for it there, and enter it by hand if it is missing."
    await creating.left_out(of, "maybe_sent", record, f"{record.name or 'This client'} {why}")


async def _send(of: Export, record: SyncRecord, data: SyncData) -> None:
    owed = {key: data.contents[key] for key in of.stream.mapper.targets if key in data.contents}
    outgoing = outwards(of.stream.mapper, owed, {})
    if not outgoing.values:
        await creating.left_out(of, "nothing_to_send")
        return
    intent = intents.made(
        of, record.id, "create", sent=dict(outgoing.values), fields={}, version=record.version
    )
    async with of.run.step() as session:
        of.run.add_notes(session, intents.unwritten(of, outgoing, "", record.id))
        if of.run.dry_run:
            await intents.tell_new(session, of, record, outgoing.values)
            return
        session.add(intent)
    await sending.send(of, intent, Draft(values=outgoing.values, reference=str(record.id)), settling=_settle)


async def _settle(of: Export, intent: SyncIntent, item: Item) -> None:
    """It was taken: the record has a link that says so."""
    async with of.run.step() as session:
        there = select(SyncLink.id).where(
            SyncLink.stream_id == of.stream.id, SyncLink.record_id == intent.record_id
        )
        if (await session.exec(there)).first() is None:
            link = SyncLink(
                tenant_id=of.run.tenant_id,
                stream_id=of.stream.id,
                record_id=intent.record_id,
                external_id=item.external_id,
                state=SENT,
            )
            session.add(link)
            session.add(intents.version(of, intent.record_id, intent.version, link.id, SENT, {}))
        of.run.tally(of.stream.resource).pushed += 1
        db.notify(session, f"sync_record:{intent.record_id}")
        await intents.mark(session, intent, "done", item.external_id, "")
