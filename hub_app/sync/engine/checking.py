"""Checking that both sides have the same, without changing anything: everything, or a sample."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlmodel import col, delete, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import bulk, db
from hub_app.kernel.clock import utcnow
from hub_app.sync import merge
from hub_app.sync.engine import known, reading
from hub_app.sync.engine.findings import Finding, row_of
from hub_app.sync.engine.known import Known
from hub_app.sync.engine.listed import listed
from hub_app.sync.engine.plan import MERGED
from hub_app.sync.engine.reading import Place
from hub_app.sync.engine.run import Run
from hub_app.sync.engine.streams import Stream
from hub_app.sync.mapping.mapper import Mapped
from hub_app.sync.provider.source import Item, Resource, Source
from hub_app.sync.tables import SyncFinding, SyncLink

MOST_FINDINGS = 5000
"""Of one check, for each resource. What comes after is counted, not listed."""
_CHUNK = 500
_SAMPLE = 50


async def check_all(run: Run, source: Source, streams: list[Stream]) -> None:
    """Compare every stream that is not yet done."""
    for stream in streams:
        place = Place.of(run.part("streams").get(stream.resource))
        if place.done:
            continue
        check = _Check(run, source, stream, source.resources[stream.resource])
        if run.config.get("mode") == "sample":
            await check.sample(int(run.config.get("sample_size") or _SAMPLE))
        else:
            await check.everything()
        place.done = True
        async with run.step():
            run.part("streams")[stream.resource] = place.as_json()


class _Check:
    """A check of one stream. Cut off, it begins anew: nothing depends on it."""

    def __init__(self, run: Run, source: Source, stream: Stream, resource: Resource) -> None:
        self._run = run
        self._source = source
        self._stream = stream
        self._resource = resource
        self._found = 0

    async def everything(self) -> None:
        """Read the whole list, and look for each link in it."""
        await self._forget()
        seen = set[str]()
        place = Place()
        async for read in reading.pages(self._source, self._stream.resource, place, since=None):
            place.advance(read, newest_first=False)
            fresh = [item for item in read.page.items if item.external_id not in seen and not item.gone]
            seen |= {item.external_id for item in read.page.items}
            seen |= {row.external_id for row in read.page.unread}
            self._run.tally(self._stream.resource).stated = place.total
            await self._compare(fresh, read=len(read.page.items) + len(read.page.unread))
            self._run.piece.goes_on(read.received_at)
        await self._missing(seen)

    async def sample(self, size: int) -> None:
        """Look at the first page of the list, and ask for records here and there."""
        await self._forget()
        page = await self._source.read(self._stream.resource)
        self._run.tally(self._stream.resource).stated = page.total
        await self._compare([one for one in page.items if not one.gone], read=len(page.items))
        if not self._resource.gets:
            return
        for external_id in await self._chosen(size):
            item = await self._source.get(self._stream.resource, external_id)
            if item is None or item.gone:
                await self._tell_missing([external_id])
            else:
                await self._compare([item], read=1)

    async def _compare(self, items: Sequence[Item], *, read: int) -> None:
        mapped = await self._stream.mapper.map_all(
            [item.payload for item in items], partition=self._run.tenant_id
        )
        ids = [item.external_id for item in items]
        async with self._run.step() as session:
            there = await known.details(session, self._stream.id, ids, lock=False)
            aside = await known.quarantined(session, self._stream.id, ids)
            tally = self._run.tally(self._stream.resource)
            tally.read += read
            rows: list[dict[str, Any]] = []
            for item, values in zip(items, mapped, strict=True):
                one = there.get(item.external_id)
                if one is not None and one.link.state == "merged":
                    tally.skip(MERGED)
                elif one is None and item.external_id in aside:
                    tally.quarantined += 1
                elif one is None:
                    tally.created += 1
                    rows.append(self._row("missing_here", item.external_id, None, self._name(values), {}))
                elif differing := _differing(self._stream, one, values):
                    tally.updated += 1
                    rows.append(
                        self._row("differs", item.external_id, one.record_id, one.name, {"fields": differing})
                    )
                else:
                    tally.unchanged += 1
            self._run.processed += read
            self._run.total = tally.stated
            await self._write(session, rows)

    async def _missing(self, seen: set[str]) -> None:
        """The links whose record the list did not have."""
        after = UUID(int=0)
        while True:
            statement = (
                select(SyncLink.record_id, SyncLink.external_id)
                .where(
                    SyncLink.stream_id == self._stream.id, known.IS_LINKED, col(SyncLink.record_id) > after
                )
                .order_by(col(SyncLink.record_id))
                .limit(_CHUNK)
            )
            async with db.read(self._run.tenant_id) as session:
                links = (await session.exec(statement)).all()
            await self._tell_missing([one for _, one in links if one not in seen])
            if len(links) < _CHUNK:
                return
            after = links[-1][0]

    async def _tell_missing(self, external_ids: Sequence[str]) -> None:
        if not external_ids:
            return
        async with self._run.step() as session:
            there = await known.details(session, self._stream.id, external_ids, lock=False)
            self._run.tally(self._stream.resource).gone += len(there)
            rows = [
                self._row("missing_there", one.external_id, one.record_id, one.name, {})
                for one in there.values()
            ]
            await self._write(session, rows)

    async def _chosen(self, size: int) -> Sequence[str]:
        """Some of the stream's records, chosen at random in the index of what is linked."""
        linked = (SyncLink.stream_id == self._stream.id, known.IS_LINKED)
        drawn = select(SyncLink.record_id).where(*linked).order_by(func.random()).limit(size)
        async with db.read(self._run.tenant_id) as session:
            ids = (await session.exec(drawn)).all()
            chosen = select(SyncLink.external_id).where(*linked, col(SyncLink.record_id).in_(ids))
            return (await session.exec(chosen)).all()

    async def _forget(self) -> None:
        """Drop what a run that was cut off found in this stream."""
        async with self._run.step() as session:
            of_stream = col(SyncFinding.resource) == self._stream.resource
            await session.exec(
                delete(SyncFinding).where(col(SyncFinding.job_id) == self._run.job_id, of_stream)
            )
            self._run.tallies.pop(self._stream.resource, None)

    async def _write(self, session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
        room = max(0, MOST_FINDINGS - self._found)
        self._found += len(rows)
        await bulk.insert(session, SyncFinding, rows[:room])

    def _name(self, mapped: Mapped) -> str:
        """What a record would be called here."""
        values = {field: value for field, value in mapped.values.items() if value is not merge.MISSING}
        return str(listed(self._stream.fields, values)["name"])

    def _row(
        self, kind: str, external_id: str, record_id: UUID | None, name: str, detail: Mapping[str, Any]
    ) -> dict[str, Any]:
        finding = Finding(kind, external_id, name, record_id, detail)
        return row_of(self._run, self._stream.resource, finding, utcnow())


def _differing(stream: Stream, one: Known, mapped: Mapped) -> dict[str, Any]:
    """The fields that differ and were not agreed on to differ: both values, and why as far as is known."""
    base = merge.unpacked(one.link.base, one.link.base_hub)
    merged = merge.merge_record(stream.terms, base, one.values, mapped.values, theirs_newer=lambda _: True)
    found: dict[str, Any] = {}
    for name, theirs in mapped.values.items():
        ours, agreed = one.values.get(name), base.get(name, merge.Base())
        if name not in stream.terms or theirs is merge.MISSING or ours == theirs:
            continue
        if agreed.hub == ours and agreed.source == theirs:
            continue
        why = "changed_here"
        if name in merged.conflicts or one.conflict_id is not None:
            why = "conflict"
        elif name in merged.changes:
            why = "changed_there"
        elif name in merged.push:
            why = "not_written"
        found[name] = {"hub": ours, "source": theirs, "why": why}
    return found
