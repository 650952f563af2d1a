"""Sending writes to a source: once, looked for when nobody knows what came of them, and settled when the source has them."""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.apiclient.errors import ApiError
from hub_app.kernel import db, rows
from hub_app.kernel.clock import utcnow
from hub_app.kernel.queue import words
from hub_app.sync import merge
from hub_app.sync.engine import intents, known, merging, writing
from hub_app.sync.engine.intents import Export
from hub_app.sync.engine.known import Known
from hub_app.sync.engine.merging import Incoming
from hub_app.sync.engine.plan import Plan
from hub_app.sync.engine.run import Note
from hub_app.sync.mapping.hashes import payload_hash
from hub_app.sync.provider.source import Draft, Item
from hub_app.sync.tables import SyncIntent, SyncLink, SyncRecord

# Nothing has left the hub, or the source has refused it before it did anything.
_UNDONE = {"dns", "tls", "refused_address", "rate_limited", "consent", "credential", "auth"}
_UNCERTAIN = {"timeout", "connect", "protocol", "too_large", "invalid_json"}
Settling = Callable[[Export, SyncIntent, Item], Awaitable[None]]
_NOT_THERE = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)


async def send(of: Export, intent: SyncIntent, draft: Draft, *, settling: Settling | None = None) -> bool:
    """Send a write, and settle what came of it, as of `settle` or otherwise. False when the record is no longer as it was read: read it again. ApiError when the
    source cannot be reached, or nobody knows what came of the write.
    """
    resource, is_new = of.stream.resource, intent.kind == "create"
    await of.run.confirm()
    try:
        if is_new:
            item = await of.source.create(resource, draft)
        else:
            item = await of.source.update(resource, intent.external_id, draft)
    except ApiError as error:
        if error.kind == "changed" or (not is_new and error.status in _NOT_THERE):
            await _end(of, intent, "absent", str(error))
            return False
        await _failed(of, intent, error)
        if error.retryable or error.kind in _UNDONE | _UNCERTAIN:
            raise
        return True
    await (settling or settle)(of, intent, item)
    return True


async def look_for_all(of: Export) -> None:
    """Find out what came of the writes of which nobody knows it, before anything else is written."""
    # Written out, and in its order: the index of these serves for no other values.
    is_under_way = col(SyncIntent.status).in_(words("sending", "unknown"))
    under_way = select(SyncIntent).where(SyncIntent.stream_id == of.stream.id, is_under_way)
    async with db.read(of.run.tenant_id) as session:
        found = (await session.exec(under_way.order_by(col(SyncIntent.record_id)))).all()
    for intent in found:
        if intent.kind == "create" and not of.source.finds(of.stream.resource):
            await _leave(of, intent)
            continue
        item = await _look_for(of, intent)
        if item is None:
            await _end(of, intent, "absent", "")
        else:
            await settle(of, intent, item)


async def _leave(of: Export, intent: SyncIntent) -> None:
    """Nobody can tell whether the record was made there: it is left to a person, and not made again. Over once it has a link."""
    linked = select(SyncLink.id).where(
        SyncLink.stream_id == of.stream.id, SyncLink.record_id == intent.record_id
    )
    async with db.read(of.run.tenant_id) as session:
        is_linked = (await session.exec(linked)).first() is not None
    if is_linked:
        await _end(of, intent, "absent", "")
    elif intent.status != "unknown":
        await _end(of, intent, "unknown", "The source may have this record, and cannot be asked for it.")


async def adopt(of: Export, record: SyncRecord, item: Item, owed: Mapping[str, Any]) -> None:
    """A record that the hub has made there before, and of which it has no link. Where they differ, neither side is settled."""
    (mapped,) = await of.stream.mapper.map_all([item.payload], partition=of.run.tenant_id)
    alike = {name: value for name, value in owed.items() if mapped.values.get(name) == value}
    number = record.version if len(alike) == len(owed) else 0
    intent = intents.made(of, record.id, "create", external_id=item.external_id, fields=alike, version=number)
    async with of.run.step() as session:
        session.add(intent)
    await settle(of, intent, item)


