"""A page of a source's records on its way into the hub."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import bulk, db
from hub_app.kernel.clock import utcnow
from hub_app.kernel.ids import new_id
from hub_app.kernel.yielding import at_a_go
from hub_app.sync.engine import erased, known, merging, writing
from hub_app.sync.engine.known import Known
from hub_app.sync.engine.lost import Losses
from hub_app.sync.engine.merging import Incoming
from hub_app.sync.engine.plan import MERGED, Plan
from hub_app.sync.engine.reading import Place, ReadPage
from hub_app.sync.engine.run import Run
from hub_app.sync.engine.streams import Stream
from hub_app.sync.mapping.hashes import payload_hash
from hub_app.sync.provider.source import Item, Resource, Unread
from hub_app.sync.tables import SyncSeen

# Pages on which nothing has changed share a transaction: so many of them, or for so many seconds.
_TOGETHER = 10
_SECONDS = 1.0
_STALE, _UNCHANGED = "older_than_known", "unchanged"


@dataclass
class Intake:
    """Takes the pages of a stream, one after the other. `since` leaves out what was last changed before; `seen` are the records
    that this run has met, of so many `pages`.
    """

    run: Run
    stream: Stream
    resource: Resource
    place: Place
    full: bool
    since: datetime | None = None
    seen: set[int] = field(default_factory=set[int])
    pages: int = 0
    losses: Losses = field(init=False)
    _again: set[str] = field(default_factory=set[str])
    _unsaved: list[tuple[int, list[str]]] = field(default_factory=list[tuple[int, list[str]]])
    _saved_at: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        kept = self.run.part("lost").get(self.stream.resource, {})
        self.losses = Losses.of(kept, self.stream.mapper.targets)

    @property
    def given(self) -> int:
        """How many different records the source has given, those of other kinds among them."""
        return len(self.seen) + self.place.left_out

    async def take(self, read: ReadPage, *, again: bool = False) -> None:
        """Bring a page's records into the hub, with the place that has been reached; `again` is for one that is read once more.
        Others have their turn while expressions are evaluated, which takes as long as a tenant made them.
        """
        mapper, tenant_id = self.stream.mapper, self.run.tenant_id
        async with db.turn(tenant_id):
            if not again:
                self.place.advance(read, newest_first=self.resource.order == "newest_first")
            changed, unread = await self._to_do(read)
        payloads = [item.payload for item, _ in changed]
        found = await mapper.evaluate(payloads, partition=tenant_id)
        async with db.turn(tenant_id):
            mapped = await mapper.map_evaluated(payloads, found)
            incoming = [
                Incoming(item, digest, one) for (item, digest), one in zip(changed, mapped, strict=True)
            ]
            met = [one.external_id for one in (*read.page.items, *read.page.unread)]
            self.pages += 1
            self._unsaved.append((self.pages, list(dict.fromkeys(met))))
            if incoming or unread or self._is_late():
                await self.save(incoming, unread)

    async def _to_do(self, read: ReadPage) -> tuple[list[tuple[Item, bytes]], list[Unread]]:
        """The records of a page that have to be merged, with their hashes, and those that could not be read; the rest is counted."""
        tally = self.run.tally(self.stream.resource)
        for kind, count in read.page.left_out.items():
            tally.read += count
            tally.skip(kind, count)
        tally.read += len(read.page.unread)
        items = self._fresh(read.page.items)
        self.seen |= {hash(row.external_id) for row in read.page.unread}
        hashed = [(item, payload_hash(item.payload, self.resource.volatile)) for item in items]
        async with db.read(self.run.tenant_id) as session:
            changed = await self._changed(session, hashed, read.requested_at)
            return await self._without_erased(session, changed, read.page.unread)

    async def save(self, incoming: Sequence[Incoming] = (), unread: Sequence[Unread] = ()) -> None:
        """Write what came of the pages since the last save, and how far the job is. It is planned before the transaction, for which
        others may have to wait, and once more within it when somebody has changed one of the records meanwhile.
        """
        run, stream = self.run, self.stream
        ids = [one.item.external_id for one in incoming]
        counted = run.tally(stream.resource).copy()
        async with db.read(run.tenant_id) as session:
            known_before = await known.details(session, stream.id, ids, lock=False)
        plan = await self._plan(incoming, unread, known_before)
        for one in incoming:
            if not one.item.gone:
                self.losses.take(one.mapped, known_before.get(one.item.external_id))
        async with run.step() as session:
            there = await known.details(session, stream.id, ids, lock=not run.dry_run)
            if there != known_before:
                run.tallies[stream.resource] = counted
                plan = await self._plan(incoming, unread, there)
            await writing.write(session, run, plan)
            await bulk.insert(session, SyncSeen, self._seen_rows(plan.now))
            run.part("streams")[stream.resource] = self.place.as_json()
            run.part("lost")[stream.resource] = self.losses.as_json()
        self._unsaved.clear()
        self._saved_at = time.monotonic()

    async def _plan(
        self, incoming: Sequence[Incoming], unread: Sequence[Unread], there: Mapping[str, Known]
    ) -> Plan:
        plan = Plan(self.stream, self.run, utcnow())
        for number, row in enumerate(unread, 1):
            where = row.external_id or f"page {self.pages}, row {number}"
            plan.quarantined(where, row.why, row.raw)
        async for some in at_a_go(incoming):
            for one in some:
                merging.take(plan, one, there.get(one.item.external_id))
        return plan

    def _fresh(self, items: Sequence[Item]) -> list[Item]:
        """The records that are wanted. One that this run has met before is looked at again: it may have been changed since, and
        have moved to a later page by that.
        """
        tally, fresh = self.run.tally(self.stream.resource), dict[str, Item]()
        self._again.clear()
        for item in items:
            tally.read += 1
            self.run.processed += 1
            mark = hash(item.external_id)
            if item.external_id in fresh or (mark in self.seen and self.run.dry_run):
                tally.repeated += 1
                continue
            if mark in self.seen:
                self._again.add(item.external_id)
            self.seen.add(mark)
            if self.since is not None and item.modified is not None and item.modified < self.since:
                tally.skip("before_connecting")
            else:
                fresh[item.external_id] = item
        return list(fresh.values())

    async def _changed(
        self, session: AsyncSession, hashed: Sequence[tuple[Item, bytes]], requested_at: datetime
    ) -> list[tuple[Item, bytes]]:
        """Those that may have changed since they were last merged."""
        tally, changed = self.run.tally(self.stream.resource), list[tuple[Item, bytes]]()
        glances = await known.glances(session, self.stream.id, [item.external_id for item, _ in hashed])
        for item, digest in hashed:
            glance = glances.get(item.external_id)
            why = self._nothing_to_do(item, digest, glance, requested_at)
            if item.external_id in self._again and (why or glance is None):
                tally.repeated += 1
            elif why == _UNCHANGED:
                tally.unchanged += 1
            elif why:
                tally.skip(why)
                if why == _STALE:
                    # Not done: what was written since comes with the next run.
                    self.place.doubt("a record was read that the hub has written since")
            else:
                changed.append((item, digest))
        return changed

    async def _without_erased(
        self, session: AsyncSession, changed: Sequence[tuple[Item, bytes]], unread: Sequence[Unread]
    ) -> tuple[list[tuple[Item, bytes]], list[Unread]]:
        """Without the records of people who were erased."""
        contents = [*(dict(item.payload) for item, _ in changed), *(row.raw for row in unread)]
        of_erased = await erased.among(session, self.run.tenant_id, contents)
        for _ in of_erased:
            self.run.tally(self.stream.resource).skip(erased.SKIPPED)
        left = len(changed)
        return (
            [one for number, one in enumerate(changed) if number not in of_erased],
            [row for number, row in enumerate(unread, left) if number not in of_erased],
        )

    def _nothing_to_do(
        self, item: Item, digest: bytes, glance: known.Glance | None, requested_at: datetime
    ) -> str:
        """Why nothing becomes of a record; "" when something may."""
        if glance is None:
            return "deleted_there" if item.gone else ""
        if glance.state == "merged":
            return MERGED
        if item.gone and glance.state == "gone":
            return "deleted_there"
        if self._is_stale(item, glance, requested_at):
            return _STALE
        return _UNCHANGED if glance.is_settled(digest, self.stream.mapping_version) else ""

    def _is_stale(self, item: Item, glance: known.Glance, requested_at: datetime) -> bool:
        """Whether the page was read before the hub's own last write, or shows a state older than the one known. A list may lag
        behind for a while; what is told by a full run later than that is so, such as by a source that went back to a backup.
        """
        pushed_at = glance.pushed_at
        if pushed_at is not None and requested_at < pushed_at:
            return True
        lags = pushed_at is not None and requested_at < pushed_at + self.resource.lateness
        known_of, told_of = glance.modified, item.modified
        is_older = known_of is not None and told_of is not None and told_of < known_of
        return is_older and (lags or not self.full)

    def _is_late(self) -> bool:
        return len(self._unsaved) >= _TOGETHER or time.monotonic() - self._saved_at > _SECONDS

    def _seen_rows(self, now: datetime) -> list[dict[str, Any]]:
        return [
            {
                "id": new_id(),
                "created_at": now,
                "job_id": self.run.job_id,
                "stream_id": self.stream.id,
                "page": number,
                "external_ids": ids,
            }
            for number, ids in self._unsaved
        ]
