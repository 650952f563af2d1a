"""Quarantine: nothing is lost that could not become a record, and what is mended can be tried again."""

from uuid import UUID

import httpx
import pytest

from hub_app.crm.schemas.jobs import SyncJobOut
from hub_app.crm.schemas.quarantine import QuarantinedSummary, QuarantineStatus
from hub_app.crm.service import quarantine
from hub_app.kernel.errors import Conflict, Forbidden, NotFound
from hub_app.sync.tables import SyncLink, SyncQuarantine, SyncRecord
from tests import people as seeded
from tests.crm.acme import ALL, Acme, state_of
from tests.crm.mapped import require

pytestmark = [
    pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32", crm_rate_limits="tave=100000/1000000"),
]


async def with_quarantine(acme: Acme) -> tuple[UUID, SyncJobOut, list[QuarantinedSummary]]:
    """A connection that was imported while clients needed an e-mail address; what was set aside."""
    made = await acme.connect()
    await require(acme, made.id, "clients", "email")
    job = await acme.sync(made.id)
    return made.id, job, await waiting(acme, made.id)


async def waiting(
    acme: Acme, connection_id: UUID, status: QuarantineStatus = "open"
) -> list[QuarantinedSummary]:
    return (await quarantine.list_quarantine(acme.actor, connection_id, ALL, status=status)).items


async def retried(acme: Acme, connection_id: UUID) -> SyncJobOut:
    return await acme.finish((await quarantine.retry_all(acme.actor, connection_id)).id)


async def test_what_is_set_aside_is_kept_as_it_was_read_with_the_reason(acme: Acme) -> None:
    _, job, rows = await with_quarantine(acme)
    assert job.outcome == "partial"
    assert len(rows) == job.counts["clients"]["quarantined"] > 0
    one = await quarantine.get_quarantined(acme.actor, rows[0].id)
    assert one.reason == "Email is required, and has no value."
    assert one.resource == "clients"
    assert isinstance(one.raw, dict)
    assert one.raw["id"] == one.external_id


async def test_after_the_mapping_is_mended_it_becomes_records_and_an_undo_brings_it_back(acme: Acme) -> None:
    connection_id, _, rows = await with_quarantine(acme)
    before = state_of(await acme.rows(SyncLink))
    again = await retried(acme, connection_id)
    assert (again.job_type, again.outcome, again.records_created) == ("retry", "partial", 0)
    assert {one.attempts for one in await waiting(acme, connection_id)} == {2}
    await require(acme, connection_id, "clients")
    job = await retried(acme, connection_id)
    assert (job.outcome, job.records_created, job.records_processed) == ("success", len(rows), len(rows))
    assert not await waiting(acme, connection_id)
    values = await acme.values()
    assert all(one.external_id in values for one in rows)
    await acme.undo(job.id)
    assert state_of(await acme.rows(SyncLink)) == before
    assert {one.id for one in await waiting(acme, connection_id)} == {one.id for one in rows}


async def test_a_preview_of_trying_again_changes_nothing(acme: Acme) -> None:
    connection_id, _, rows = await with_quarantine(acme)
    await require(acme, connection_id, "clients")
    before = [state_of(await acme.rows(one)) for one in (SyncRecord, SyncQuarantine)]
    started = await quarantine.retry_all(acme.actor, connection_id, dry_run=True)
    job = await acme.finish(started.id)
    assert job.records_created == len(rows)
    assert len(await acme.findings(job.id, "create")) == len(rows)
    assert [state_of(await acme.rows(one)) for one in (SyncRecord, SyncQuarantine)] == before


async def test_one_row_is_tried_as_it_is_at_the_source_now(acme: Acme) -> None:
    connection_id, _, rows = await with_quarantine(acme)
    acme.tave.edit(rows[0].external_id, email="found@example.com")
    job = await acme.finish((await quarantine.retry_one(acme.actor, rows[0].id)).id)
    assert (job.records_created, job.records_processed) == (1, 1)
    assert (await acme.values())[rows[0].external_id]["email"] == "found@example.com"
    acme.tave.delete(rows[1].external_id)
    job = await acme.finish((await quarantine.retry_one(acme.actor, rows[1].id)).id)
    assert job.counts["clients"]["skipped"] == {"deleted_there": 1}
    left = {one.id for one in await waiting(acme, connection_id)}
    assert left == {one.id for one in rows[2:]}
    with pytest.raises(Conflict):
        await quarantine.retry_one(acme.actor, rows[0].id)


async def test_what_is_dismissed_rests_until_it_comes_otherwise(acme: Acme) -> None:
    connection_id, _, rows = await with_quarantine(acme)
    for one in rows:
        await quarantine.dismiss(acme.actor, one.id)
    await acme.sync(connection_id)
    assert not await waiting(acme, connection_id)
    assert len(await waiting(acme, connection_id, "dismissed")) == len(rows)
    acme.tave.edit(rows[0].external_id, lastName="Otherwise")
    await acme.sync(connection_id)
    assert [one.id for one in await waiting(acme, connection_id)] == [rows[0].id]
    with pytest.raises(Conflict):
        await quarantine.dismiss(acme.actor, rows[1].id)


async def test_who_may_do_what(acme: Acme, client: httpx.AsyncClient) -> None:
    connection_id, _, rows = await with_quarantine(acme)
    vera, mallory = acme.people.vera.actor, acme.people.mallory.actor
    assert (await quarantine.get_quarantined(vera, rows[0].id)).raw
    for call in (
        quarantine.retry_all(vera, connection_id),
        quarantine.retry_one(vera, rows[0].id),
        quarantine.dismiss(vera, rows[0].id),
    ):
        with pytest.raises(Forbidden):
            await call
    for call in (
        quarantine.list_quarantine(mallory, connection_id, ALL),
        quarantine.get_quarantined(mallory, rows[0].id),
        quarantine.retry_all(mallory, connection_id),
        quarantine.retry_one(mallory, rows[0].id),
        quarantine.dismiss(mallory, rows[0].id),
    ):
        with pytest.raises(NotFound):
            await call
    headers = await seeded.headers(acme.people.erin)
    listed = await client.get(f"/api/crm/integrations/{connection_id}/quarantine?limit=1", headers=headers)
    assert (len(listed.json()["items"]), listed.json()["next_cursor"] is None) == (1, len(rows) == 1)
    done = await client.post(f"/api/crm/quarantine/{rows[0].id}/dismiss", headers=headers)
    assert (done.status_code, done.json()["status"]) == (200, "dismissed")
    begun = await client.post(f"/api/crm/integrations/{connection_id}/quarantine/retry", headers=headers)
    assert (begun.status_code, begun.json()["sync_job"]["job_type"]) == (201, "retry")
