"""Jobs: long work that someone started, can watch and cancel, and that survives a restart.

A use case calls `start` in its own transaction. A worker of any process claims the job under a lease and runs its kind
in steps: each step is one transaction that commits the work, the progress and the checkpoint together. Who dies in the
middle leaves a lease that runs out; the next one goes on from the checkpoint.
"""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import cast

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import cleaning, db, worker
from hub_app.kernel.actor import Actor
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import HubError
from hub_app.kernel.ids import lowest_at
from hub_app.kernel.queue import Held, Queue
from hub_app.kernel.scheduler import Periodic
from hub_app.kernel.tables import Job

QUEUE = Queue(
    table=Job.__table__,  # type: ignore[attr-defined]
    lane="tenant_id",
    columns=("tenant_id", "id", "lease", "kind"),
)
_TERMS = worker.Terms(topic="jobs", at_once=4, of_tenant=4, look_seconds=5)
_MOST_STARTS = 5
_KEPT = timedelta(days=30)
_RESULT_LENGTH = 300
_UNEXPECTED = (
    "It stopped on an error of Hub's own. The log has the details; start it again once that is mended."
)

_log = logging.getLogger(__name__)


class Ended(Exception):
    """This run of the job is over: it was cancelled, or another process took it. Let it through."""


class Run:
    """One run of a job. `arguments` are those of its start; `checkpoint`, `done` and `total` are saved by each step."""

    def __init__(self, held: Held, job: Job) -> None:
        self.held = held
        self.tenant_id = held.tenant_id
        self.started_at = job.started_at or utcnow()
        self.arguments = job.arguments
        self.checkpoint = dict(job.checkpoint)
        self.done = job.done
        self.total = job.total

    @asynccontextmanager
    async def step(self) -> AsyncIterator[AsyncSession]:
        """A transaction for a piece of the work; it ends by saving how far the job has come. Ended when it is over."""
        async with db.begin(self.tenant_id) as session:
            job = await _mine(session, self.held)
            if job.cancelling:
                raise Ended
            yield session
            job.done, job.total, job.checkpoint = self.done, self.total, dict(self.checkpoint)
            job.starts = 0
            session.add(job)
            told(session, job)


Work = Callable[[Run], Awaitable[str]]
"""What a kind of job does: steps until it is done; the sentence that says what came of it."""


def start(
    session: AsyncSession,
    actor: Actor,
    kind: str,
    *,
    title: str,
    href: str,
    arguments: dict[str, object],
    total: int | None = None,
) -> Job:
    """Start a job in the open transaction. `kind` is `family.name`; `href` the page where its outcome shows."""
    job = Job(
        tenant_id=actor.tenant_id,
        kind=kind,
        family=kind.partition(".")[0],
        title=title,
        href=href,
        arguments=arguments,
        total=total,
        started_by=actor.name,
    )
    session.add(job)
    told(session, job)
    db.notify(session, "jobs")
    return job


def told(session: AsyncSession, job: Job) -> None:
    """Tell open screens of the tenant that a job has changed, once that has committed."""
    db.notify(session, f"jobs:{job.tenant_id}")


@asynccontextmanager
async def running(kinds: Mapping[str, Work]) -> AsyncIterator[None]:
    """Run jobs of these kinds for the time of the block."""

    async def run(held: Held, row: worker.Row) -> None:
        await _run(held, cast("str", row["kind"]), kinds)

    async with worker.working(QUEUE, run, _TERMS):
        yield


async def _run(held: Held, kind: str, kinds: Mapping[str, Work]) -> None:
    status = "failed"
    try:
        run = await _begin(held)
        work = kinds.get(kind)
        if run is None:
            result = f"It was begun {_MOST_STARTS} times and never came to an end."
        elif work is None:
            result = "This version of Hub does not know such jobs."
        else:
            status, result = "succeeded", await work(run)
    except Ended:
        status, result = "cancelled", ""
    except HubError as error:
        status, result = "failed", error.detail
    except Exception:  # noqa: BLE001 - whatever it is, the job must not hang for ever
        _log.exception("A job of kind %s failed.", kind)
        status, result = "failed", _UNEXPECTED
    await _finish(held, status, result)


async def _mine(session: AsyncSession, held: Held) -> Job:
    """The job under our lease, locked; Ended when it is gone or another's."""
    job = (await session.exec(select(Job).where(Job.id == held.id).with_for_update())).one_or_none()
    if job is None or job.lease != held.lease or job.status != "pending":
        raise Ended
    return job


async def _begin(held: Held) -> Run | None:
    """The run that begins now; None for a job that has been begun too often."""
    async with db.begin(held.tenant_id) as session:
        job = await _mine(session, held)
        if job.starts >= _MOST_STARTS:
            return None
        job.starts += 1
        job.started_at = job.started_at or utcnow()
        session.add(job)
        told(session, job)
    return Run(held, job)


async def _finish(held: Held, status: str, result: str) -> None:
    try:
        async with db.begin(held.tenant_id) as session:
            job = await _mine(session, held)
            job.status, job.result, job.lease = status, result[:_RESULT_LENGTH], None
            job.finished_at = utcnow()
            session.add(job)
            told(session, job)
    except Ended:
        return


async def _clean_up() -> None:
    oldest = lowest_at(utcnow() - _KEPT)
    await cleaning.delete_below(col(Job.id), oldest, col(Job.status) != "pending")


PERIODIC = [Periodic("jobs.clean_up", timedelta(hours=1), _clean_up)]
