"""Records that the CRM no longer has: found by a full import, asked for one by one, marked, and never deleted here."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, update

from hub_app.crm.schemas.integrations import IntegrationPatch
from hub_app.crm.schemas.jobs import SyncJobOut
from hub_app.crm.service import integrations, syncs
from hub_app.kernel import db
from hub_app.kernel.errors import Conflict, Forbidden
from hub_app.sync.service import connections
from hub_app.sync.tables import SyncConnection, SyncLink, SyncRecord, SyncVersion
from tests.crm.acme import Acme, unexplained
from tests.peers.tave import Tave
from tests.peers.tave.store import ADDRESS_BOOK

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
    async with Tave(contacts=150, jobs=0) as running:
        yield running


async def imported(acme: Acme, **config: Any) -> UUID:
    made = await acme.connect(**config)
    assert (await acme.sync(made.id, **CLIENTS)).outcome == "success"
    return made.id


async def full(acme: Acme, connection_id: UUID) -> SyncJobOut:
    job = await acme.sync(connection_id, **CLIENTS)
    assert unexplained(job) == 0
    return job


async def gone(acme: Acme) -> set[str]:
    return {one.external_id for one in await acme.rows(SyncLink) if one.state == "gone"}


def people(tave: Tave) -> list[str]:
    return tave.ids(kind="person", hidden=False)


async def archive(acme: Acme, connection_id: UUID) -> None:
    """What is deleted there is to go to the archive here."""
    given = IntegrationPatch.model_validate({"sync_config": {"deleted_records": "archive"}})
    await integrations.update_integration(acme.admin, connection_id, given)


async def of_another_account(acme: Acme, connection_id: UUID) -> None:
    """The key is another account's from now on."""
    async with db.begin(acme.tenant_id) as session:
        await session.exec(
            update(SyncConnection).where(col(SyncConnection.id) == connection_id).values(account="another")
        )


async def test_what_was_deleted_there_is_marked_and_stays_here(acme: Acme, tave: Tave) -> None:
    connection_id = await imported(acme)
    away, hidden = people(tave)[:2]
    before = await acme.values()
    tave.delete(away)
    tave.hide(hidden)
    # A hidden one is told by the list itself; a deleted one by a full import alone.
    job = await acme.sync(connection_id, "incremental_sync", **CLIENTS)
    assert (await gone(acme), unexplained(job)) == ({hidden}, 0)
    job = await full(acme, connection_id)
    assert (job.job_status, job.outcome) == ("completed", "success")
    assert await gone(acme) == {away, hidden}
    assert job.counts["clients"]["gone"] == 1
    assert await acme.values() == before
    link = next(one for one in await acme.rows(SyncLink) if one.external_id == away)
    versions = [one for one in await acme.rows(SyncVersion) if one.record_id == link.record_id]
    assert [one.kind for one in versions] == ["created", "gone"]
    shown = (await acme.reconciled(connection_id))["clients"]
    assert (shown.gone, shown.here) == (2, shown.imported)
    # Nothing more is said of them.
    assert (await full(acme, connection_id)).counts["clients"]["gone"] == 0


async def test_what_is_there_again_is_linked_again(acme: Acme, tave: Tave) -> None:
    connection_id = await imported(acme)
    await archive(acme, connection_id)
    away = people(tave)[0]
    tave.hide(away)
    await acme.sync(connection_id, "incremental_sync", **CLIENTS)
    record = await acme.record(away)
    assert (await gone(acme), record.archived_at is None) == ({away}, False)
    tave.edit(away, hidden=False, email="back@acme.example")
    await acme.sync(connection_id, "incremental_sync", **CLIENTS)
    assert await gone(acme) == set()
    assert (await acme.values())[away]["email"] == "back@acme.example"
    assert (await acme.record(away)).archived_at is None


async def test_what_another_crm_still_has_is_not_archived(acme: Acme, tave: Tave) -> None:
    connection_id = await imported(acme)
    await archive(acme, connection_id)
    away = people(tave)[0]
    record = await acme.record(away)
    second = await acme.connect("Second studio")
    async with db.begin(acme.tenant_id) as session:
        stream = (await connections.streams_of(session, second.id))[0]
        session.add(
            SyncLink(tenant_id=acme.tenant_id, stream_id=stream.id, record_id=record.id, external_id="there")
        )
    tave.hide(away)
    await acme.sync(connection_id, "incremental_sync", **CLIENTS)
    assert away in await gone(acme)
    assert (await acme.record(away)).archived_at is None


async def test_an_archived_record_that_a_person_archived_stays_so(acme: Acme, tave: Tave) -> None:
    connection_id = await imported(acme)
    away = people(tave)[0]
    await acme.archive(away)
    archived_at = (await acme.record(away)).archived_at
    tave.hide(away)
    await acme.sync(connection_id, "incremental_sync", **CLIENTS)
    tave.edit(away, hidden=False)
    await acme.sync(connection_id, "incremental_sync", **CLIENTS)
    assert await gone(acme) == set()
    assert (await acme.record(away)).archived_at == archived_at


async def test_a_record_that_the_list_left_out_and_that_is_there_is_kept(acme: Acme, tave: Tave) -> None:
    connection_id = await imported(acme)
    withheld = people(tave)[0]
    tave.faults.set({"late": True})
    tave.edit(withheld)
    tave.faults.late = False
    job = await full(acme, connection_id)
    assert await gone(acme) == set()
    assert any(
        "are there although the list did not have them" in one.message for one in await acme.logs(job.id)
    )


