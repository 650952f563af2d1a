"""Jobs: steps that commit with their progress, cancelling, failing, going on after a process is gone."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import update

from hub_app.jobs import service
from hub_app.jobs.schemas import JobOut
from hub_app.kernel import db, jobs
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from hub_app.kernel.ids import new_id
from hub_app.kernel.jobs import Run
from hub_app.kernel.paging import PageRequest
from hub_app.kernel.tables import Job
from tests.kernel.conftest import Two, actor, endpoint

pytestmark = pytest.mark.both_databases

STEPS = 5


async def start(tenant_id: UUID) -> UUID:
    async with db.begin(tenant_id) as session:
        job = jobs.start(
            session,
            actor(tenant_id),
            "webhooks.tests",
            title="Add endpoints",
            href="/",
            arguments={"count": STEPS},
            total=STEPS,
        )
    return job.id


async def until(tenant_id: UUID, job_id: UUID, holds: Callable[[JobOut], bool]) -> JobOut:
    async with asyncio.timeout(60):
        while True:
            job = service.job_out(await service.get_job(actor(tenant_id), job_id))
            if holds(job):
                return job
            await asyncio.sleep(0.05)


def ended(job: JobOut) -> bool:
    return job.finished_at is not None


def adding(pause: Callable[[int], Awaitable[None]]) -> jobs.Work:
    """Work that adds an endpoint in each step, and then pauses."""

    async def work(run: Run) -> str:
        while run.done < int(str(run.arguments["count"])):
            async with run.step() as session:
                session.add(endpoint(run.tenant_id, f"step {run.done}"))
                run.done += 1
            await pause(run.done)
        return f"{run.done} added."

    return work


async def no_pause(_: int) -> None:
    return


async def names(tenant_id: UUID) -> list[str]:
    from sqlmodel import select

    from hub_app.webhooks.tables import WebhookEndpoint

    async with db.read(tenant_id) as session:
        found = (await session.exec(select(WebhookEndpoint.name))).all()
    return sorted(name for name in found if name.startswith("step"))


ALL = [f"step {n}" for n in range(STEPS)]


async def test_a_job_runs_to_its_end(two: Two) -> None:
    job_id = await start(two.ours)
    async with jobs.running({"webhooks.tests": adding(no_pause)}):
        job = await until(two.ours, job_id, ended)
    assert (job.status, job.done, job.total, job.result) == ("succeeded", STEPS, STEPS, "5 added.")
    assert await names(two.ours) == ALL


async def test_a_stopped_process_leaves_it_to_the_next_which_goes_on(two: Two) -> None:
    reached = asyncio.Event()

    async def hang(done: int) -> None:
        if done == 2:
            reached.set()
            await asyncio.Event().wait()

    job_id = await start(two.ours)
    async with jobs.running({"webhooks.tests": adding(hang)}):
        await asyncio.wait_for(reached.wait(), 30)
        assert (await until(two.ours, job_id, lambda job: job.done == 2)).status == "running"
    assert (await until(two.ours, job_id, lambda _: True)).status == "waiting"
    async with jobs.running({"webhooks.tests": adding(no_pause)}):
        assert (await until(two.ours, job_id, ended)).status == "succeeded"
    assert await names(two.ours) == ALL


async def test_who_lost_the_lease_writes_nothing_more(two: Two) -> None:
    """A process that was away for too long comes back to a job that another one has: its step is rolled back."""
    taken, go_on = asyncio.Event(), asyncio.Event()

    async def away(done: int) -> None:
        if done == 1:
            taken.set()
            await go_on.wait()

    job_id = await start(two.ours)
    async with jobs.running({"webhooks.tests": adding(away)}):
        await asyncio.wait_for(taken.wait(), 30)
        async with db.system("another process has it", write=True) as session:
            later = utcnow() + timedelta(minutes=5)
            await session.exec(update(Job).values(lease=new_id(), due_at=later))
        go_on.set()
        await asyncio.sleep(0.5)
        assert await names(two.ours) == ["step 0"]
        assert (await until(two.ours, job_id, lambda _: True)).status == "running"


async def test_cancelling_stops_before_the_next_step(two: Two) -> None:
    reached, go_on = asyncio.Event(), asyncio.Event()

    async def wait(done: int) -> None:
        if done == 2:
            reached.set()
            await go_on.wait()

    job_id = await start(two.ours)
    async with jobs.running({"webhooks.tests": adding(wait)}):
        await asyncio.wait_for(reached.wait(), 30)
        assert service.status_of(await service.cancel_job(actor(two.ours), job_id)) == "cancelling"
        go_on.set()
        job = await until(two.ours, job_id, ended)
    assert (job.status, job.done) == ("cancelled", 2)
    assert await names(two.ours) == ["step 0", "step 1"]
    with pytest.raises(Conflict):
        await service.cancel_job(actor(two.ours), job_id)


async def test_one_that_waits_is_cancelled_at_once(two: Two) -> None:
    job_id = await start(two.ours)
    assert service.status_of(await service.cancel_job(actor(two.ours), job_id)) == "cancelled"


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (Invalid.field("name", "is taken"), "is taken"),
        (ZeroDivisionError("secret-detail"), "an internal error"),
    ],
)
async def test_a_failure_is_told_and_its_step_undone(two: Two, error: Exception, told: str) -> None:
    """A refusal in its own words; an error of ours without its inside."""

    async def work(run: Run) -> str:
        async with run.step() as session:
            session.add(endpoint(run.tenant_id, "step 0"))
            await session.flush()
            raise error

    job_id = await start(two.ours)
    async with jobs.running({"webhooks.tests": work}):
        job = await until(two.ours, job_id, ended)
    assert job.status == "failed"
    assert told in job.result
    assert "secret-detail" not in job.result
    assert await names(two.ours) == []


async def test_a_job_that_never_gets_to_a_step_is_not_begun_for_ever(two: Two) -> None:
    job_id = await start(two.ours)
    async with db.system("five processes died of it", write=True) as session:
        await session.exec(update(Job).values(starts=5))
    async with jobs.running({"webhooks.tests": adding(no_pause)}):
        job = await until(two.ours, job_id, ended)
    assert (job.status, job.done) == ("failed", 0)


@pytest.mark.settings(job_capacity=3, job_capacity_per_tenant=2)
async def test_a_tenant_with_a_hundred_jobs_does_not_keep_another_waiting(two: Two) -> None:
    under_way, share_is_used = 0, asyncio.Event()

    async def work(run: Run) -> str:
        nonlocal under_way
        if run.tenant_id == two.theirs:
            return "Done."
        under_way += 1
        if under_way == 2:
            share_is_used.set()
        await asyncio.Event().wait()
        return "Never."

    for _ in range(100):
        await start(two.ours)
    async with jobs.running({"webhooks.tests": work}):
        await asyncio.wait_for(share_is_used.wait(), 30)
        for _ in range(3):
            job_id = await start(two.theirs)
            assert (await until(two.theirs, job_id, ended)).result == "Done."
    assert under_way == 2


async def test_jobs_are_their_tenants(two: Two) -> None:
    job_id = await start(two.ours)
    theirs = actor(two.theirs)
    assert (await service.list_jobs(theirs, PageRequest())).items == []
    for refused in (service.get_job, service.cancel_job):
        with pytest.raises(NotFound):
            await refused(theirs, job_id)


async def test_a_token_sees_the_jobs_of_what_it_may_read(two: Two) -> None:
    from dataclasses import replace

    job_id = await start(two.ours)
    blind = replace(actor(two.ours), via="token", scopes=frozenset({"read:crm"}))
    reader = replace(actor(two.ours), via="token", scopes=frozenset({"read:webhooks"}))
    with pytest.raises(NotFound):
        await service.get_job(blind, job_id)
    assert (await service.get_job(reader, job_id)).id == job_id
    with pytest.raises(Forbidden):
        await service.cancel_job(reader, job_id)
