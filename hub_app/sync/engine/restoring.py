"""Taking back what an export has written to a source: former values are written there where a record still holds the hub's. What
the export has made there, and records of which others have changed the same fields since, are left and told.
"""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from hub_app.kernel import bulk, db
from hub_app.kernel.clock import utcnow
from hub_app.sync.engine import intents, sending
from hub_app.sync.engine.findings import MADE_THERE, STAYS_THERE, Finding, row_of
from hub_app.sync.engine.intents import Export
from hub_app.sync.engine.run import Run
from hub_app.sync.engine.streams import Stream
from hub_app.sync.provider.source import Draft, Item, Source
from hub_app.sync.tables import SyncFinding, SyncIntent, SyncRecord

_CHUNK = 50
_TRIES = 3
SENT = "sent"
"""The kind of finding that tells of a write which an undo of the hub's side leaves as it is."""


async def restore(run: Run, source: Source, streams: list[Stream]) -> None:
    """Take back all that the job which is undone has written. ApiError when the source cannot be reached."""
    for stream in streams:
        resource = source.resources[stream.resource]
        if not resource.writes:
            continue
        of = Export(run, source, stream, resource)
        if not run.dry_run:
            await sending.look_for_all(of)
        async for intent, name in _done(run, stream):
            await _take_back(of, intent, name)


async def tell_sent(run: Run, streams: list[Stream]) -> None:
    """Tell what the job which is undone has written to the source, where all of it stays."""
    for stream in streams:
        async for intent, name in _done(run, stream):
            detail = {"before": intent.former, "after": intent.sent}
            await _tell(run, stream, intent, name, SENT if intent.kind == "update" else MADE_THERE, detail)


async def _done(run: Run, stream: Stream) -> AsyncIterator[tuple[SyncIntent, str]]:
    """The job's writes that the source has, the last one first, with the record's name; each once, also when the job is cut off."""
    place = run.part("sent")
    while True:
        statement = (
            select(SyncIntent, SyncRecord.name)
            .join(SyncRecord, col(SyncRecord.id) == SyncIntent.record_id)
            .where(
                SyncIntent.job_id == run.undoes,
                SyncIntent.stream_id == stream.id,
                SyncIntent.status == "done",
            )
            .order_by(col(SyncIntent.id).desc())
            .limit(_CHUNK)
        )
        if stream.resource in place:
            statement = statement.where(col(SyncIntent.id) < UUID(place[stream.resource]))
        async with db.read(run.tenant_id) as session:
            found = (await session.exec(statement)).all()
        for intent, name in found:
            yield intent, name
            place[stream.resource] = str(intent.id)
        if len(found) < _CHUNK:
            return


async def _take_back(of: Export, intent: SyncIntent, name: str) -> None:
    """Write the former values where the source still has those that were sent."""
    if intent.kind == "create":
        await _tell(of.run, of.stream, intent, name, MADE_THERE, {"after": intent.sent})
        return
    for _ in range(_TRIES):
        item = await of.source.get(of.stream.resource, intent.external_id)
        if item is None:
            await _tell(of.run, of.stream, intent, name, STAYS_THERE, {"fields": sorted(intent.sent)})
            return
        back, others = _former(intent, item)
        if others:
            await _tell(of.run, of.stream, intent, name, STAYS_THERE, {"fields": others})
            return
        if of.run.dry_run and back:
            detail = {"before": intents.at_paths(item.payload, back), "after": back}
            await _tell(of.run, of.stream, intent, name, "push", detail)
        if of.run.dry_run or not back or await _write(of, intent, item, back):
            return
    await _tell(of.run, of.stream, intent, name, STAYS_THERE, {"fields": sorted(intent.sent)})


def _former(intent: SyncIntent, item: Item) -> tuple[dict[str, Any], list[str]]:
    """What to write back, by path; and the paths that somebody has changed there since."""
    now = intents.at_paths(item.payload, intent.sent)
    back: dict[str, Any] = {}
    others: list[str] = []
    for path, sent in intent.sent.items():
        former = intent.former.get(path)
        if now.get(path) == former:
            continue
        if now.get(path) == sent:
            back[path] = former
        else:
            others.append(path)
    return back, others


async def _write(of: Export, done: SyncIntent, item: Item, back: dict[str, Any]) -> bool:
    """Whether it is over; not when somebody changed the record just now."""
    async with of.run.step() as session:
        record = select(SyncRecord.version).where(SyncRecord.id == done.record_id)
        intent = intents.made(
            of,
            done.record_id,
            "restore",
            external_id=done.external_id,
            sent=back,
            former=intents.at_paths(item.payload, back),
            version=(await session.exec(record)).one(),
        )
        session.add(intent)
    draft = Draft(values=back, reference=str(done.record_id), whole=item.payload)
    return await sending.send(of, intent, draft)


async def _tell(
    run: Run, stream: Stream, intent: SyncIntent, name: str, kind: str, detail: dict[str, Any]
) -> None:
    """Tell it once, also when the job is cut off and comes here again."""
    async with run.step() as session:
        known = select(SyncFinding.id).where(
            SyncFinding.job_id == run.job_id,
            SyncFinding.kind == kind,
            SyncFinding.record_id == intent.record_id,
        )
        if (await session.exec(known)).first() is not None:
            return
        finding = Finding(kind, intent.external_id, name, intent.record_id, detail)
        await bulk.insert(session, SyncFinding, [row_of(run, stream.resource, finding, utcnow())])
