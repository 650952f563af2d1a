"""Operators' view of the queues of all tenants: what they see of them, and having what failed tried again."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.identity.service import suspending
from hub_app.kernel import db, jobs
from hub_app.kernel.clock import utcnow
from hub_app.kernel.queue import Held
from hub_app.kernel.tables import AuditEntry, Job
from hub_app.kernel.tenancy import INSTALLATION
from hub_app.plans.schemas import PlanRunIn
from hub_app.plans.service import backlog as plan_backlog
from hub_app.plans.service import runs
from hub_app.plans.tables import Plan, PlanRun
from hub_app.webhooks.schemas import EndpointIn, EventIn
from hub_app.webhooks.service import backlog, deliveries, endpoints, events
from hub_app.webhooks.tables import WebhookDelivery
from tests import people as seeded
from tests.locks import until_somebody_waits
from tests.operation import failing
from tests.peers.receiver import Receiver
from tests.people import People, Person

QUEUES = "/v1/integration/operator/queues"
pytestmark = pytest.mark.both_databases


async def standing(client: httpx.AsyncClient, people: People, name: str) -> dict[str, Any]:
    answer = await client.get(QUEUES, headers=await seeded.headers(people.alice))
    assert answer.status_code == 200, answer.text
    return next(one for one in answer.json() if one["name"] == name)


async def failures(
    client: httpx.AsyncClient, people: People, name: str, **chosen: str
) -> list[dict[str, Any]]:
    answer = await client.get(
        f"{QUEUES}/{name}/failures", params=chosen, headers=await seeded.headers(people.alice)
    )
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def acts(tenant_id: UUID) -> list[tuple[str, str | None]]:
    """What was done in this log, and by whom, newest first."""
    async with db.system("a test looks") as session:
        found = await session.exec(
            select(AuditEntry)
            .where(AuditEntry.tenant_id == tenant_id)
            .order_by(col(AuditEntry.sequence).desc())
        )
        return [(one.action, str(one.actor_id)) for one in found.all()]


async def work(job_id: UUID, tenant_id: UUID, kinds: Any) -> str:
    """Do a job as a worker would; its result."""
    lease = job_id
    async with db.system("a worker claims", write=True) as session:
        job = await session.get_one(Job, (tenant_id, job_id))
        job.lease = lease
        session.add(job)
    async with db.system("its kind") as session:
        kind = (await session.get_one(Job, (tenant_id, job_id))).kind
    await jobs._run(Held(tenant_id, job_id, lease), kind, kinds)  # noqa: SLF001 - as the worker does
    async with db.system("a test looks") as session:
        return (await session.get_one(Job, (tenant_id, job_id))).result


async def newest_job(person: Person) -> UUID:
    async with db.read(person.tenant_id) as session:
        return await newest_job_in(session)


async def test_what_waits_runs_and_failed_by_tenant(client: httpx.AsyncClient, people: People) -> None:
    await failing.deliveries_of(people.adam, 3)
    await failing.deliveries_of(people.mallory, 1, ago=timedelta(hours=25))
    given = EndpointIn(url="https://hooks.example.com/a", events=["task.created"])
    await endpoints.create_endpoint(people.mallory.actor, given)
    await events.publish(people.mallory.actor, [EventIn(type="task.created", data=n) for n in range(4)])
    async with db.system("one of them is being sent", write=True) as session:
        pending = select(WebhookDelivery).where(
            WebhookDelivery.tenant_id == people.mallory.tenant_id, WebhookDelivery.status == "pending"
        )
        one = (await session.exec(pending.limit(1))).one()
        one.lease, one.due_at = one.id, utcnow() + timedelta(seconds=30)
        session.add(one)
    found = await standing(client, people, "deliveries")
    tenants = [(t["tenant_name"], t["waiting"], t["running"], t["failed"]) for t in found["tenants"]]
    assert tenants == [("Acme", 0, 0, 3), ("Mallet", 3, 1, 0)]
    assert (found["waiting"], found["running"], found["failed"]) == (3, 1, 3)
    assert found["due_since"] is not None
    assert found["tenants"][0]["due_since"] is None


async def test_what_is_counted_as_failed_in_a_period_is_what_is_retried(
    client: httpx.AsyncClient, people: People
) -> None:
    for ago in (timedelta(hours=2), timedelta(days=3), timedelta(days=9)):
        await failing.job_of(people.adam, at=utcnow() - ago)
    alice, week = await seeded.headers(people.alice), (utcnow() - timedelta(days=7)).isoformat()
    for params, failed in (({}, 1), ({"since": week}, 2)):
        for path in (QUEUES, f"{QUEUES}/jobs"):
            answer = (await client.get(path, params=params, headers=alice)).json()
            found = next(one for one in answer if one["name"] == "jobs") if path == QUEUES else answer
            assert (found["failed"], found["tenants"][0]["failed"]) == (failed, failed)
    again = await client.post(
        f"{QUEUES}/jobs/retry", json={"tenant_id": str(people.adam.tenant_id), "since": week}, headers=alice
    )
    assert again.json()["detail"] == "2 jobs go on."
    assert (await client.get(f"{QUEUES}/nothing", headers=alice)).status_code == 404


async def test_what_waits_of_a_suspended_tenant_is_on_hold(client: httpx.AsyncClient, people: People) -> None:
    given = EndpointIn(url="https://hooks.example.com/a", events=["task.created"])
    for person, count in ((people.mallory, 2), (people.adam, 3)):
        await endpoints.create_endpoint(person.actor, given)
        await events.publish(person.actor, [EventIn(type="task.created", data=n) for n in range(count)])
    await suspending.suspend(people.alice.actor, people.mallory.tenant_id)
    found = await standing(client, people, "deliveries")
    mallet = next(one for one in found["tenants"] if one["tenant_name"] == "Mallet")
    assert (mallet["waiting"], mallet["on_hold"], mallet["due_since"]) == (0, 2, None)
    assert (found["waiting"], found["on_hold"]) == (3, 2)
    await suspending.resume(people.alice.actor, people.mallory.tenant_id)
    found = await standing(client, people, "deliveries")
    assert (found["waiting"], found["on_hold"]) == (5, 0)


async def test_failures_are_listed_newest_first_and_say_nothing_of_the_work(
    client: httpx.AsyncClient, people: People
) -> None:
    old = await failing.job_of(people.mallory, at=utcnow() - timedelta(hours=2))
    new = await failing.job_of(people.adam)
    long_ago = await failing.job_of(people.adam, at=utcnow() - timedelta(days=3))
    await failing.deliveries_of(people.adam, 2)
    found = await failures(client, people, "jobs")
    assert [one["id"] for one in found] == [str(new), str(old)]
    shown = {k: found[0][k] for k in ("tenant_name", "kind", "tries")}
    assert shown == {"tenant_name": "Acme", "kind": "webhooks.recover", "tries": 5}
    assert found[0]["label"] == "Resend deliveries of an endpoint"
    since = (utcnow() - timedelta(days=7)).isoformat()
    mine = await failures(client, people, "jobs", tenant_id=str(people.adam.tenant_id), since=since)
    assert [one["id"] for one in mine] == [str(new), str(long_ago)]
    (one, other) = await failures(client, people, "deliveries")
    assert (one["tries"], one["kind"], one["label"]) == (6, "failed", "Not delivered")
    assert failing.SECRET not in str([*found, one, other, await standing(client, people, "jobs")])


async def test_pages_of_failures_hold_each_once(client: httpx.AsyncClient, people: People) -> None:
    made = {str(await failing.job_of(people.adam)) for _ in range(3)} | {
        str(await failing.job_of(people.mallory))
    }
    alice, seen, cursor = await seeded.headers(people.alice), list[str](), ""
    while True:
        params = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        page = (await client.get(f"{QUEUES}/jobs/failures", params=params, headers=alice)).json()
        seen += [one["id"] for one in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert len(seen) == 4
    assert set(seen) == made


async def test_a_delivery_is_sent_again_and_both_logs_say_who_had_it_sent(
    client: httpx.AsyncClient, people: People
) -> None:
    one, other = await failing.deliveries_of(people.mallory, 2)
    alice = await seeded.headers(people.alice)
    place = f"{QUEUES}/deliveries/failures/{people.mallory.tenant_id}/{one}/retry"
    assert (await client.post(place, headers=alice)).status_code == 204
    assert (await deliveries.get_delivery(people.mallory.actor, one)).status == "pending"
    assert (await deliveries.get_delivery(people.mallory.actor, other)).status == "failed"
    by_alice = str(people.alice.user_id)
    assert (await acts(people.mallory.tenant_id))[0] == ("webhook.delivery.resent", by_alice)
    assert (await acts(INSTALLATION))[0] == ("operator.work_retried", by_alice)


async def test_all_of_a_tenants_deliveries_are_sent_again_but_to_endpoints_that_are_off(
    client: httpx.AsyncClient, people: People
) -> None:
    again = await failing.deliveries_of(people.adam, 3)
    off = await failing.deliveries_of(people.adam, 2, on=False)
    old = await failing.deliveries_of(people.adam, 1, ago=timedelta(days=2))
    theirs = await failing.deliveries_of(people.mallory, 1)
    answer = await client.post(
        f"{QUEUES}/deliveries/retry",
        json={"tenant_id": str(people.adam.tenant_id)},
        headers=await seeded.headers(people.alice),
    )
    assert answer.status_code == 202, answer.text
    job = await newest_job(people.adam)
    kinds = {backlog.RETRY: backlog.resend_failed}
    assert await work(job, people.adam.tenant_id, kinds) == "3 deliveries are being sent again."
    async with db.system("a test looks") as session:
        pending = select(WebhookDelivery.id).where(WebhookDelivery.status == "pending")
        assert set((await session.exec(pending)).all()) == set(again)
        assert len((await session.exec(select(WebhookDelivery.id))).all()) == len(
            [*again, *off, *old, *theirs]
        )
    assert (await acts(people.adam.tenant_id))[0] == ("webhook.deliveries_resent", str(people.alice.user_id))


@pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32")
@pytest.mark.parametrize("queue", ["deliveries", "plan_runs"])
async def test_of_requests_at_once_one_starts_a_job(
    client: httpx.AsyncClient, people: People, queue: str
) -> None:
    """Also where the tenant's other queues and other tenants have such jobs."""
    for person in (people.adam, people.mallory):
        await failing.deliveries_of(person, 1)
        async with Receiver() as receiver:
            await failing.run_of(person, receiver.url)
    alice = await seeded.headers(people.alice)

    async def start(person: Person) -> int:
        body = {"tenant_id": str(person.tenant_id)}
        return (await client.post(f"{QUEUES}/{queue}/retry", json=body, headers=alice)).status_code

    assert await start(people.mallory) == 202
    assert sorted(await asyncio.gather(*(start(people.adam) for _ in range(6)))) == [202, *[409] * 5]


