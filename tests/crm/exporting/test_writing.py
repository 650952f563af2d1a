"""Exporting: what the hub owes a CRM is written there once, and comes back as it was."""

import pytest

from hub_app.sync.tables import SyncConflict
from tests.crm.acme import Acme, everything
from tests.crm.exporting.both_ways import (
    CLIENTS,
    MINE,
    both_ways,
    custom_fields,
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
