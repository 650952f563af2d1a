"""Jobs: long work that someone started, can watch and cancel, and that survives a restart.

A use case calls `start` in its own transaction. A worker of any process claims the job under a lease and runs its kind
in steps: each step is one transaction that commits the work, the progress and the checkpoint together. Who dies in the
middle leaves a lease that runs out; the next one goes on from the checkpoint.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import capabilities, db, figures, leases, worker
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Conflict, Forbidden, HubError
from hub_app.kernel.leases import Ended
from hub_app.kernel.queue import PENDING, Held
from hub_app.kernel.settings import get_settings
from hub_app.kernel.tables import Job

QUEUE = leases.queue_of(Job, "kind")
resumed = leases.goes_on(Job, "jobs")
_RESULT_LENGTH = 300
_UNEXPECTED = (
    "It stopped because of an internal error. Ask the operator to check Hub's log, then retry the job."
)


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
        async with leases.under_lease(Job, self.held) as (session, job):
            if job.cancelling:
                raise Ended
            yield session
            job.done, job.total, job.checkpoint = self.done, self.total, dict(self.checkpoint)
            job.starts = 0
            told(session, job)


Work = Callable[[Run], Awaitable[str]]
"""What a kind of job does: steps until it is done; the sentence that says what came of it."""


@dataclass(frozen=True, slots=True)
class JobKind:
    """A kind of job: its work; what it is called for those who may not read a job's title; and the role that may cancel
    and retry it, with the scope to write its family.
    """

    work: Work
    label: str
    role: Role = Role.ENGINEER


def kinds() -> dict[str, JobKind]:
    """All of them by their names, `family.name`."""
    return {name: kind for capability in capabilities.every() for name, kind in capability.jobs.items()}


def works() -> dict[str, Work]:
    """What does each kind of job, for whoever runs them all."""
    return {name: kind.work for name, kind in kinds().items()}


def label_of(kind: str) -> str:
    """What a kind of job is called. Another version's is called by its name."""
    known = kinds().get(kind)
    return known.label if known is not None else kind


def require_change(actor: Actor, job: Job) -> None:
    """Raise Forbidden unless the actor may cancel and retry this job."""
    known = kinds().get(job.kind)
    actor.require(known.role if known is not None else Role.ENGINEER, f"write:{job.family}")


def may_change(actor: Actor, job: Job) -> bool:
    """Whether the actor may cancel and retry this job."""
    try:
        require_change(actor, job)
    except Forbidden:
        return False
    return True


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


async def require_alone(session: AsyncSession, kind: str, why: str, **arguments: object) -> None:
    """Conflict with this sentence while a job of the kind, with these among its arguments, waits or runs. In the transaction
    that starts one: of two at once, the second waits for the first.
    """
    tenant_id = db.unit_of(session).scope
    await db.lock(session, f"job {tenant_id} {kind}")
    waiting = select(Job).where(col(Job.status) == PENDING, Job.kind == kind)
    for one in (await session.exec(waiting)).all():
        if all(one.arguments.get(name) == value for name, value in arguments.items()):
            raise Conflict(why)


def told(session: AsyncSession, job: Job) -> None:
    """Tell open screens of the tenant that a job has changed, once that has committed."""
    db.notify(session, f"jobs:{job.tenant_id}")


@asynccontextmanager
async def running(kinds: Mapping[str, Work]) -> AsyncIterator[None]:
    """Run jobs of these kinds for the time of the block."""

    async def run(held: Held, row: worker.Row) -> None:
        await _run(held, cast("str", row["kind"]), kinds)

    async def fail(held: Held) -> None:
        await _finish(held, "failed", _UNEXPECTED)

    settings = get_settings()
    terms = worker.Terms(
        topic="jobs",
        max_concurrent=settings.job_capacity,
        max_per_tenant=settings.job_capacity_per_tenant,
        look_seconds=5,
    )
    async with worker.working(QUEUE, run, fail, terms):
        yield


async def _run(held: Held, kind: str, kinds: Mapping[str, Work]) -> None:
    status = "failed"
    try:
        run = await _begin(held)
        work = kinds.get(kind)
        if run is None:
            result = f"It was started {leases.MOST_STARTS} times and never finished."
        elif work is None:
            result = "This version of Hub cannot run this kind of job."
        else:
            status, result = "succeeded", await work(run)
    except Ended:
        status, result = "cancelled", ""
    except HubError as error:
        result = error.detail
    await _finish(held, status, result)


async def _begin(held: Held) -> Run | None:
    """The run that begins now; None for a job that has been begun too often."""
    async with leases.under_lease(Job, held) as (session, job):
        if not job.begin():
            return None
        told(session, job)
    return Run(held, job)


async def _finish(held: Held, status: str, result: str) -> None:
    async with leases.under_lease(Job, held, ending=True) as (session, job):
        job.finish(status)
        job.result = result[:_RESULT_LENGTH]
        told(session, job)
    figures.job(job.kind, status)
