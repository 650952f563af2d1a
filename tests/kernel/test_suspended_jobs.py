"""Jobs of a suspended tenant: one that runs ends at its next step and goes on from there; others go on beside it."""

import asyncio
from datetime import timedelta

import pytest

from hub_app.jobs import service
from hub_app.kernel import db, jobs, leases, suspension
from hub_app.kernel.jobs import Run
from hub_app.kernel.tables import Job
from tests import suspended
from tests.people import People, Person

pytestmark = pytest.mark.both_databases
KIND = "webhooks.tests"
STEPS = 4


async def start(person: Person) -> Job:
    async with db.begin(person.tenant_id) as session:
        return jobs.start(session, person.actor, KIND, title="Count", href="/", arguments={}, total=STEPS)


async def until(person: Person, job: Job, *, parked: bool = False) -> Job:
    """The job once it has ended, or waits for its tenant."""
    async with asyncio.timeout(60):
        while True:
            found = await service.get_job(person.actor, job.id)
            if found.due_at == suspension.PARKED if parked else found.finished_at is not None:
                return found
            await asyncio.sleep(0.02)


async def test_a_running_job_stops_at_its_next_step_and_goes_on_there(people: People) -> None:
    under_way, go_on, steps = asyncio.Event(), asyncio.Event(), list[int]()

    async def work(run: Run) -> str:
        while run.done < STEPS:
            async with run.step():
                run.done += 1
                steps.append(run.done)
            if run.done == 2:
                under_way.set()
                await go_on.wait()
        return "Counted."

    async with jobs.running({KIND: work}):
        job = await start(people.erin)
        await asyncio.wait_for(under_way.wait(), 30)
        await suspended.suspend(people)
        go_on.set()
        waiting = await until(people.erin, job, parked=True)
        assert (waiting.status, waiting.lease, waiting.done, waiting.starts) == ("pending", None, 2, 0)
        # Another tenant's are not held up.
        assert (await until(people.mallory, await start(people.mallory))).status == "succeeded"
        await suspended.resume(people)
        ended = await until(people.erin, job)
    assert (ended.status, ended.result) == ("succeeded", "Counted.")
    assert steps == [1, 2, *range(1, STEPS + 1), 3, 4]


async def test_a_start_that_led_nowhere_is_not_counted(people: People) -> None:
    """Suspended before its first step: or a tenant that is suspended often would lose its jobs."""
    under_way, go_on = asyncio.Event(), asyncio.Event()

    async def work(run: Run) -> str:
        under_way.set()
        await go_on.wait()
        async with run.step():
            return "Counted."

    async with jobs.running({KIND: work}):
        job = await start(people.erin)
        await asyncio.wait_for(under_way.wait(), 30)
        assert (await service.get_job(people.erin.actor, job.id)).starts == 1
        await suspended.suspend(people)
        go_on.set()
        assert (await until(people.erin, job, parked=True)).starts == 0


async def test_an_ending_is_written_down(people: People) -> None:
    """Its work is done: nothing is left that could wait."""
    under_way, go_on = asyncio.Event(), asyncio.Event()

    async def work(run: Run) -> str:
        async with run.step():
            run.done = STEPS
        under_way.set()
        await go_on.wait()
        return "Counted."

    async with jobs.running({KIND: work}):
        job = await start(people.erin)
        await asyncio.wait_for(under_way.wait(), 30)
        await suspended.suspend(people)
        go_on.set()
        assert (await until(people.erin, job)).status == "succeeded"


async def test_all_leased_work_goes_on_with_its_tenant(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a table parks, its capability makes due again: or it would wait for ever."""
    resumed: set[type] = set()

    async def unpark(session: object, model: type, tenant_id: object) -> None:
        del session, tenant_id
        resumed.add(model)

    monkeypatch.setattr(leases, "unpark", unpark)
    async with suspended.while_suspended(people):
        pass
    assert resumed == set(leases.LeasedWork.__subclasses__())
    assert Job in resumed


async def test_workers_do_not_look_at_what_is_parked(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred of them are claimed once each, and never again while the tenant is away."""
    claims = 0
    claim = jobs.QUEUE.claim

    async def counted(*args: object, **options: object) -> object:
        nonlocal claims
        found = await claim(*args, **options)  # type: ignore[arg-type]
        claims += len(found)
        return found

    monkeypatch.setattr(type(jobs.QUEUE), "claim", lambda _self, *a, **o: counted(*a, **o))
    await suspended.suspend(people)
    waiting = [await start(people.erin) for _ in range(20)]
    async with jobs.running({}):
        for job in waiting:
            await until(people.erin, job, parked=True)
        for _ in range(3):
            # Each signal has the queue looked at.
            await until(people.mallory, await start(people.mallory))
    assert claims == 20 + 3
    assert timedelta() < suspension.PARKED - waiting[0].due_at
