"""Exporting when an answer is lost, a process is paused or somebody edits in between: nothing twice, nothing lost, nothing overwritten."""

import asyncio
from contextlib import suppress
from datetime import timedelta

import pytest

from hub_app.crm.service import syncs
from hub_app.kernel import db
from hub_app.kernel.clock import utcnow
from hub_app.sync import worker
from hub_app.sync.engine import run as run_module
from hub_app.sync.engine.run import Run
from hub_app.sync.tables import SyncJob, SyncLink, SyncRecord
from tests.crm.acme import Acme
from tests.crm.exporting.both_ways import (
    CLIENTS,
    MINE,
    both_ways,
    export,
    intents,
    make,
    person,
    settled,
    written,
)
from tests.peers.tave import Tave

pytestmark = [
    pytest.mark.settings(
        outbound_allowed_networks="127.0.0.1/32",
        crm_rate_limits="tave=100000/1000000",
        sync_retry_seconds="0",
        connector_timeout_seconds="2",
    ),
]


@pytest.mark.parametrize("fault", ["unanswered", "broken_after_storing"])
async def test_a_write_that_was_stored_and_not_confirmed_is_not_lost_and_not_repeated(
    acme: Acme, tave: Tave, fault: str
) -> None:
    connection_id = await both_ways(acme)
    one = person(tave)
    await acme.edit(one, email=MINE)
    tave.faults.set({fault: 1})
    job = await export(acme, connection_id)
    assert (job.job_status, job.outcome) == ("completed", "success")
    assert written(tave) == ["PUT"]
    assert tave.document(one)["email"] == MINE
    assert await intents(acme) == ["done"]
    await settled(acme, connection_id)


@pytest.mark.parametrize("fault", ["unanswered", "broken_after_storing"])
async def test_a_record_that_was_made_and_not_confirmed_is_not_made_twice(
    acme: Acme, tave: Tave, fault: str
) -> None:
    connection_id = await both_ways(acme)
    await make(acme, first_name="Ines", last_name="Costa", email="ines@acme.example")
    count = len(tave.ids())
    tave.faults.set({fault: 1})
    job = await export(acme, connection_id, create_missing=True)
    assert (job.job_status, job.outcome) == ("completed", "success")
    assert len(tave.ids()) == count + 1
    assert written(tave) == ["POST"]
    await settled(acme, connection_id)
    assert len(await acme.rows(SyncRecord)) == len(await acme.rows(SyncLink))


async def test_a_process_that_was_paused_sends_nothing_once_another_has_the_job(
    acme: Acme, tave: Tave, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection_id = await both_ways(acme)
    await make(acme, first_name="Ines", last_name="Costa", email="ines@acme.example")
    count = len(tave.ids())
    original, paused, woken = Run.confirm, list[Run](), asyncio.Event()

    async def paused_once(run: Run) -> None:
        if not paused:
            paused.append(run)
            async with db.begin(acme.tenant_id) as session:
                job = await session.get_one(SyncJob, (acme.tenant_id, run.job_id))
                job.lease, job.due_at = None, utcnow()
            ended = asyncio.ensure_future(acme.ended(run.job_id))
            while not ended.done():
                # Who is paused does not hear that the lease is lost, either.
                with suppress(asyncio.CancelledError):
                    await asyncio.shield(ended)
            try:
                await original(run)
            finally:
                woken.set()
        else:
            await original(run)

    monkeypatch.setattr(Run, "confirm", paused_once)
    monkeypatch.setattr(run_module, "_SURE", timedelta(0))
    async with worker.running():
        job = await export(acme, connection_id, create_missing=True)
        await woken.wait()
    assert (job.job_status, job.outcome) == ("completed", "success")
    assert len(tave.ids()) == count + 1
    assert written(tave) == ["POST"]


async def test_what_was_made_without_an_answer_is_not_imported_as_a_new_record(
    acme: Acme, tave: Tave
) -> None:
    connection_id = await both_ways(acme)
    await make(acme, first_name="Ines", last_name="Costa", email="ines@acme.example")
    records = len(await acme.rows(SyncRecord))
    # It fails for good, and nobody retries it.
    tave.faults.set({"unanswered": 1})
    given = acme.job("export_to_crm", create_missing=True, **CLIENTS)
    started = await syncs.start_sync(acme.actor, connection_id, given)
    async with worker.running():
        await tave.holding.wait()
        tave.faults.set({"fail_page": 1, "fail_times": 100})
        assert (await acme.ended(started.id)).job_status == "failed"
    assert await intents(acme) == ["unknown"]
    tave.faults.clear()
    job = await acme.sync(connection_id, **CLIENTS)
    assert (job.outcome, job.records_created) == ("success", 0)
    assert len(await acme.rows(SyncRecord)) == records
    assert await intents(acme) == ["done"]


async def test_an_edit_between_reading_and_writing_is_not_overwritten(acme: Acme, tave: Tave) -> None:
    connection_id = await both_ways(acme)
    one = person(tave)
    await acme.edit(one, email=MINE)
    tave.faults.set({"edited_after_get": {"lastName": "Theirs", "jobTitle": "Mayor"}})
    job = await export(acme, connection_id)
    assert job.outcome == "success"
    there = tave.document(one)
    assert (there["email"], there["lastName"], there["jobTitle"]) == (MINE, "Theirs", "Mayor")
    assert (await acme.values())[one]["last_name"] == "Theirs"
    await settled(acme, connection_id)


async def test_an_export_that_is_cut_off_goes_on_where_it_was(acme: Acme, tave: Tave) -> None:
    connection_id = await both_ways(acme)
    ids = [person(tave, number) for number in range(8)]
    for one in ids:
        await acme.edit(one, email=f"{one}@acme.example")
    tave.faults.set({"refuse_after": 10, "refuse_times": 1, "retry_after": 1})
    job = await export(acme, connection_id)
    assert (job.outcome, job.counts["clients"]["pushed"]) == ("success", 8)
    assert written(tave).count("PUT") in {8, 9}
    assert all(tave.document(one)["email"] == f"{one}@acme.example" for one in ids)
    await settled(acme, connection_id)
