"""A CRM that fails, moves and hides: a job goes on by itself, reads nothing twice, and tells what it cannot know."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from hub_app.crm.schemas.jobs import SyncJobOut
from hub_app.crm.service import integrations, syncs
from hub_app.sync import worker
from hub_app.sync.tables import SyncLink, SyncRecord, SyncSeen, SyncStream
from tests.crm.acme import Acme, unexplained
from tests.peers.tave import Tave

pytestmark = [
    pytest.mark.both_databases,
    pytest.mark.settings(
        outbound_allowed_networks="127.0.0.1/32",
        crm_rate_limits="tave=100000/1000000",
        sync_retry_seconds="0",
    ),
]
CLIENTS: dict[str, Any] = {"resources": ["clients"]}
LIST = "/address-book"


@pytest.fixture
async def tave() -> AsyncGenerator[Tave]:
    async with Tave(contacts=250, jobs=0) as running:
        yield running


async def imported(acme: Acme, **config: Any) -> UUID:
    made = await acme.connect(**config)
    job = await acme.sync(made.id, **CLIENTS)
    assert (job.job_status, job.outcome) == ("completed", "success")
    return made.id


async def incremental(acme: Acme, connection_id: UUID) -> SyncJobOut:
    return await acme.sync(connection_id, "incremental_sync", **CLIENTS)


def pages(tave: Tave) -> list[int]:
    """The pages of contacts that were asked for since the last look."""
    found = [int(one.query.get("page", "1")) for one in tave.requests if one.path == LIST]
    tave.requests.clear()
    return found


async def mark_of(acme: Acme) -> object:
    return next(one.mark for one in await acme.rows(SyncStream) if one.resource == "clients")


async def expect_everything(acme: Acme, job: SyncJobOut) -> None:
    """Every contact of the CRM is here once, and the job says what became of each row that it read."""
    assert unexplained(job) == 0
    there = {
        one for one in acme.tave.ids(hidden=False) if acme.tave.document(one)["kind"] in {"person", "company"}
    }
    links = [one.external_id for one in await acme.rows(SyncLink) if one.state == "linked"]
    assert sorted(links) == sorted(there)
    values = await acme.values()
    for one in there:
        email = str(acme.tave.document(one).get("email") or "")
        assert values[one].get("email", "").lower() == email.strip().lower()
    assert not await acme.rows(SyncSeen)


async def test_incremental_sync_reads_only_what_changed(acme: Acme, tave: Tave) -> None:
    tave.age(timedelta(days=1))
    connection_id = await imported(acme)
    assert len(pages(tave)) >= 3
    edited = tave.ids(kind="person", hidden=False)[100]
    tave.edit(edited, email="new@acme.example")
    job = await incremental(acme, connection_id)
    assert (job.records_updated, unexplained(job)) == (1, 0)
    assert pages(tave) == [1]
    assert (await acme.values())[edited]["email"] == "new@acme.example"
    before = await mark_of(acme)
    assert (await incremental(acme, connection_id)).records_updated == 0
    assert await mark_of(acme) == before


async def test_what_changed_in_the_same_second_is_read_whole(acme: Acme, tave: Tave) -> None:
    tave.age(timedelta(days=1))
    connection_id = await imported(acme)
    ids = tave.ids(kind="person", hidden=False)[:150]
    moment = tave.now()
    for one in ids[:75]:
        tave.edit(one, at=moment, email=f"{one}@first.example")
    assert (await incremental(acme, connection_id)).records_updated == 75
    for one in ids[75:]:
        tave.edit(one, at=moment, email=f"{one}@second.example")
    job = await incremental(acme, connection_id)
    assert job.records_updated == 75
    await expect_everything(acme, job)


async def test_what_turns_up_late_is_read_by_the_next_sync(acme: Acme, tave: Tave) -> None:
    tave.age(timedelta(days=1))
    connection_id = await imported(acme)
    late, other = tave.ids(kind="person", hidden=False)[:2]
    tave.faults.set({"late": True})
    tave.edit(late, email="late@acme.example")
    tave.faults.late = False
    tave.edit(other, at=tave.now() + timedelta(seconds=60), email="other@acme.example")
    assert (await incremental(acme, connection_id)).records_updated == 1
    tave.reveal()
    job = await incremental(acme, connection_id)
    assert job.records_updated == 1
    await expect_everything(acme, job)


async def test_records_that_move_while_they_are_read_are_all_there_and_counted(
    acme: Acme, tave: Tave
) -> None:
    tave.age(timedelta(days=1))
    made = await acme.connect()
    pages(tave)
    tave.faults.set({"after_page": 1, "happening": "edit"})
    job = await acme.sync(made.id, **CLIENTS)
    assert (job.job_status, job.outcome) == ("completed", "success")
    # One was met again on the second page; the edited one was on the first page by then, which was read once more.
    assert pages(tave) == [1, 2, 3, 1]
    assert job.counts["clients"]["repeated"] >= 1
    await expect_everything(acme, job)
    clients = (await acme.reconciled(made.id))["clients"]
    assert (clients.not_explained, clients.complete) == (0, True)


async def test_a_total_that_shrinks_leaves_the_mark(acme: Acme, tave: Tave) -> None:
    tave.age(timedelta(days=1))
    connection_id = await imported(acme)
    before = await mark_of(acme)
    for one in tave.ids(kind="person", hidden=False)[:150]:
        tave.edit(one, email=f"{one}@moved.example")
    tave.faults.set({"after_page": 1, "happening": "delete"})
    job = await incremental(acme, connection_id)
    assert (job.outcome, unexplained(job)) == ("partial", 0)
    assert await mark_of(acme) == before
    # One moved from the second page to the first, which had been read.
    assert job.records_updated == 149
    job = await incremental(acme, connection_id)
    assert (job.records_updated, job.outcome) == (1, "success")
    assert await mark_of(acme) != before


@pytest.mark.parametrize(
    "fault",
    [
        {"refuse_after": 2, "refuse_times": 1, "retry_after": 1},
        {"fail_page": 2, "fail_times": 2},
        {"cut_page": 3, "cut_times": 1},
    ],
    ids=["429", "500", "cut"],
)
async def test_a_full_import_goes_on_where_it_was(acme: Acme, tave: Tave, fault: dict[str, int]) -> None:
    made = await acme.connect()
    pages(tave)
    tave.faults.set({**fault})
    job = await acme.sync(made.id, **CLIENTS)
    assert (job.job_status, job.outcome) == ("completed", "success")
    await expect_everything(acme, job)
    asked = pages(tave)
    failed = fault.get("fail_page") or fault.get("cut_page") or 0
    assert all(asked.count(one) == 1 for one in set(asked) if one < failed), asked
    clients = (await acme.reconciled(made.id))["clients"]
    assert (clients.not_explained, clients.complete) == (0, True)
    assert clients.here == clients.imported


async def test_an_incremental_sync_that_is_cut_off_counts_each_record_once(acme: Acme, tave: Tave) -> None:
    tave.age(timedelta(days=1))
    connection_id = await imported(acme)
    for one in tave.ids(kind="person", hidden=False)[:180]:
        tave.edit(one, email=f"{one}@changed.example")
    tave.faults.set({"fail_page": 2, "fail_times": 2})
    job = await incremental(acme, connection_id)
    assert (job.job_status, job.records_updated) == ("completed", 180)
    await expect_everything(acme, job)


async def test_a_key_that_is_no_longer_let_in_ends_the_job_and_the_connection_says_so(
    acme: Acme, tave: Tave
) -> None:
    connection_id = await imported(acme)
    tave.faults.set({"unauthorized": True})
    job = await incremental(acme, connection_id)
    assert job.job_status == "failed"
    assert "401" in (job.error_details or "")
    shown = await integrations.get_integration(acme.actor, connection_id)
    assert shown.connection_status == "error"
    assert shown.sync_error_details == job.error_details


async def test_a_job_that_is_cancelled_in_the_middle_goes_on_when_it_is_retried(
    acme: Acme, tave: Tave
) -> None:
    made = await acme.connect()
    tave.faults.set({"fail_page": 3, "fail_times": 1, "slow": 0.05})
    started = await syncs.start_sync(acme.actor, made.id, acme.job("full_import", **CLIENTS))
    async with worker.running():
        await acme.until(started.id, lambda job: job.records_processed >= 100)
        await syncs.cancel_job(acme.actor, started.id)
        cancelled = await acme.ended(started.id)
    assert cancelled.job_status == "cancelled"
    done = len(await acme.rows(SyncRecord))
    assert 0 < done < 240
    tave.faults.clear()
    pages(tave)
    await syncs.retry_job(acme.actor, started.id)
    job = await acme.finish(started.id)
    assert (job.job_status, job.outcome) == ("completed", "success")
    assert 1 not in pages(tave)
    await expect_everything(acme, job)


async def test_a_dry_run_that_is_cut_off_tells_each_record_once(acme: Acme, tave: Tave) -> None:
    made = await acme.connect()
    tave.faults.set({"fail_page": 2, "fail_times": 2})
    job = await acme.sync(made.id, preview=True, **CLIENTS)
    assert (job.job_status, unexplained(job)) == ("completed", 0)
    assert not await acme.rows(SyncRecord)
    assert not await acme.rows(SyncSeen)
    real = await acme.sync(made.id, **CLIENTS)
    assert job.records_created == real.records_created


async def test_a_list_that_ends_half_way_is_not_taken_for_the_whole(acme: Acme, tave: Tave) -> None:
    made = await acme.connect()
    tave.faults.set({"ends_after": 1})
    job = await acme.sync(made.id, **CLIENTS)
    assert (job.outcome, unexplained(job)) == ("partial", 0)
    assert await mark_of(acme) is None
    clients = (await acme.reconciled(made.id))["clients"]
    assert not clients.complete
    tave.faults.clear()
    await expect_everything(acme, await incremental(acme, made.id))
