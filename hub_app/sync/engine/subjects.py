"""Finding the records that a job changed, with all that is needed to take its changes back."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlmodel import col, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import db
from hub_app.sync.engine.findings import MADE_THERE, STAYS_THERE
from hub_app.sync.engine.run import Run
from hub_app.sync.engine.takeback import Subject
from hub_app.sync.tables import SyncData, SyncFinding, SyncJob, SyncLink, SyncRecord, SyncVersion


class Subjects:
    """What a job has changed. What it has written to the source is among them only where that was
    taken back there (`pushes`).
    """

    def __init__(self, run: Run, stream_ids: set[UUID], *, pushes: bool) -> None:
        self._run = run
        self._stream_ids = stream_ids
        self._pushes = pushes
        self._of_job = [SyncVersion.job_id == run.undoes, col(SyncVersion.undone_by).is_(None)]
        if not pushes:
            self._of_job.append(SyncVersion.kind != "pushed")

    async def count(self) -> int:
        """How many changes there are."""
        async with db.read(self._run.tenant_id) as session:
            return (await session.exec(select(func.count(col(SyncVersion.id))).where(*self._of_job))).one()

    async def changes(
        self, session: AsyncSession, before: str | None, most: int
    ) -> Sequence[tuple[UUID, UUID]]:
        """The next changes, newest first, of those `before` one: their ids, with those of their records."""
        statement = select(SyncVersion.id, SyncVersion.record_id).where(*self._of_job)
        if before is not None:
            statement = statement.where(col(SyncVersion.id) < UUID(before))
        return (await session.exec(statement.order_by(col(SyncVersion.id).desc()).limit(most))).all()

    async def load(self, session: AsyncSession, ids: set[UUID], before: str | None) -> list[Subject]:
        """The records, locked, with all that the job did to them. Those that were among the last ones are not looked at again, nor
        those that are left as they are.
        """
        locked = select(SyncRecord).where(col(SyncRecord.id).in_(ids)).order_by(col(SyncRecord.id))
        records = {one.id: one for one in (await session.exec(locked.with_for_update())).all()}
        values = select(SyncData).where(col(SyncData.id).in_(ids))
        data = {one.id: one for one in (await session.exec(values)).all()}
        links = defaultdict[UUID, dict[UUID, SyncLink]](dict)
        for link in (await session.exec(select(SyncLink).where(col(SyncLink.record_id).in_(ids)))).all():
            links[link.record_id][link.id] = link
        done = await self._of_records(session, ids, *self._of_job)
        earlier = await self._earlier(session, ids)
        somebodys, left = await self._somebodys(session, ids), await self._left_there(session, ids)
        return [
            Subject(
                record,
                data[record.id],
                {one.id: one for one in links[record.id].values() if one.stream_id in self._stream_ids},
                done[record.id],
                earlier[record.id],
                record.id in somebodys
                or any(one.stream_id not in self._stream_ids for one in links[record.id].values()),
            )
            for record in records.values()
            if record.id in data
            and record.id not in left
            and (before is None or done[record.id][0].id < UUID(before))
        ]

    async def _of_records(
        self, session: AsyncSession, ids: set[UUID], *where: Any
    ) -> dict[UUID, list[SyncVersion]]:
        """Versions of records, newest first."""
        found = defaultdict[UUID, list[SyncVersion]](list)
        statement = select(SyncVersion).where(col(SyncVersion.record_id).in_(ids), *where)
        for one in (await session.exec(statement.order_by(col(SyncVersion.id).desc()))).all():
            found[one.record_id].append(one)
        return found

    async def _earlier(self, session: AsyncSession, ids: set[UUID]) -> dict[UUID, list[SyncVersion]]:
        """All versions of those records of which any was taken back before: of the others nothing goes along."""
        undone = select(SyncVersion.record_id).where(
            col(SyncVersion.record_id).in_(ids), col(SyncVersion.undone_by).is_not(None)
        )
        some = set((await session.exec(undone.distinct())).all())
        return await self._of_records(session, some) if some else defaultdict[UUID, list[SyncVersion]](list)

    async def _somebodys(self, session: AsyncSession, ids: set[UUID]) -> set[UUID]:
        """Those of which a person, or a job of another connection, has made something."""
        others = or_(
            col(SyncJob.id).is_(None),
            col(SyncJob.connection_id) != self._run.connection_id,
            col(SyncJob.type) == "merge",
        )
        statement = (
            select(SyncVersion.record_id)
            .join(SyncJob, col(SyncJob.id) == SyncVersion.job_id, isouter=True)
            .where(
                col(SyncVersion.record_id).in_(ids),
                col(SyncVersion.undone_by).is_(None),
                SyncVersion.kind != "undone",
                others,
            )
        )
        return set((await session.exec(statement.distinct())).all())

    async def _left_there(self, session: AsyncSession, ids: set[UUID]) -> set[UUID]:
        if not self._pushes:
            return set()
        statement = select(SyncFinding.record_id).where(
            SyncFinding.job_id == self._run.job_id,
            col(SyncFinding.kind).in_((STAYS_THERE, MADE_THERE)),
            col(SyncFinding.record_id).in_(ids),
        )
        return {one for one in (await session.exec(statement)).all() if one is not None}
