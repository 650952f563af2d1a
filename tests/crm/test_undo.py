"""Undo: what a job did is taken back row by row, and what others made of it since is kept and told."""

from collections.abc import AsyncGenerator
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest

from hub_app.crm.schemas.jobs import SyncJobOut
from hub_app.crm.service import integrations, syncs
from hub_app.kernel.errors import BadRequest, Conflict, Forbidden
from hub_app.sync import worker
from hub_app.sync.tables import SyncLink, SyncRecord, SyncVersion
from tests.crm.acme import Acme, everything, unexplained
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


@pytest.fixture
async def tave() -> AsyncGenerator[Tave]:
    async with Tave(contacts=130, jobs=40) as running:
        yield running


def people(tave: Tave) -> list[str]:
    return tave.ids(kind="person", hidden=False)


async def pull(acme: Acme, connection_id: UUID, **config: Any) -> SyncJobOut:
    job = await acme.sync(connection_id, "incremental_sync", **config)
    assert (job.job_status, unexplained(job)) == ("completed", 0)
    return job


async def undone(acme: Acme, job: SyncJobOut) -> SyncJobOut:
    undo = await acme.undo(job.id)
    assert (undo.job_status, undo.outcome, unexplained(undo)) == ("completed", "success", 0)
    assert (await syncs.get_job(acme.actor, job.id)).undone_by_job_id == undo.id
    return undo


async def test_undoing_a_first_import_leaves_nothing_and_the_next_brings_all_again(acme: Acme) -> None:
    made = await acme.connect()
    job = await acme.sync(made.id)
    values = await acme.values()
    undo = await undone(acme, job)
    assert await everything(acme) == {"records": [], "values": [], "links": [], "references": []}
    assert sum(one["removed"] for one in undo.counts.values()) == job.records_created
    assert undo.progress_percent == 100
    with pytest.raises(Conflict, match="already been undone"):
        await syncs.undo_job(acme.admin, job.id)
    with pytest.raises(BadRequest):
        await acme.sync(made.id)
    await integrations.resume_integration(acme.admin, made.id)
    await pull(acme, made.id)
    assert await acme.values() == values


async def test_undoing_an_update_restores_exactly_what_was_before(acme: Acme, tave: Tave) -> None:
    made = await acme.connect()
    await acme.sync(made.id)
    before = await everything(acme)
    project = tave.ids("/job")[0]
    for one in people(tave)[:20]:
        tave.edit(one, email=f"{one}@changed.example", lastName=None)
    tave.edit(project, name="Another name")
    tave.hide(people(tave)[30])
    added = tave.add(firstName="Ines", email="ines@example.com")
    job = await pull(acme, made.id)
    after = await acme.values()
    assert added in after
    requests = tave.count
    await undone(acme, job)
    assert tave.count == requests
    assert await everything(acme) == before
    await integrations.resume_integration(acme.admin, made.id)
    await pull(acme, made.id)
    assert await acme.values() == after


async def test_jobs_are_undone_in_any_order(acme: Acme, tave: Tave) -> None:
    made = await acme.connect()
    await acme.sync(made.id, **CLIENTS)
    one, other = people(tave)[:2]
    first = await everything(acme)
    for order in permutations(range(3)):
        done: list[SyncJobOut] = []
        for number, record in enumerate((one, one, other)):
            tave.edit(record, email=f"{tave.count}-{number}@changed.example")
            if number:
                tave.edit(one, lastName=f"Name {tave.count}")
            done.append(await pull(acme, made.id, **CLIENTS))
        for number in order:
            await undone(acme, done[number])
        now = await everything(acme)
        for rows in (now, first):
            for link in rows["links"]:
                # What was put back in pieces is looked at once more.
                if link["external_id"] in {one, other}:
                    link["payload_hash"] = link["synced_version"] = None
        assert now == first, order
        await integrations.resume_integration(acme.admin, made.id)
        # Everything comes again, and is taken back as one.
        await undone(acme, await pull(acme, made.id, **CLIENTS))
        await integrations.resume_integration(acme.admin, made.id)


async def test_a_job_below_another_one_waits_for_it(acme: Acme, tave: Tave) -> None:
    made = await acme.connect()
    await acme.sync(made.id, **CLIENTS)
    one = people(tave)[0]
    former = (await acme.values())[one]["email"]
    jobs: list[SyncJobOut] = []
    for email in ("first@changed.example", "second@changed.example"):
        tave.edit(one, email=email)
        jobs.append(await pull(acme, made.id, **CLIENTS))
    undo = await undone(acme, jobs[0])
    assert (await acme.values())[one]["email"] == "second@changed.example"
    (kept,) = await acme.findings(undo.id, "kept")
    assert "email" in kept.detail["fields"]
    await undone(acme, jobs[1])
    assert (await acme.values())[one]["email"] == former


async def test_what_a_person_changed_since_is_kept_and_listed(acme: Acme, tave: Tave) -> None:
    made = await acme.connect()
    first = await acme.sync(made.id, **CLIENTS)
    edited, both = people(tave)[:2]
    tave.edit(both, email="there@changed.example", lastName="There")
    job = await pull(acme, made.id, **CLIENTS)
    await acme.edit(both, email="here@changed.example")
    former = (await acme.values())[both]
    undo = await undone(acme, job)
    now = (await acme.values())[both]
    assert now["email"] == "here@changed.example"
    assert now.get("last_name") != former["last_name"]
    (kept,) = await acme.findings(undo.id, "kept")
    assert (kept.external_id, kept.detail) == (both, {"fields": ["email"]})
    await acme.edit(edited, company="Ours")
    undo = await undone(acme, first)
    left = {one.external_id for one in await acme.rows(SyncLink)}
    assert left == {edited, both}
    assert {one.external_id for one in await acme.findings(undo.id, "kept")} == {edited, both}
    assert (await acme.values())[edited]["company"] == "Ours"


