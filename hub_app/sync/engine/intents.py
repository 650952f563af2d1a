"""Writes to a source as they are kept: the intent before it is sent, and what came of it; and what is told of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import bulk, rows, selection
from hub_app.kernel.clock import utcnow
from hub_app.kernel.ids import new_id
from hub_app.sync import merge
from hub_app.sync.engine.findings import Finding, is_shown, row_of
from hub_app.sync.engine.known import Known
from hub_app.sync.engine.run import Note, Run
from hub_app.sync.engine.streams import Stream
from hub_app.sync.journal import LinkState
from hub_app.sync.mapping.outwards import Outgoing
from hub_app.sync.mapping.paths import Payload, getter
from hub_app.sync.provider.source import Resource, Source
from hub_app.sync.tables import SyncFinding, SyncIntent, SyncLink, SyncRecord, SyncVersion


@dataclass(frozen=True, slots=True)
class Export:
    """An export of one stream under way."""

    run: Run
    source: Source
    stream: Stream
    resource: Resource


def made(of: Export, record_id: UUID, kind: str, **values: Any) -> SyncIntent:
    """The intent of this export to write a record; it is yet to be added."""
    return SyncIntent(
        id=new_id(),
        tenant_id=of.run.tenant_id,
        stream_id=of.stream.id,
        record_id=record_id,
        job_id=of.run.job_id,
        kind=kind,
        mapping_version=of.stream.mapping_version,
        **values,
    )


def at_paths(payload: Payload, paths: Iterable[str]) -> dict[str, Any]:
    """What a source has at these paths of names and indices; what is not there is left out."""
    found = {path: getter(selection.names(path) or ())(payload) for path in paths}
    return {path: value for path, value in found.items() if value is not merge.MISSING}


async def mark(
    session: AsyncSession,
    intent: SyncIntent,
    status: str,
    external_id: str,
    error: str,
    *,
    stored: Mapping[str, Any] | None = None,
) -> None:
    """Keep what came of a write, in the open step; `stored` is what the source made of what was sent."""
    row = await rows.get(session, SyncIntent, intent.id, lock=True)
    row.status, row.external_id, row.error = status, external_id, error[:500]
    row.sent = row.sent | dict(stored or {})
    session.add(row)


async def give_up(session: AsyncSession, of: Export, record_id: UUID) -> None:
    """The source does not take what it is owed: it is not sent again until the record or the mapping changes. In the open step."""
    statement = (
        select(SyncLink, SyncRecord.version)
        .join(SyncRecord, col(SyncRecord.id) == SyncLink.record_id)
        .where(SyncLink.stream_id == of.stream.id, SyncLink.record_id == record_id, SyncLink.owes)
    )
    for link, number in (await session.exec(statement)).all():
        before = LinkState.of(link)
        change = before.changes(replace(before, owes=False))
        link.owes = False
        session.add(link)
        session.add(version(of, record_id, number, link.id, "refused", change))


def version(
    of: Export, record_id: UUID, number: int, link_id: UUID, kind: str, link_change: Mapping[str, Any]
) -> SyncVersion:
    """A change of a record's link alone; it is yet to be added."""
    return SyncVersion(
        tenant_id=of.run.tenant_id,
        record_id=record_id,
        number=number,
        kind=kind,
        job_id=of.run.job_id,
        made_by=of.run.made_by,
        link_id=link_id,
        link_change=dict(link_change),
    )


def unwritten(of: Export, outgoing: Outgoing, external_id: str, record_id: UUID) -> list[Note]:
    """What is told of values that a source cannot be sent."""
    return [
        Note(
            "warning",
            f"{one.target} was not sent: it {one.why}",
            of.stream.resource,
            external_id,
            record_id,
            {"field": one.target, "value": one.value},
        )
        for one in outgoing.warnings
    ]


async def tell(
    session: AsyncSession, of: Export, now: Known, values: Mapping[str, Any], former: Mapping[str, Any]
) -> None:
    """Tell what a dry run would write, in the open step."""
    detail = {"before": dict(former), "after": dict(values)}
    await _tell(session, of, Finding("push", now.external_id, now.name, now.record_id, detail))


async def tell_new(session: AsyncSession, of: Export, record: SyncRecord, values: Mapping[str, Any]) -> None:
    """Tell what a dry run would make there, in the open step."""
    await _tell(session, of, Finding("push_new", "", record.name, record.id, {"values": dict(values)}))


async def _tell(session: AsyncSession, of: Export, one: Finding) -> None:
    of.run.tally(of.stream.resource).pushed += 1
    if is_shown(of.run, one.kind):
        await bulk.insert(session, SyncFinding, [row_of(of.run, of.stream.resource, one, utcnow())])
