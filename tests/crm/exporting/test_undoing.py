"""Undoing an export: what stood in the CRM is put back where it still holds what the hub wrote."""

import pytest

from hub_app.crm.service import integrations
from hub_app.sync.tables import SyncConflict, SyncLink
from tests.crm.acme import Acme, unexplained
from tests.crm.exporting.both_ways import CLIENTS, MINE, both_ways, export, make, person, written
from tests.peers.tave import Tave

pytestmark = [
    pytest.mark.settings(
        outbound_allowed_networks="127.0.0.1/32",
        crm_rate_limits="tave=100000/1000000",
        sync_retry_seconds="0",
        connector_timeout_seconds="2",
    ),
]


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
