"""Exporting what a CRM refuses, drops, has deleted or has already: told once, and not sent again as it is."""

import pytest
from sqlmodel import col, select

from hub_app.crm.service import integrations
from hub_app.kernel import db
from hub_app.sync.tables import SyncLink, SyncRecord
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
