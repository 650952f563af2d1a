"""Taking back what a job did to records and links, record by record, and keeping what was changed since."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import bulk, db, rows
from hub_app.kernel.clock import utcnow
from hub_app.sync.engine import changes, streams, writing
from hub_app.sync.engine.findings import Finding, is_shown, row_of
from hub_app.sync.engine.listed import listed
from hub_app.sync.engine.plan import named_in
from hub_app.sync.engine.run import Run
from hub_app.sync.engine.streams import Stream
from hub_app.sync.engine.subjects import Subjects
from hub_app.sync.engine.takeback import Left, Subject, archived_at, take_back, values_of
from hub_app.sync.journal import difference
from hub_app.sync.tables import (
    SyncConflict,
    SyncConnection,
    SyncFinding,
    SyncJob,
    SyncQuarantine,
    SyncRecord,
    SyncReference,
    SyncStream,
    SyncVersion,
)

_STEP = 100
_WAITING_STEP = 500
_Row = dict[str, Any]


async def pause(run: Run) -> None:
    """What is taken back must neither come again by itself, nor be written to the source."""
    if run.dry_run:
        return
    async with run.step() as session:
        connection = await rows.get(session, SyncConnection, run.connection_id, lock=True)
        connection.status, connection.next_sync_at = "paused", None
        connection.reason = (
            "A sync was undone. The next one brings its changes again, unless you change the mapping."
        )
        session.add(connection)
        db.notify(session, f"sync_connections:{run.tenant_id}")


async def type_of(run: Run) -> str:
    """That of the job which is undone."""
    async with db.read(run.tenant_id) as session:
        return (await rows.get(session, SyncJob, run.undoes or run.job_id)).type


async def undo(run: Run, *, pushes: bool) -> None:
    """Take back the job that this one is for, what it has written to the source only where that was taken back there (`pushes`).
    A dry run tells what it would do.
    """
    found = await streams.load(run.connection)
    subjects = Subjects(run, {one.id for one in found}, pushes=pushes)
    undoing = _Undoing(run, found, subjects)
    if run.total is None:
        run.total = await subjects.count()
    is_over = False
    while not is_over:
        async with run.step() as session:
            is_over = await undoing.some(session)
    await _give_up_waiting(run)
    async with run.step() as session:
        await _end(session, run)


class _Undoing:
    """The way through a job's changes, from the last one on. All of a record's are taken back together."""

    def __init__(self, run: Run, found: Sequence[Stream], subjects: Subjects) -> None:
        self._run = run
        self._of_collection = {one.collection_id: one for one in found}
        self._subjects = subjects

    async def some(self, session: AsyncSession) -> bool:
        """Take some records back, in the open step. Whether there are no more."""
        run, before = self._run, self._run.checkpoint.get("before")
        found = await self._subjects.changes(session, before, _STEP)
        if found:
            subjects = await self._subjects.load(session, {record_id for _, record_id in found}, before)
            await self._take_back(session, subjects)
            run.checkpoint["before"] = str(found[-1][0])
            run.processed += len(found)
        return len(found) < _STEP

    async def _take_back(self, session: AsyncSession, subjects: Sequence[Subject]) -> None:
        lefts = [(one, take_back(one)) for one in subjects]
        findings = [row for subject, left in lefts for row in self._told(subject, left)]
        await bulk.insert(session, SyncFinding, findings)
        if self._run.dry_run:
            return
        await self._remove(session, [subject for subject, left in lefts if left.removed])
        for subject, left in lefts:
            if not left.removed:
                await self._write(session, subject, left)
        done = [one for _, left in lefts for one in left.done]
        marked = update(SyncVersion).where(col(SyncVersion.id).in_(done)).values(undone_by=self._run.job_id)
        await session.exec(marked.execution_options(synchronize_session=False))
        db.notify(session, f"sync_records:{self._run.tenant_id}")

    def _told(self, subject: Subject, left: Left) -> list[_Row]:
        """Count what becomes of a record; what is told of it."""
        tally = self._run.tally(self._resource(subject))
        before, after = difference(values_of(subject.record, subject.data), left.values)
        tally.read += 1
        found: list[tuple[str, dict[str, Any]]] = []
        if left.removed:
            tally.removed += 1
            found.append(("remove", {}))
        elif before or after:
            tally.updated += 1
            found.append(("change", {"before": before, "after": after}))
        elif left.is_kept or left.kept:
            tally.skip("changed_since")
        else:
            tally.unchanged += 1
        found = [one for one in found if self._run.dry_run and is_shown(self._run, one[0])]
        if not left.removed and (left.is_kept or left.kept):
            found.append(("kept", {"fields": sorted(left.kept)}))
        return [self._row(subject, kind, detail) for kind, detail in found]

    def _resource(self, subject: Subject) -> str:
        stream = self._of_collection.get(subject.record.collection_id)
        return stream.resource if stream else ""

    def _row(self, subject: Subject, kind: str, detail: dict[str, Any]) -> _Row:
        record = subject.record
        external_id = next((one.external_id for one in subject.links.values()), "")
        finding = Finding(kind, external_id, record.name, record.id, detail)
        return row_of(self._run, self._resource(subject), finding, utcnow())

    async def _remove(self, session: AsyncSession, subjects: Sequence[Subject]) -> None:
        """Delete records that the job had made; what names them waits for them again."""
        gone = [one.record.id for one in subjects]
        if not gone:
            return
        named = update(SyncReference).where(col(SyncReference.target_id).in_(gone)).values(target_id=None)
        await session.exec(named.execution_options(synchronize_session=False))
        for one in subjects:
            for thing in (*one.links.values(), one.data, one.record):
                session.expunge(thing)
        await session.exec(delete(SyncRecord).where(col(SyncRecord.id).in_(gone)))

    async def _write(self, session: AsyncSession, subject: Subject, left: Left) -> None:
        """Write a record as it was, as a version of its own."""
        record, data = subject.record, subject.data
        for link_id, state in left.links.items():
            subject.links[link_id].sqlmodel_update(state.columns())
            session.add(subject.links[link_id])
        before, after = difference(values_of(record, data), left.values)
        if not before and not after:
            return
        archived = archived_at(left.values)
        contents = {name: value for name, value in left.values.items() if not name.startswith("$")}
        stream = self._of_collection.get(record.collection_id)
        if stream is not None:
            names = [one for one in stream.references if one in {**before, **after}]
            named = named_in(stream, contents, names)
            await writing.refer(session, {record.id: named}, [(record.id, one) for one in names])
            record.sqlmodel_update(listed(stream.fields, contents))
        record.archived_at, record.version = archived, record.version + 1
        data.contents, data.stamps = contents, left.stamps
        version = SyncVersion(
            tenant_id=self._run.tenant_id,
            record_id=record.id,
            number=record.version,
            kind="undone",
            job_id=self._run.job_id,
            made_by=self._run.started_by,
            before=before,
            after=after,
        )
        for one in (record, data, version):
            session.add(one)
        await changes.owe(session, record.id, but=self._run.connection_id)


async def _give_up_waiting(run: Run) -> None:
    """What the job found for somebody to decide is gone, and what it settled waits again: some hundred at a time, of perhaps many."""
    if run.dry_run:
        return
    undone = run.undoes or run.job_id
    for found in (SyncConflict, SyncQuarantine):
        after, is_over = UUID(int=0), False
        while not is_over:
            waiting = select(found.id, found.job_id).where(
                found.connection_id == run.connection_id, found.status == "open", col(found.id) > after
            )
            async with run.step() as session:
                some = (await session.exec(waiting.order_by(col(found.id)).limit(_WAITING_STEP))).all()
                ids = [one for one, job_id in some if job_id == undone]
                if ids:
                    await session.exec(delete(found).where(col(found.id).in_(ids)))
            after, is_over = some[-1][0] if some else after, len(some) < _WAITING_STEP
    settled = select(SyncQuarantine.id).where(SyncQuarantine.settled_by == undone).limit(_WAITING_STEP)
    is_over = False
    while not is_over:
        async with run.step() as session:
            ids = (await session.exec(settled)).all()
            again = update(SyncQuarantine).where(col(SyncQuarantine.id).in_(ids))
            again = again.values(status="open", settled_by=None)
            await session.exec(again.execution_options(synchronize_session=False))
        is_over = len(ids) < _WAITING_STEP


async def _end(session: AsyncSession, run: Run) -> None:
    """The job is taken back: what its streams know of the source counts no more."""
    if run.dry_run:
        return
    job = await rows.get(session, SyncJob, run.undoes or run.job_id, lock=True)
    job.undone_by = run.job_id
    session.add(job)
    of_connection = select(SyncStream).where(SyncStream.connection_id == run.connection_id)
    for stream in (await session.exec(of_connection.with_for_update())).all():
        # Everything has to be looked at again. What a later full run proved was about records that are now gone.
        stream.mark = None
        tally = run.tallies.get(stream.resource)
        if stream.last_full_job_id == job.id or (tally is not None and tally.removed):
            stream.last_full, stream.last_full_at, stream.last_full_job_id = {}, None, None
        session.add(stream)
