"""One run of a job of syncing: what it was to do, how far it is, and the steps by which it gets on."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import db, leases
from hub_app.kernel.clock import utcnow
from hub_app.kernel.leases import Ended
from hub_app.kernel.queue import Held
from hub_app.kernel.underway import Piece
from hub_app.sync.engine.tally import Tally
from hub_app.sync.tables import SyncConnection, SyncJob, SyncLog

MOST_LOGS = 1000
"""Of one job. What comes after is counted, not told."""
# After a step: no lease has run out meanwhile.
_SURE = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Note:
    """What a job has to say."""

    level: str
    message: str
    resource: str = ""
    external_id: str = ""
    record_id: UUID | None = None
    detail: dict[str, Any] | None = None


class Run:
    """One run of a job. `checkpoint`, `tallies`, `processed` and `total` are saved by each step."""

    def __init__(self, held: Held, job: SyncJob, connection: SyncConnection, piece: Piece) -> None:
        self.held = held
        self.piece = piece
        self.tenant_id = held.tenant_id
        self.job_id = job.id
        self.connection_id = job.connection_id
        self.connection = connection
        self.type = job.type
        self.config = job.config
        self.trigger = job.trigger
        self.dry_run = job.dry_run
        self.undoes = job.undoes
        self.started_by = job.started_by
        self.started_at = job.started_at or utcnow()
        self.checkpoint: dict[str, Any] = dict(job.checkpoint)
        self.tallies = {name: Tally.of(kept) for name, kept in job.counts.items()}
        self.processed = job.processed
        self.total = job.total
        self._stepped_at = utcnow()

    @property
    def made_by(self) -> str:
        """What the history of a record says of this job's changes."""
        return f"{self.connection.name}"[:200]

    def tally(self, resource: str) -> Tally:
        return self.tallies.setdefault(resource, Tally())

    def part(self, name: str) -> dict[str, Any]:
        """A part of the checkpoint, to be changed in place."""
        return self.checkpoint.setdefault(name, {})

    @asynccontextmanager
    async def step(self) -> AsyncIterator[AsyncSession]:
        """A transaction for a piece of the work; it ends by saving how far the job has come. Ended when it is over."""
        async with leases.under_lease(SyncJob, self.held) as (session, job):
            if job.cancelling:
                raise Ended
            yield session
            self.save(job)
            job.starts = 0
            self._stepped_at = utcnow()
            self.checkpoint.pop("tries", None)
            told(session, job)

    async def confirm(self) -> None:
        """Before what cannot be taken back is sent. Ended when the job is another's by now, as it may be where this process was
        paused since its last step.
        """
        if utcnow() - self._stepped_at > _SURE:
            async with self.step():
                pass

    async def put_off(self, wait: timedelta, why: str) -> None:
        """Give the job back, to go on later: the source wants it so, or cannot be reached now."""
        until = utcnow() + wait
        async with leases.under_lease(SyncJob, self.held) as (session, job):
            self.save(job)
            job.starts = 0
            job.put_off(until)
            self.add_notes(session, [Note("info", why)])
            told(session, job)

    def add_notes(self, session: AsyncSession, notes: Sequence[Note]) -> None:
        """Write into the job's log, in the open step."""
        logged = self.checkpoint.get("logged", 0)
        for note in notes[: max(0, MOST_LOGS - logged)]:
            session.add(
                SyncLog(
                    tenant_id=self.tenant_id,
                    job_id=self.job_id,
                    level=note.level,
                    resource=note.resource,
                    external_id=note.external_id[:200],
                    record_id=note.record_id,
                    message=note.message[:500],
                    detail=note.detail or {},
                )
            )
        self.checkpoint["logged"] = logged + len(notes)

    def save(self, job: SyncJob) -> None:
        job.checkpoint = dict(self.checkpoint)
        job.counts = {name: tally.as_json() for name, tally in self.tallies.items()}
        job.processed, job.total = self.processed, self.total


async def begin(held: Held, piece: Piece) -> Run | None:
    """The run that begins now; None for a job that has been begun too often. Ended when it is over."""
    async with leases.under_lease(SyncJob, held) as (session, job):
        if job.cancelling:
            raise Ended
        if not job.begin():
            return None
        told(session, job)
        connection = await session.get_one(SyncConnection, (held.tenant_id, job.connection_id))
    return Run(held, job, connection, piece)


async def give_back(held: Held, wait: timedelta) -> None:
    """Have a job begin again from its last step, later: what it did since cannot be relied on. Nothing when it is over."""
    with suppress(Ended):
        async with leases.under_lease(SyncJob, held) as (_, job):
            job.starts = 0
            job.put_off(utcnow() + wait)


def told(session: AsyncSession, job: SyncJob) -> None:
    """Tell open screens that a job has changed, once that has committed."""
    db.notify(session, f"sync_jobs:{job.tenant_id}")
    db.notify(session, f"sync_job:{job.id}")


def later(moment: datetime, other: datetime | None) -> datetime:
    """The later one of two moments, of which one may be unknown."""
    return moment if other is None or other < moment else other