async def test_jobs_go_on_where_they_stopped(client: httpx.AsyncClient, people: People) -> None:
    one, other, theirs = [await failing.job_of(p) for p in (people.adam, people.adam, people.mallory)]
    alice, acme = await seeded.headers(people.alice), people.adam.tenant_id
    assert (await client.post(f"{QUEUES}/jobs/failures/{acme}/{one}/retry", headers=alice)).status_code == 204
    again = await client.post(f"{QUEUES}/jobs/failures/{acme}/{one}/retry", headers=alice)
    assert (again.status_code, again.json()["detail"]) == (409, "Only a job that has failed can be retried.")
    every = await client.post(f"{QUEUES}/jobs/retry", json={"tenant_id": str(acme)}, headers=alice)
    assert (every.status_code, every.json()["detail"]) == (202, "1 job goes on.")
    async with db.system("a test looks") as session:
        found = dict((await session.exec(select(Job.id, Job.status))).all())
    assert found == {one: "pending", other: "pending", theirs: "failed"}


@pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32")
async def test_runs_go_on_as_their_own_people_would_have_them(
    client: httpx.AsyncClient, people: People
) -> None:
    async with Receiver() as receiver:
        run = await failing.run_of(people.adam, receiver.url)
    alice, acme = await seeded.headers(people.alice), people.adam.tenant_id
    answer = await client.post(f"{QUEUES}/plan_runs/retry", json={"tenant_id": str(acme)}, headers=alice)
    assert answer.status_code == 202, answer.text
    kinds = {plan_backlog.RESUME: plan_backlog.do_resume}
    assert await work(await newest_job(people.adam), acme, kinds) == "1 run goes on."
    async with db.read(acme) as session:
        assert (await session.get_one(PlanRun, (acme, run))).status == "pending"
    assert [one for one, _ in (await acts(acme))[:2]] == [
        "connector.plan.run_resumed",
        "connector.plan.runs_resumed",
    ]


@pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32", plan_max_waiting_runs=1)
async def test_each_run_that_does_not_go_on_has_its_own_reason(
    client: httpx.AsyncClient, people: People
) -> None:
    acme = people.adam.tenant_id
    async with Receiver() as receiver:
        goes_on, erased, full = await failing.runs_of(people.adam, receiver.url, 3)
    async with db.begin(acme) as session:
        found = {one.id: one for one in (await session.exec(select(PlanRun))).all()}
        found[erased].input = runs.ERASED_INPUT
        session.add(found[erased])
        full_plan = found[full].plan_id
    await runs.start_run(people.erin.actor, full_plan, PlanRunIn())
    answer = await client.post(
        f"{QUEUES}/plan_runs/retry",
        json={"tenant_id": str(acme)},
        headers=await seeded.headers(people.alice),
    )
    assert answer.status_code == 202, answer.text
    kinds = {plan_backlog.RESUME: plan_backlog.do_resume}
    told = await work(await newest_job(people.adam), acme, kinds)
    assert told.startswith("1 run goes on. 1 did not: ")
    assert "1 did not: The data of this run was erased, so it cannot go on. Start a new one." in told
    assert "has 1 run waiting or running, the maximum" in told
    async with db.read(acme) as session:
        assert (await session.get_one(PlanRun, (acme, goes_on))).status == "pending"


@pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32")
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_run_whose_plan_goes_just_then_keeps_no_other_from_going_on(
    client: httpx.AsyncClient, people: People
) -> None:
    """On two connections: the plan's deletion is committed once the job waits for its row."""
    acme = people.adam.tenant_id
    async with Receiver() as receiver:
        gone, goes_on = await failing.runs_of(people.adam, receiver.url, 2)
    alice = await seeded.headers(people.alice)
    answer = await client.post(f"{QUEUES}/plan_runs/retry", json={"tenant_id": str(acme)}, headers=alice)
    assert answer.status_code == 202, answer.text
    kinds = {plan_backlog.RESUME: plan_backlog.do_resume}
    async with db.begin(acme) as session:
        plan_id = (await session.get_one(PlanRun, (acme, gone))).plan_id
    async with asyncio.TaskGroup() as tasks, db.begin(acme) as session:
        await session.delete(await session.get_one(Plan, (acme, plan_id)))
        await session.flush()
        job = tasks.create_task(work(await newest_job_in(session), acme, kinds))
        await until_somebody_waits()
    assert job.result() == "1 run goes on. 1 did not: Plan not found."
    async with db.read(acme) as session:
        assert (await session.get_one(PlanRun, (acme, goes_on))).status == "pending"


async def newest_job_in(session: AsyncSession) -> UUID:
    return (await session.exec(select(Job.id).order_by(col(Job.id).desc()).limit(1))).one()


async def test_what_is_not_there_and_what_did_not_fail(client: httpx.AsyncClient, people: People) -> None:
    alice, nobody = await seeded.headers(people.alice), "01890000-0000-7000-8000-000000000000"
    acme = str(people.adam.tenant_id)
    for path, body in {
        f"{QUEUES}/nothing/retry": {"tenant_id": acme},
        f"{QUEUES}/jobs/retry": {"tenant_id": nobody},
        f"{QUEUES}/jobs/failures/{acme}/{nobody}/retry": None,
        f"{QUEUES}/jobs/failures/{nobody}/{nobody}/retry": None,
    }.items():
        assert (await client.post(path, json=body, headers=alice)).status_code == 404, path
    for queue in ("jobs", "deliveries", "plan_runs"):
        refused = await client.post(f"{QUEUES}/{queue}/retry", json={"tenant_id": acme}, headers=alice)
        assert refused.status_code == 409, refused.text
    bad = await client.post(f"{QUEUES}/jobs/retry", json={"tenant_id": "x", "more": 1}, headers=alice)
    assert {one["field"] for one in bad.json()["errors"]} == {"tenant_id", "more"}
    # Theirs is not found below another tenant.
    theirs = await failing.job_of(people.mallory)
    place = f"{QUEUES}/jobs/failures/{acme}/{theirs}/retry"
    assert (await client.post(place, headers=alice)).status_code == 404


async def test_none_of_it_is_for_anybody_else(client: httpx.AsyncClient, people: People) -> None:
    job = await failing.job_of(people.adam)
    acme = str(people.adam.tenant_id)
    narrow = await seeded.headers(people.alice, "read:*", "write:*")
    for headers in (await seeded.headers(people.adam), await seeded.headers(people.mallory), narrow):
        for path in (QUEUES, f"{QUEUES}/jobs/failures"):
            assert (await client.get(path, headers=headers)).status_code == 403
        for path, body in {
            f"{QUEUES}/jobs/retry": {"tenant_id": acme},
            f"{QUEUES}/jobs/failures/{acme}/{job}/retry": None,
        }.items():
            assert (await client.post(path, json=body, headers=headers)).status_code == 403
    async with db.system("a test looks") as session:
        assert (await session.exec(select(Job.status))).all() == ["failed"]
