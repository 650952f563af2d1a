"""What becomes of merged records afterwards: nothing that a source, a job or a later merging does loses one of them."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlmodel import col, update

from hub_app.crm.schemas.conflicts import DuplicateOut, MergeIn
from hub_app.crm.service import duplicates, integrations, quarantine, syncs
from hub_app.kernel import db
from hub_app.kernel.edits import AsTagged
from hub_app.kernel.errors import Conflict, PreconditionFailed
from hub_app.sync import worker
from hub_app.sync.tables import SyncData, SyncDuplicate, SyncLink, SyncRecord
from tests import people as seeded
from tests.crm.acme import ALL, Acme, state_of, unexplained
from tests.crm.mapped import require

pytestmark = [
    pytest.mark.both_databases,
    pytest.mark.settings(
        outbound_allowed_networks="127.0.0.1/32",
        crm_rate_limits="tave=100000/1000000",
        sync_retry_seconds="0",
        connector_timeout_seconds="2",
    ),
]
CLIENTS: dict[str, Any] = {"resources": ["clients"]}
_TABLES = (SyncRecord, SyncData, SyncLink)
_WITHOUT = ("version", "stamps", "synced_version", "owes")


def add(acme: Acme, *names: str) -> list[str]:
    """Contacts of one e-mail address."""
    return [acme.tave.add(firstName=one, lastName="Berg", email="mia.berg@example.net") for one in names]


async def pairs(acme: Acme) -> dict[frozenset[UUID], DuplicateOut]:
    found = (await duplicates.list_duplicates(acme.actor, ALL)).items
    return {frozenset((one.first.id, one.second.id)): one for one in found}


async def merge(acme: Acme, keep: UUID, other: UUID, **given: Any) -> DuplicateOut:
    pair = (await pairs(acme))[frozenset((keep, other))]
    return await duplicates.merge(acme.actor, pair.id, MergeIn(keep=keep, **given))


async def state(acme: Acme) -> list[object]:
    return [state_of(await acme.rows(one), *_WITHOUT) for one in _TABLES]


async def ids_of(acme: Acme, *external_ids: str) -> list[UUID]:
    return [(await acme.record(one)).id for one in external_ids]


async def incremental(acme: Acme) -> dict[str, Any]:
    job = await acme.sync((await acme.integration()).id, "incremental_sync", **CLIENTS)
    assert (job.job_status, unexplained(job)) == ("completed", 0), job.error_details
    return job.counts["clients"]


async def test_a_record_that_is_there_again_does_not_stop_the_sync_of_the_one_it_was_merged_with(
    acme: Acme,
) -> None:
    first, second = add(acme, "Mia", "M.")
    made = await acme.connect()
    await acme.sync(made.id, **CLIENTS)
    kept, other = await ids_of(acme, first, second)
    acme.tave.hide(first)
    await incremental(acme)
    await merge(acme, kept, other)
    acme.tave.edit(first, hidden=False, jobTitle="Old")
    acme.tave.edit(second, jobTitle="Bride")
    counts = await incremental(acme)
    assert counts["skipped"]["merged_here"] == 1
    links = {one.external_id: (one.record_id, one.state) for one in await acme.rows(SyncLink)}
    assert links[second] == (kept, "linked")
    assert links[first] == (kept, "merged")
    assert acme.tave.document(second)["jobTitle"] == "Bride"


async def test_a_merged_record_that_waited_in_quarantine_is_tried_again_without_harm(acme: Acme) -> None:
    first, second = add(acme, "Mia", "M.")
    made = await acme.connect()
    await acme.sync(made.id, **CLIENTS)
    kept, other = await ids_of(acme, first, second)
    await require(acme, made.id, "clients", "email")
    acme.tave.edit(second, email=None, firstName="Somebody else")
    await incremental(acme)
    await merge(acme, kept, other)
    await require(acme, made.id, "clients")
    before = await state(acme)
    job = await acme.finish((await quarantine.retry_all(acme.actor, made.id)).id)
    assert (job.job_status, unexplained(job)) == ("completed", 0), job.error_details
    assert job.counts["clients"]["skipped"]["merged_here"] == 1
    links = {one.external_id: (one.record_id, one.state) for one in await acme.rows(SyncLink)}
    assert links[second] == (kept, "merged")
    del before


async def test_a_write_of_which_nobody_knows_does_not_stop_jobs_once_its_record_was_merged(
    acme: Acme,
) -> None:
    first, second = add(acme, "Mia", "M.")
    made = await acme.connect(sync_direction="bidirectional")
    await acme.sync(made.id, **CLIENTS)
    kept, other = await ids_of(acme, first, second)
    await acme.edit(second, last_name="Ours")
    acme.tave.faults.set({"unanswered": 1})
    started = await syncs.start_sync(acme.actor, made.id, acme.job("export_to_crm", **CLIENTS))
    async with worker.running():
        async with asyncio.timeout(30):
            await acme.tave.holding.wait()
        acme.tave.faults.set({"unauthorized": True})
        assert (await acme.ended(started.id)).job_status == "failed"
    acme.tave.faults.clear()
    await integrations.test_integration(acme.admin, made.id)
    await merge(acme, kept, other)
    before = {one.id: one.contents for one in await acme.rows(SyncData)}
    await incremental(acme)
    links = {one.external_id: (one.record_id, one.state) for one in await acme.rows(SyncLink)}
    assert links[second] == (kept, "merged")
    contents = {one.id: one.contents for one in await acme.rows(SyncData)}
    assert contents == before


async def test_of_three_that_are_alike_none_is_merged_into_an_archived_one(acme: Acme) -> None:
    ids = add(acme, "Mia", "M.", "Mi")
    made = await acme.connect()
    await acme.sync(made.id, **CLIENTS)
    one, two, three = await ids_of(acme, *ids)
    stale = (await pairs(acme))[frozenset((two, three))]
    await merge(acme, one, two)
    assert set(await pairs(acme)) & {frozenset((two, three))} == set()
    with pytest.raises(Conflict, match="archive"):
        await duplicates.merge(acme.actor, stale.id, MergeIn(keep=two))
    await merge(acme, one, three)
    left = {row.id: row.archived_at is None for row in await acme.rows(SyncRecord)}
    assert (left[one], left[two], left[three]) == (True, False, False)


async def test_mergings_are_taken_apart_in_the_order_that_keeps_every_link(acme: Acme) -> None:
    ids = add(acme, "Mia", "M.", "Mi")
    made = await acme.connect()
    await acme.sync(made.id, **CLIENTS)
    one, two, three = await ids_of(acme, *ids)
    before = await state(acme)
    inner = await merge(acme, one, two)
    outer = await merge(acme, three, one)
    with pytest.raises(Conflict, match="merged into another"):
        await duplicates.take_apart(acme.actor, inner.id)
    await duplicates.take_apart(acme.actor, outer.id)
    await duplicates.take_apart(acme.actor, inner.id)
    assert await state(acme) == before


async def test_what_was_merged_with_the_same_record_is_taken_apart_in_any_order(acme: Acme) -> None:
    ids = add(acme, "Mia", "M.", "Mi")
    made = await acme.connect()
    await acme.sync(made.id, **CLIENTS)
    one, two, three = await ids_of(acme, *ids)
    before = await state(acme)
    inner, outer = await merge(acme, one, two), await merge(acme, one, three)
    await duplicates.take_apart(acme.actor, inner.id)
    await duplicates.take_apart(acme.actor, outer.id)
    assert await state(acme) == before


async def test_undoing_the_import_of_the_record_that_stayed_loses_neither(acme: Acme) -> None:
    (first,) = add(acme, "Mia")
    made = await acme.connect()
    job = await acme.sync(made.id, **CLIENTS)
    (second,) = add(acme, "M.")
    await incremental(acme)
    kept, other = await ids_of(acme, first, second)
    await merge(acme, kept, other)
    await acme.undo(job.id)
    links = {one.external_id: one.record_id for one in await acme.rows(SyncLink)}
    assert (links.get(first), links.get(second)) == (kept, kept)


async def test_a_merging_decided_on_what_has_changed_since_is_refused(acme: Acme) -> None:
    first, second = add(acme, "Mia", "M.")
    made = await acme.connect()
    await acme.sync(made.id, **CLIENTS)
    kept, other = await ids_of(acme, first, second)
    seen = (await pairs(acme))[frozenset((kept, other))]
    expected = AsTagged(frozenset({seen.version.etag}))
    await acme.edit(second, company="Groom")
    with pytest.raises(PreconditionFailed):
        await duplicates.merge(acme.actor, seen.id, MergeIn(keep=kept), expected=expected)
    now = await duplicates.get_duplicate(acme.actor, seen.id)
    assert now.status == "open"
    expected = AsTagged(frozenset({now.version.etag}))
    await duplicates.merge(acme.actor, seen.id, MergeIn(keep=kept), expected=expected)


async def test_what_an_erasure_has_emptied_is_not_taken_apart(acme: Acme) -> None:
    first, second = add(acme, "Mia", "M.")
    made = await acme.connect()
    await acme.sync(made.id, **CLIENTS)
    kept, other = await ids_of(acme, first, second)
    done = await merge(acme, kept, other)
    async with db.begin(acme.tenant_id) as session:
        await session.exec(update(SyncDuplicate).where(col(SyncDuplicate.id) == done.id).values(merged={}))
    with pytest.raises(Conflict):
        await duplicates.take_apart(acme.actor, done.id)


async def test_rest_tells_a_pair_by_its_tag(acme: Acme, client: httpx.AsyncClient) -> None:
    first, second = add(acme, "Mia", "M.")
    made = await acme.connect()
    await acme.sync(made.id, **CLIENTS)
    kept, other = await ids_of(acme, first, second)
    one = (await pairs(acme))[frozenset((kept, other))]
    token = await seeded.headers(acme.people.erin)
    address = f"/api/crm/duplicates/{one.id}"
    tag = (await client.get(address, headers=token)).headers["etag"]
    await acme.edit(second, company="Groom")
    given = {"keep": str(kept)}
    stale = await client.post(f"{address}/merge", headers=token | {"If-Match": tag}, json=given)
    assert stale.status_code == 412
    tag = (await client.get(address, headers=token)).headers["etag"]
    done = await client.post(f"{address}/merge", headers=token | {"If-Match": tag}, json=given)
    assert (done.status_code, done.json()["status"]) == (200, "merged")