async def settle(of: Export, intent: SyncIntent, item: Item) -> None:
    """The source has it: what it holds now is what was agreed on. Where it has former values again, so has the hub's side soon."""
    if intent.kind == "restore":
        async with of.run.step() as session:
            of.run.tally(of.stream.resource).pushed += 1
            await intents.mark(session, intent, "done", item.external_id, "")
        return
    (mapped,) = await of.stream.mapper.map_all([item.payload], partition=of.run.tenant_id)
    digest = payload_hash(item.payload, of.resource.volatile)
    async with of.run.step() as session:
        there = (await known.details(session, of.stream.id, [item.external_id], lock=True)).get(
            item.external_id
        )
        if there is None:
            there = await _link(session, of, intent, item)
        if there.link.state == "merged":
            # It was merged after it was sent: what was sent is another record's by now.
            await intents.mark(session, intent, "done", item.external_id, "")
            return
        plan = Plan(of.stream, of.run, utcnow())
        merging.settle(
            plan,
            Incoming(item, digest, mapped),
            there,
            {
                name: merge.acknowledged(sent, mapped.values.get(name, merge.MISSING))
                for name, sent in intent.fields.items()
            },
        )
        await writing.write(session, of.run, plan)
        of.run.tally(of.stream.resource).pushed += 1
        _note_untaken(of, session, intent, item)
        # As the source has it: it may have a spelling of its own.
        stored = intents.at_paths(item.payload, intent.sent)
        await intents.mark(session, intent, "done", item.external_id, "", stored=stored)


async def _look_for(of: Export, intent: SyncIntent) -> Item | None:
    """The record as the source has it, when it holds what was sent; None when that never arrived."""
    resource = of.stream.resource
    if intent.kind == "create":
        draft = Draft(values=intent.sent, reference=str(intent.record_id))  # type: ignore[arg-type]
        found = await of.source.find(resource, draft)
        return next((item for item in found if of.source.refers(item, draft)), None)
    item = await of.source.get(resource, intent.external_id)
    if item is None:
        return None
    now = intents.at_paths(item.payload, intent.sent)
    return item if now == intent.sent else None


async def _link(session: AsyncSession, of: Export, intent: SyncIntent, item: Item) -> Known:
    """The link of a record that was made there."""
    record = await rows.get(session, SyncRecord, intent.record_id, lock=True)
    link = SyncLink(
        tenant_id=of.run.tenant_id,
        stream_id=of.stream.id,
        record_id=record.id,
        external_id=item.external_id,
    )
    session.add(link)
    session.add(intents.version(of, record.id, record.version, link.id, "linked", {}))
    await session.flush()
    return (await known.details(session, of.stream.id, [item.external_id], lock=False))[item.external_id]


def _note_untaken(of: Export, session: AsyncSession, intent: SyncIntent, item: Item) -> None:
    """Say which values the source has left as they were although it accepted the write."""
    now = intents.at_paths(item.payload, intent.sent)
    for path, sent in intent.sent.items():
        held, former = now.get(path), intent.former.get(path)
        if held != sent and (held == former or (merge.is_blank(held) and merge.is_blank(former))):
            of.run.tally(of.stream.resource).refused += 1
            message = f"{path} was sent, accepted, and not changed by the source."
            note = Note("warning", message, of.stream.resource, item.external_id, intent.record_id)
            of.run.add_notes(session, [note])


async def _failed(of: Export, intent: SyncIntent, error: ApiError) -> None:
    """Keep what is known of a write that failed."""
    if error.kind in _UNDONE:
        await _end(of, intent, "absent", str(error))
    elif error.kind in _UNCERTAIN or error.retryable:
        await _end(of, intent, "unknown", str(error))
    else:
        of.run.tally(of.stream.resource).refused += 1
        await _end(of, intent, "refused", str(error))


async def _end(of: Export, intent: SyncIntent, status: str, error: str) -> None:
    async with of.run.step() as session:
        await intents.mark(session, intent, status, intent.external_id, error)
        if status in {"refused", "unknown"}:
            message = f"The write was refused: {error}" if status == "refused" else error
            note = Note("error", message, of.stream.resource, intent.external_id, intent.record_id)
            of.run.add_notes(session, [note])
        if status == "refused":
            await intents.give_up(session, of, intent.record_id)