async def test_undoing_an_import_after_a_later_sync_removes_what_it_made(acme: Acme, tave: Tave) -> None:
    made = await acme.connect()
    job = await acme.sync(made.id, **CLIENTS)
    tave.edit(people(tave)[0], email="later@changed.example")
    later = await pull(acme, made.id, **CLIENTS)
    added = [one.external_id for one in await acme.rows(SyncLink)]
    await undone(acme, job)
    left = [one.external_id for one in await acme.rows(SyncLink)]
    assert len(left) == len(added) - job.records_created
    await undone(acme, later)
    assert not await acme.rows(SyncRecord)


async def test_what_a_later_import_proved_does_not_outlive_the_records(acme: Acme) -> None:
    made = await acme.connect()
    first = await acme.sync(made.id, **CLIENTS)
    await acme.sync(made.id, **CLIENTS)
    assert (await acme.reconciled(made.id))["clients"].complete
    await undone(acme, first)
    clients = (await acme.reconciled(made.id))["clients"]
    assert (clients.complete, clients.here) == (False, 0)
    assert clients.sentence.startswith("There is no full import of clients to go by.")


async def test_a_preview_tells_exactly_what_an_undo_does_and_writes_nothing(acme: Acme, tave: Tave) -> None:
    made = await acme.connect()
    await acme.sync(made.id, **CLIENTS)
    changed, both = people(tave)[:2]
    for one in (changed, both):
        tave.edit(one, email=f"{one}@changed.example")
    added = tave.add(firstName="Ines", email="ines@example.com")
    job = await pull(acme, made.id, **CLIENTS)
    await acme.edit(both, email="here@changed.example")
    before, versions = await everything(acme), len(await acme.rows(SyncVersion))
    values = await acme.values()
    preview = await acme.undo(job.id, preview=True)
    assert (preview.job_status, unexplained(preview)) == ("completed", 0)
    assert await everything(acme) == before
    assert len(await acme.rows(SyncVersion)) == versions
    assert (await integrations.get_integration(acme.actor, made.id)).connection_status == "connected"
    told = {(one.kind, one.external_id): one.detail for one in await acme.findings(preview.id)}
    # Of the person that both sides have changed, the list of people was not changed here.
    assert set(told) == {("remove", added), ("change", changed), ("change", both), ("kept", both)}
    assert [*told["change", both]["before"]] == ["people"]
    undo = await undone(acme, job)
    assert undo.counts == preview.counts
    now = await acme.values()
    assert told["change", changed]["before"]["email"] == values[changed]["email"]
    assert told["change", changed]["after"].get("email") == now[changed].get("email")
    assert added not in now
    assert {**now[both], "people": None} == {**values[both], "people": None}


async def test_references_come_back(acme: Acme, tave: Tave) -> None:
    made = await acme.connect()
    await acme.sync(made.id)
    before = await everything(acme)
    assert any(one["target_id"] for one in before["references"])
    contacts = [one.document() for one in tave.collections["/job-contact"].rows.values()]
    contact = next(one for one in contacts if one.get("client"))
    for one in contacts:
        if one["jobId"] == contact["jobId"]:
            tave.delete(str(one["id"]))
    tave.edit(str(contact["jobId"]), name="Moved")
    job = await pull(acme, made.id)
    assert (await everything(acme))["references"] != before["references"]
    await undone(acme, job)
    assert await everything(acme) == before


@pytest.mark.parametrize("goes_on", ["retried", "anew"])
async def test_an_undo_that_is_cancelled_goes_on(acme: Acme, goes_on: str) -> None:
    made = await acme.connect()
    job = await acme.sync(made.id)
    undo = await syncs.undo_job(acme.admin, job.id)
    async with worker.running():
        await acme.until(undo.id, lambda one: one.records_processed > 0)
        await syncs.cancel_job(acme.actor, undo.id)
        assert (await acme.ended(undo.id)).job_status == "cancelled"
    assert 0 < len(await acme.rows(SyncRecord)) < job.records_created
    if goes_on == "retried":
        await syncs.retry_job(acme.actor, undo.id)
        assert (await acme.finish(undo.id)).job_status == "completed"
    else:
        await undone(acme, job)
        with pytest.raises(Conflict, match="Another undo"):
            await syncs.retry_job(acme.actor, undo.id)
    assert not await acme.rows(SyncRecord)


async def test_only_an_admin_undoes(acme: Acme) -> None:
    made = await acme.connect()
    job = await acme.sync(made.id, **CLIENTS)
    with pytest.raises(Forbidden):
        await syncs.undo_job(acme.actor, job.id)


async def test_a_cancelled_import_that_was_undone_is_not_retried(acme: Acme, tave: Tave) -> None:
    made = await acme.connect()
    tave.faults.set({"fail_page": 1, "fail_times": 3, "slow": 0.02})
    started = await syncs.start_sync(acme.actor, made.id, acme.job("full_import"))
    tave.faults.set({"fail_page": 0})
    async with worker.running():
        await acme.until(started.id, lambda one: one.records_processed > 0)
        await syncs.cancel_job(acme.actor, started.id)
        assert (await acme.ended(started.id)).job_status == "cancelled"
    await undone(acme, await syncs.get_job(acme.actor, started.id))
    assert not await acme.rows(SyncRecord)
    await integrations.resume_integration(acme.admin, made.id)
    with pytest.raises(Conflict, match="has been undone"):
        await syncs.retry_job(acme.actor, started.id)
