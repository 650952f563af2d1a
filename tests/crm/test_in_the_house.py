"""Syncing as one of Hub's works: schedules, queues of operators, retention, suspended and deleted tenants."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlmodel import SQLModel, col, select, update

from hub_app.identity.service import suspending
from hub_app.kernel import cleaning, db, figures, retention
from hub_app.kernel.clock import utcnow
from hub_app.kernel.ids import lowest_at, new_id
from hub_app.kernel.queue import Held
from hub_app.sync.capability import CAPABILITY
from hub_app.sync.engine import ending
from hub_app.sync.service import schedule
from hub_app.sync.tables import SyncConnection, SyncFinding, SyncJob, SyncLog, SyncVersion
from tests import people as seeded
from tests import suspended
from tests.crm.acme import Acme

pytestmark = [
    pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32", crm_rate_limits="tave=100000/1000000"),
]
QUEUES = "/v1/integration/operator/queues"


async def due(acme: Acme, *ids: UUID) -> None:
    """These connections are due."""
    async with db.begin(acme.tenant_id) as session:
        past = {"next_sync_at": utcnow() - timedelta(minutes=1)}
        await session.exec(update(SyncConnection).where(col(SyncConnection.id).in_(ids)).values(**past))


async def connection(acme: Acme) -> SyncConnection:
    (found,) = await acme.rows(SyncConnection)
    return found


async def test_what_is_due_is_started_once_by_all_who_look(acme: Acme) -> None:
    made = await acme.connect(auto_sync_enabled=True, sync_interval_minutes=60)
    await due(acme, made.id)
    await asyncio.gather(*(schedule.start_due() for _ in range(4)))
    (job,) = await acme.rows(SyncJob)
    assert (job.type, job.trigger, job.started_by) == ("incremental_sync", "schedule", "Schedule")
    following = (await connection(acme)).next_sync_at
    assert following is not None
    # Not all connections of an hour at the same second.
    assert timedelta(minutes=53) < following - utcnow() < timedelta(minutes=67)
    await schedule.start_due()
    assert len(await acme.rows(SyncJob)) == 1


async def test_a_connection_that_fails_waits_longer_each_time_and_says_why(acme: Acme) -> None:
    made = await acme.connect(auto_sync_enabled=True, sync_interval_minutes=60)
    waits: list[timedelta] = []
    for _ in range(7):
        await due(acme, made.id)
        await schedule.start_due()
        job = (await acme.rows(SyncJob))[-1]
        await fails(acme, job.id)
        found = await connection(acme)
        assert found.next_sync_at is not None
        waits.append(found.next_sync_at - utcnow())
    assert waits[0] > timedelta(minutes=105)
    assert waits[1] > timedelta(minutes=210)
    assert timedelta(hours=21) < waits[-1] < timedelta(hours=27)
    seen = await acme.integration()
    assert (seen.connection_status, seen.last_sync_status) == ("connected", "failed")
    assert "No answer" in (seen.sync_error_details or "")
    job = await acme.sync(made.id)
    assert job.outcome == "success"
    seen = await acme.integration()
    assert seen.sync_error_details is None
    assert seen.next_sync_at is not None
    assert seen.next_sync_at - utcnow() < timedelta(minutes=67)


async def fails(acme: Acme, job_id: UUID) -> None:
    """A worker has taken the job, and cannot go on with it."""
    lease = new_id()
    async with db.begin(acme.tenant_id) as session:
        row = (await session.exec(select(SyncJob).where(SyncJob.id == job_id))).one()
        row.lease = lease
        session.add(row)
    await ending.fail(Held(acme.tenant_id, job_id, lease), "No answer came.", "connect")


async def test_what_is_due_of_suspended_tenants_starves_nobody(acme: Acme) -> None:
    made = await acme.connect(auto_sync_enabled=True)
    for number in range(55):
        async with db.begin(acme.people.mallory.tenant_id) as session:
            session.add(
                SyncConnection(
                    tenant_id=acme.people.mallory.tenant_id,
                    family="crm",
                    provider="tave",
                    name=f"Studio {number}",
                    status="connected",
                    auto_sync=True,
                    next_sync_at=utcnow() - timedelta(days=1),
                )
            )
    await suspend_mallet(acme)
    await due(acme, made.id)
    await schedule.start_due()
    assert len(await acme.rows(SyncJob)) == 1
    async with db.system("whose jobs are there?") as session:
        assert len((await session.exec(select(SyncJob))).all()) == 1


async def suspend_mallet(acme: Acme) -> None:
    await suspending.suspend(acme.people.alice.actor, acme.people.mallory.tenant_id)


async def test_nothing_is_synced_while_its_tenant_is_suspended(acme: Acme) -> None:
    made = await acme.connect(auto_sync_enabled=True)
    async with suspended.while_suspended(acme.people):
        await due(acme, made.id)
        await schedule.start_due()
        assert await acme.rows(SyncJob) == []
    await schedule.start_due()
    assert len(await acme.rows(SyncJob)) == 1


async def test_operators_see_failed_jobs_and_let_them_go_on(acme: Acme, client: httpx.AsyncClient) -> None:
    made = await acme.connect()
    acme.tave.faults.set({"unauthorized": True})
    job = await acme.sync(made.id)
    assert job.job_status == "failed"
    headers = await seeded.headers(acme.people.alice)
    queues: list[dict[str, Any]] = (await client.get(QUEUES, headers=headers)).json()
    (found,) = [one for one in queues if one["name"] == "sync_jobs"]
    assert found["label"] == "Sync jobs"
    failed = (await client.get(f"{QUEUES}/sync_jobs/failures", headers=headers)).json()["items"]
    assert [(one["id"], one["label"]) for one in failed] == [(str(job.id), "Full import")]
    acme.tave.faults.clear()
    everything = {"tenant_id": str(acme.tenant_id)}
    # Its key was refused: somebody has to do something about that first.
    answer = await client.post(f"{QUEUES}/sync_jobs/retry", json=everything, headers=headers)
    assert "0 jobs go on. 1 did not: This integration has an error" in answer.json()["detail"]
    async with db.begin(acme.tenant_id) as session:
        await session.exec(update(SyncConnection).values(status="connected"))
    answer = await client.post(f"{QUEUES}/sync_jobs/retry", json=everything, headers=headers)
    assert answer.json()["detail"] == "1 job goes on."
    assert (await acme.finish(job.id)).outcome == "success"
    viewers = await client.get(QUEUES, headers=await seeded.headers(acme.people.adam))
    assert viewers.status_code == 403


async def aged(acme: Acme, *ids: UUID) -> list[UUID]:
    """These jobs, with all that hangs on them, have been there for 100 days."""
    made: list[UUID] = []
    async with db.begin(acme.tenant_id) as session:
        for number, one in enumerate(ids):
            before = lowest_at(utcnow() - timedelta(days=100, seconds=-number))
            made.append(before)
            row = (await session.exec(select(SyncJob).where(SyncJob.id == one))).one()
            session.add(SyncJob.model_validate(row.model_dump() | {"id": before}))
            await session.flush()
            for model in (SyncLog, SyncFinding, SyncVersion):
                await session.exec(update(model).where(col(model.job_id) == one).values(job_id=before))
            await session.delete(row)
    return made


async def test_jobs_go_in_their_time_but_for_those_that_can_be_taken_back(acme: Acme) -> None:
    made = await acme.connect()
    imported = await acme.sync(made.id)
    preview = await acme.sync(made.id, preview=True)
    again = await acme.sync(made.id, "incremental_sync")
    assert len(await acme.rows(SyncJob)) == 3
    kept, *_ = await aged(acme, imported.id, preview.id)
    versions = len(await acme.rows(SyncVersion))
    await retention.apply(CAPABILITY.retention)
    assert {one.id for one in await acme.rows(SyncJob)} == {kept, again.id}
    assert {one.job_id for one in await acme.rows(SyncFinding)} == set()
    assert len(await acme.rows(SyncVersion)) == versions


async def test_the_tenants_status_and_the_metrics_tell_how_connections_stand(
    acme: Acme, client: httpx.AsyncClient
) -> None:
    await acme.connect()
    answer = await client.get("/v1/integration/status", headers=await seeded.headers(acme.people.vera))
    assert answer.json()["integrations"]["crm"] == {
        "connections": 1,
        "connections_connected": 1,
        "connections_failing": 0,
        "open_conflicts": 0,
    }
    assert CAPABILITY.gauges is not None
    text = figures.text(await CAPABILITY.gauges()).decode()
    assert 'hub_sync_connections{family="crm",state="connected"} 1.0' in text


async def test_a_deleted_tenant_leaves_nothing_of_its_crms(acme: Acme) -> None:
    made = await acme.connect()
    await acme.sync(made.id)
    await acme.sync(made.id, preview=True)
    await cleaning.empty(acme.tenant_id)
    tables = [one for one in SQLModel.metadata.sorted_tables if one.name.startswith(("sync_", "crm_"))]
    assert len(tables) > 10
    async with db.system("what is left?") as session:
        for table in tables:
            assert (await session.exec(table.select().where(table.c.tenant_id == acme.tenant_id))).all() == []  # type: ignore[call-overload]