@pytest.mark.parametrize(
    "fault",
    [{"empty_first_page": True}, {"ends_after": 1}, {"total_off_by": 5}],
    ids=["empty", "half", "lies"],
)
async def test_a_list_that_is_not_whole_concludes_nothing(
    acme: Acme, tave: Tave, fault: dict[str, Any]
) -> None:
    connection_id = await imported(acme)
    tave.delete(people(tave)[0])
    tave.faults.set(fault)
    job = await full(acme, connection_id)
    assert (job.job_status, job.outcome) == ("completed", "partial")
    assert await gone(acme) == set()
    assert any("tells nothing" in one.message for one in await acme.logs(job.id))


async def test_a_source_that_says_it_has_nothing_asks(acme: Acme, tave: Tave) -> None:
    connection_id = await imported(acme)
    for one in tave.ids():
        tave.delete(one)
    job = await full(acme, connection_id)
    assert job.job_status == "needs_confirmation"
    assert await gone(acme) == set()


async def test_a_mass_deletion_asks_and_exactly_the_list_is_confirmed(acme: Acme, tave: Tave) -> None:
    connection_id = await imported(acme)
    away = people(tave)[:30]
    linked = (await acme.reconciled(connection_id))["clients"].here
    back, row = away[0], tave.collections[ADDRESS_BOOK].rows[away[0]]
    for one in away:
        tave.delete(one)
    job = await full(acme, connection_id)
    assert job.job_status == "needs_confirmation"
    asked = job.needs_confirmation["clients"]
    assert (asked["count"], asked["live"]) == (30, linked)
    shown = (await acme.reconciled(connection_id))["clients"]
    assert (shown.here, shown.imported, shown.not_found, shown.gone) == (linked, linked - 30, 30, 0)
    found = await acme.findings(job.id, "missing")
    assert {one.external_id for one in found} == {*away}
    assert all(one.name for one in found)
    assert await gone(acme) == set()
    with pytest.raises(Forbidden):
        await syncs.confirm_job(acme.actor, job.id, {"clients": asked["digest"]})
    with pytest.raises(Conflict, match="not the list"):
        await syncs.confirm_job(acme.admin, job.id, {"clients": "0" * 32})
    # One of them is there after all.
    tave.collections[ADDRESS_BOOK].put(row)
    confirmed = await syncs.confirm_job(acme.admin, job.id, {"clients": asked["digest"]})
    done = await acme.finish(confirmed.id)
    assert (done.job_status, done.outcome) == ("completed", "success")
    assert await gone(acme) == {*away} - {back}
    shown = (await acme.reconciled(connection_id))["clients"]
    assert (shown.here, shown.not_found, shown.gone) == (linked - 29, 1, 29)
    with pytest.raises(Conflict, match="does not wait"):
        await syncs.confirm_job(acme.admin, job.id, {"clients": asked["digest"]})


async def test_a_list_is_not_confirmed_once_the_connection_was_synced_again(acme: Acme, tave: Tave) -> None:
    connection_id = await imported(acme)
    for one in people(tave)[:30]:
        tave.delete(one)
    job = await full(acme, connection_id)
    await acme.sync(connection_id, "incremental_sync", **CLIENTS)
    digest = job.needs_confirmation["clients"]["digest"]
    with pytest.raises(Conflict, match="synced again"):
        await syncs.confirm_job(acme.admin, job.id, {"clients": digest})


async def test_a_list_is_not_confirmed_once_another_account_is_connected(acme: Acme, tave: Tave) -> None:
    connection_id = await imported(acme)
    for one in people(tave)[:30]:
        tave.delete(one)
    job = await full(acme, connection_id)
    await of_another_account(acme, connection_id)
    digest = job.needs_confirmation["clients"]["digest"]
    with pytest.raises(Conflict, match="another account"):
        await syncs.confirm_job(acme.admin, job.id, {"clients": digest})
    assert await gone(acme) == set()


async def test_of_another_account_nothing_is_concluded(acme: Acme, tave: Tave) -> None:
    connection_id = await imported(acme)
    tave.delete(people(tave)[0])
    await of_another_account(acme, connection_id)
    for _ in range(2):
        job = await full(acme, connection_id)
        assert job.job_status == "needs_confirmation"
        assert "another account" in job.needs_confirmation["clients"]["why"]
        assert await gone(acme) == set()


async def test_marking_goes_on_when_the_source_fails_in_the_middle(acme: Acme, tave: Tave) -> None:
    connection_id = await imported(acme)
    away = people(tave)[:6]
    for one in away:
        tave.delete(one)
    tave.faults.set({"refuse_after": 5, "refuse_times": 1, "retry_after": 1})
    job = await full(acme, connection_id)
    assert job.outcome == "success"
    assert await gone(acme) == {*away}
    assert job.counts["clients"]["gone"] == 6


async def test_undoing_a_full_import_takes_its_marks_back(acme: Acme, tave: Tave) -> None:
    connection_id = await imported(acme)
    await archive(acme, connection_id)
    tave.age(timedelta(days=1))
    away = people(tave)[0]
    tave.delete(away)
    job = await full(acme, connection_id)
    assert (await acme.record(away)).archived_at is not None
    await acme.undo(job.id)
    assert await gone(acme) == set()
    assert (await acme.record(away)).archived_at is None
    assert all(one.archived_at is None for one in await acme.rows(SyncRecord))
