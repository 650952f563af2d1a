"""Exporting: what the hub owes a CRM is written there once, whatever becomes of the answers, and nothing of somebody else's is lost."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, select

from hub_app.crm.schemas.jobs import SyncJobOut
from hub_app.crm.service import integrations, syncs
from hub_app.kernel import db
from hub_app.kernel.clock import utcnow
from hub_app.kernel.ids import new_id
from hub_app.sync import worker
from hub_app.sync.engine import run as run_module
from hub_app.sync.engine.listed import listed
from hub_app.sync.engine.run import Run
from hub_app.sync.engine.streams import fields_of
from hub_app.sync.tables import (
    SyncCollection,
    SyncConflict,
    SyncData,
    SyncIntent,
    SyncJob,
    SyncLink,
    SyncRecord,
    SyncVersion,
)
from tests.crm.acme import Acme, everything, unexplained
from tests.peers.tave import Tave

pytestmark = [
    pytest.mark.settings(
        outbound_allowed_networks="127.0.0.1/32",
        crm_rate_limits="tave=100000/1000000",
        sync_retry_seconds="0",
        connector_timeout_seconds="2",
    ),
]
CLIENTS: dict[str, Any] = {"resources": ["clients"]}
MINE = "mine@acme.example"


@pytest.fixture
async def tave() -> AsyncGenerator[Tave]:
    async with Tave(contacts=30, jobs=0) as running:
        yield running


async def both_ways(acme: Acme, **config: Any) -> UUID:
    made = await acme.connect(sync_direction="bidirectional", **config)
    job = await acme.sync(made.id, **CLIENTS)
    assert job.outcome == "success"
    return made.id


async def export(acme: Acme, connection_id: UUID, *, preview: bool = False, **config: Any) -> SyncJobOut:
    job = await acme.sync(connection_id, "export_to_crm", preview=preview, **CLIENTS, **config)
    assert unexplained(job) == 0
    return job


async def settled(acme: Acme, connection_id: UUID) -> None:
    """Nothing comes back as a change, and nothing is sent again."""
    before, writes = await everything(acme), len(written(acme.tave))
    job = await acme.sync(connection_id, "incremental_sync", **CLIENTS)
    assert (job.outcome, job.records_updated, job.records_created, unexplained(job)) == ("success", 0, 0, 0)
    assert len(written(acme.tave)) == writes
    assert await everything(acme) == before


def person(tave: Tave, number: int = 0) -> str:
    plain = [
        one
        for one in tave.ids(kind="person", hidden=False)
        if str(tave.document(one).get("email") or "").islower() and tave.document(one).get("lastName")
    ]
    return plain[number]


def custom_fields(document: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["fieldId"], one["value"]) for one in document["customFields"]]


def written(tave: Tave) -> list[str]:
    return [one.method for one in tave.requests if one.method in {"PUT", "POST"}]


async def make(acme: Acme, **values: Any) -> UUID:
    """A client that a person has made here."""
    async with db.begin(acme.tenant_id) as session:
        of_clients = select(SyncCollection).where(SyncCollection.name == "clients")
        collection = (await session.exec(of_clients)).one()
        shown = listed(fields_of(collection), values)
        record = SyncRecord(id=new_id(), tenant_id=acme.tenant_id, collection_id=collection.id, **shown)
        session.add(record)
        await session.flush()
        session.add(SyncData(id=record.id, tenant_id=acme.tenant_id, contents=values))
        session.add(
            SyncVersion(
                tenant_id=acme.tenant_id, record_id=record.id, number=1, kind="created", made_by="Erin"
            )
        )
    return record.id


async def intents(acme: Acme) -> list[str]:
    return [one.status for one in await acme.rows(SyncIntent)]


async def test_a_change_made_here_is_written_once_and_does_not_come_back(acme: Acme, tave: Tave) -> None:
    connection_id = await both_ways(acme)
    one = person(tave)
    before = tave.document(one)
    await acme.edit(one, email=MINE)
    job = await acme.sync(connection_id, "incremental_sync", **CLIENTS)
    assert (job.outcome, job.counts["clients"]["pushed"]) == ("success", 1)
    after = tave.document(one)
    own = {"email", "modified", "customFields"}
    assert {name: after[name] for name in {*before} - own} == {name: before[name] for name in {*before} - own}
    assert custom_fields(after) == custom_fields(before)
    assert after["email"] == MINE


async def test_what_the_crm_makes_of_a_write_comes_back_with_it(acme: Acme, tave: Tave) -> None:
    connection_id = await both_ways(acme)
    one = person(tave)
    await acme.edit(one, last_name="Ours")
    await export(acme, connection_id)
    assert (
        (await acme.values())[one]["name"]
        == tave.document(one)["name"]
        == f"{tave.document(one)['firstName']} Ours"
    )
    assert (await acme.record(one)).name.endswith("Ours")
    await settled(acme, connection_id)


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


@pytest.mark.parametrize(
    ("rule", "here", "there"),
    [
        ("hub_wins", MINE, MINE),
        ("crm_wins", "theirs@acme.example", "theirs@acme.example"),
        ("newest_wins", "theirs@acme.example", "theirs@acme.example"),
        ("manual_review", MINE, "theirs@acme.example"),
    ],
)
async def test_what_both_sides_changed_goes_by_the_rule(
    acme: Acme, tave: Tave, rule: str, here: str, there: str
) -> None:
    connection_id = await both_ways(acme, conflict_resolution=rule)
    one = person(tave)
    await acme.edit(one, email=MINE, last_name="Ours")
    tave.edit(one, at=tave.now().replace(year=tave.now().year + 1), email="theirs@acme.example")
    job = await export(acme, connection_id)
    assert job.outcome == "success"
    assert (await acme.values())[one]["email"] == here
    document = tave.document(one)
    # What was changed here alone is written, whatever becomes of the other field.
    assert (document["email"], document["lastName"]) == (there, "Ours")
    conflicts = [[*one.fields] for one in await acme.rows(SyncConflict)]
    assert conflicts == ([["email"]] if rule == "manual_review" else [])
    writes = written(tave)
    await export(acme, connection_id)
    assert written(tave) == writes


async def test_a_refused_write_is_told_and_not_sent_again_until_something_changes(
    acme: Acme, tave: Tave
) -> None:
    connection_id = await both_ways(acme)
    one, other = person(tave), person(tave, 1)
    await acme.edit(one, email=MINE)
    await acme.edit(other, last_name="Ours")
    tave.faults.set({"refused_field": "email"})
    job = await export(acme, connection_id)
    assert (job.job_status, job.outcome, job.records_failed) == ("completed", "partial", 1)
    assert any("was refused" in log.message for log in await acme.logs(job.id))
    assert tave.document(other)["lastName"] == "Ours"
    assert written(tave) == ["PUT", "PUT"]
    for _ in range(2):
        job = await acme.sync(connection_id, "incremental_sync", **CLIENTS)
    assert written(tave) == ["PUT", "PUT"]
    assert (await acme.values())[one]["email"] == MINE
    tave.faults.clear()
    await acme.edit(one, last_name="Ours")
    await export(acme, connection_id)
    assert tave.document(one)["email"] == MINE
    await settled(acme, connection_id)


async def test_a_record_that_the_crm_refuses_to_make_is_not_tried_again_as_it_is(
    acme: Acme, tave: Tave
) -> None:
    connection_id = await both_ways(acme)
    made = await make(acme, first_name="Ines", email="ines@acme.example")
    tave.faults.set({"refused_field": "email"})
    assert (await export(acme, connection_id, create_missing=True)).records_failed == 1
    tave.faults.clear()
    await export(acme, connection_id, create_missing=True)
    assert written(tave) == ["POST"]
    async with db.begin(acme.tenant_id) as session:
        row = (await session.exec(select(SyncRecord).where(SyncRecord.id == made))).one()
        row.version += 1
    await export(acme, connection_id, create_missing=True)
    assert written(tave) == ["POST", "POST"]
    assert await intents(acme) == ["refused", "done"]


async def test_a_field_that_the_crm_drops_is_told_and_both_sides_come_to_rest(acme: Acme, tave: Tave) -> None:
    connection_id = await both_ways(acme)
    one = person(tave)
    there = tave.document(one)["lastName"]
    tave.faults.set({"drops": ["lastName"]})
    await acme.edit(one, email=MINE, last_name="Ours")
    job = await export(acme, connection_id)
    assert (job.outcome, job.counts["clients"]["pushed"]) == ("partial", 1)
    assert any(
        "lastName was sent, accepted, and not changed" in log.message for log in await acme.logs(job.id)
    )
    assert (tave.document(one)["email"], tave.document(one)["lastName"]) == (MINE, there)
    assert (await acme.values())[one]["last_name"] == "Ours"
    await settled(acme, connection_id)


async def test_a_read_only_key_writes_nothing_and_says_so(acme: Acme, tave: Tave) -> None:
    connection_id = await both_ways(acme)
    one = person(tave)
    await acme.edit(one, email=MINE)
    keys, tave.keys, tave.read_only_keys = tave.keys, set(), tave.keys
    job = await export(acme, connection_id)
    assert job.job_status == "failed"
    assert "403" in (job.error_details or "")
    # It still can be read.
    shown = await integrations.get_integration(acme.actor, connection_id)
    assert shown.connection_status == "connected"
    assert tave.document(one)["email"] != MINE
    tave.keys, tave.read_only_keys = keys, set()
    assert (await export(acme, connection_id)).outcome == "success"
    assert tave.document(one)["email"] == MINE


async def test_a_record_that_was_deleted_there_meanwhile_is_marked_and_not_made_again(
    acme: Acme, tave: Tave
) -> None:
    connection_id = await both_ways(acme)
    one = person(tave)
    await acme.edit(one, email=MINE)
    tave.delete(one)
    preview = await export(acme, connection_id, preview=True)
    assert [found.kind for found in await acme.findings(preview.id)] == ["gone"]
    assert {link.state for link in await acme.rows(SyncLink)} == {"linked"}
    count = len(tave.ids())
    job = await export(acme, connection_id, create_missing=True)
    assert (job.job_status, job.counts["clients"]["gone"]) == ("completed", 1)
    assert len(tave.ids()) == count
    assert written(tave) == []
    assert (await acme.values())[one]["email"] == MINE


async def test_what_is_there_already_is_not_made_twice(acme: Acme, tave: Tave) -> None:
    connection_id = await both_ways(acme)
    one = person(tave)
    await make(acme, first_name="Ines", email=str(tave.document(one)["email"]))
    job = await export(acme, connection_id, create_missing=True)
    assert job.counts["clients"]["skipped"] == {"maybe_there": 1}
    assert written(tave) == []
    assert any("may be there already" in log.message for log in await acme.logs(job.id))


async def test_a_dry_run_writes_nothing_anywhere(acme: Acme, tave: Tave) -> None:
    connection_id = await both_ways(acme)
    one = person(tave)
    await acme.edit(one, email=MINE)
    made = await make(acme, first_name="Ines", last_name="Costa", email="ines@acme.example")
    before = await everything(acme)
    job = await export(acme, connection_id, preview=True, create_missing=True)
    assert job.job_status == "completed"
    told = {found.kind: found for found in await acme.findings(job.id)}
    assert told["push"].detail["after"] == {"email": MINE}
    assert told["push_new"].record_id == made
    assert (written(tave), await intents(acme), await everything(acme)) == ([], [], before)


async def test_values_that_cannot_be_written_are_told_once_and_do_not_pass_for_settled(
    acme: Acme, tave: Tave
) -> None:
    """An export alone looks at what the mapping says now."""
    made = await acme.connect(sync_direction="bidirectional")
    await acme.sync(made.id, **CLIENTS)
    one = person(tave)
    await acme.edit(one, email="no address at all")
    tave.faults.set({"refused_field": "email"})
    await export(acme, made.id)
    writes = written(tave)
    await export(acme, made.id)
    assert written(tave) == writes
    tave.faults.clear()
    async with db.begin(acme.tenant_id) as session:
        link = (await session.exec(select(SyncLink).where(col(SyncLink.external_id) == one))).one()
        assert not link.owes
    await acme.edit(one, email=MINE)
    await export(acme, made.id)
    assert tave.document(one)["email"] == MINE


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


async def test_undoing_an_export_restores_what_stood_there_where_it_still_holds_ours(
    acme: Acme, tave: Tave
) -> None:
    connection_id = await both_ways(acme)
    ours, theirs = person(tave), person(tave, 1)
    former = {one: tave.document(one) for one in (ours, theirs)}
    for one in (ours, theirs):
        await acme.edit(one, email=f"{one}@acme.example", last_name="Ours")
    new = await make(acme, first_name="Ines", last_name="Costa", email="ines@acme.example")
    before = (await acme.values())[ours]
    job = await export(acme, connection_id, create_missing=True)
    assert job.counts["clients"]["pushed"] == 3
    tave.edit(theirs, email="later@there.example")
    count, writes = len(tave.ids()), written(tave)
    preview = await acme.undo(job.id, preview=True)
    told = {(one.kind, one.external_id): one.detail for one in await acme.findings(preview.id)}
    assert told["push", ours]["after"] == {
        "email": former[ours]["email"],
        "lastName": former[ours]["lastName"],
    }
    assert told["stays_there", theirs] == {"fields": ["email"]}
    assert written(tave) == writes
    undo = await acme.undo(job.id)
    assert (undo.job_status, unexplained(undo)) == ("completed", 0)
    back, kept = tave.document(ours), tave.document(theirs)
    assert (back["email"], back["lastName"]) == (former[ours]["email"], former[ours]["lastName"])
    assert (kept["email"], kept["lastName"]) == ("later@there.example", "Ours")
    assert len(tave.ids()) == count
    found = {one.kind: one for one in await acme.findings(undo.id)}
    assert found["made_there"].record_id == new
    # What people entered here is here, as it was before the export, and is owed again.
    assert (await acme.values())[ours] == before
    link = next(one for one in await acme.rows(SyncLink) if one.external_id == ours)
    assert link.owes
    shown = await integrations.get_integration(acme.actor, connection_id)
    assert shown.connection_status == "paused"
    await integrations.resume_integration(acme.admin, connection_id)
    await acme.sync(connection_id, "incremental_sync", **CLIENTS)
    assert tave.document(ours)["email"] == f"{ours}@acme.example"
    assert (await acme.values())[ours]["email"] == f"{ours}@acme.example"
    assert (await acme.values())[theirs]["email"] == "later@there.example"
    assert not await acme.rows(SyncConflict)


async def test_an_undo_of_an_export_that_is_cut_off_goes_on(acme: Acme, tave: Tave) -> None:
    connection_id = await both_ways(acme)
    ids = [person(tave, number) for number in range(6)]
    former = {one: tave.document(one)["email"] for one in ids}
    for one in ids:
        await acme.edit(one, email=f"{one}@acme.example")
    job = await export(acme, connection_id)
    tave.faults.set({"broken_after_storing": 1, "edited_after_get": {"jobTitle": "Mayor"}})
    undo = await acme.undo(job.id)
    assert (undo.job_status, undo.outcome) == ("completed", "success")
    assert {one: tave.document(one)["email"] for one in ids} == former
    assert sum(tave.document(one).get("jobTitle") == "Mayor" for one in ids) == 1


async def test_undoing_a_sync_in_both_ways_reverts_the_hub_and_lists_what_was_sent(
    acme: Acme, tave: Tave
) -> None:
    connection_id = await both_ways(acme)
    ours, theirs = person(tave), person(tave, 1)
    await acme.edit(ours, email=MINE)
    before = await acme.values()
    tave.edit(theirs, email="theirs@there.example")
    job = await acme.sync(connection_id, "incremental_sync", **CLIENTS)
    # The list of people comes back with the new address in it.
    assert (job.records_updated, job.counts["clients"]["pushed"]) == (2, 1)
    assert MINE in str((await acme.values())[ours]["people"])
    writes = written(tave)
    undo = await acme.undo(job.id)
    assert undo.job_status == "completed"
    assert await acme.values() == before
    assert (written(tave), tave.document(ours)["email"]) == (writes, MINE)
    (sent,) = await acme.findings(undo.id, "sent")
    assert (sent.external_id, sent.detail["after"]) == (ours, {"email": MINE})
    await integrations.resume_integration(acme.admin, connection_id)
    again = await acme.sync(connection_id, "incremental_sync", **CLIENTS)
    assert (again.records_updated, again.counts["clients"]["pushed"]) == (2, 0)
    assert (await acme.values())[theirs]["email"] == "theirs@there.example"
