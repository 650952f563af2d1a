"""Possible duplicates: offered, merged by a person, taken apart again, and never merged by themselves."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from sqlmodel import SQLModel, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.crm.schemas.conflicts import DuplicateOut, MergeIn
from hub_app.crm.service import duplicates
from hub_app.kernel import bulk, db
from hub_app.kernel.bulk import Row
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Conflict, Forbidden, Invalid
from hub_app.sync.engine.run import Run
from hub_app.sync.tables import SyncData, SyncDuplicate, SyncLink, SyncRecord, SyncReference
from tests.crm.acme import ALL, Acme, state_of

pytestmark = [
    pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32", crm_rate_limits="tave=100000/1000000"),
]


async def two_alike(acme: Acme) -> tuple[str, str, DuplicateOut]:
    """Two contacts of one e-mail address, in different case, that were imported."""
    first = acme.tave.add(firstName="Mia", lastName="Berg", email="mia.berg@example.net", jobTitle="Bride")
    second = acme.tave.add(firstName="M.", lastName="Berg", email="Mia.Berg@Example.NET")
    made = await acme.connect()
    await acme.sync(made.id)
    ours = {(await acme.record(one)).id for one in (first, second)}
    found = (await duplicates.list_duplicates(acme.actor, ALL)).items
    (pair,) = [one for one in found if {one.first.id, one.second.id} == ours]
    return first, second, pair


async def test_one_address_twice_is_two_records_and_an_offer(acme: Acme) -> None:
    first, second, pair = await two_alike(acme)
    assert (pair.why, pair.resource, pair.status) == ("email", "clients", "open")
    assert pair.first.sources == pair.second.sources == ["Studio"]
    assert (await acme.record(first)).id != (await acme.record(second)).id
    before = len((await duplicates.list_duplicates(acme.actor, ALL)).items)
    job = await acme.sync((await acme.connect("Other")).id)
    assert job.records_created
    # The same people of another connection: both records stay, and are offered.
    assert len((await duplicates.list_duplicates(acme.actor, ALL)).items) > before


@pytest.mark.both_databases
async def test_jobs_that_offer_the_same_pairs_at_once_do_not_lock_up(
    acme: Acme, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each writes them in the order of their key, so that neither ever has one that the other has to wait for both ways."""
    for n in range(8):
        acme.tave.add(firstName=f"Mia {n}", lastName="Berg", email="mia.berg@example.net", jobTitle="Bride")
    written: list[tuple[str, str]] = []
    insert = bulk.insert_missing

    async def watched(session: AsyncSession, model: type[SQLModel], rows: Sequence[Row]) -> None:
        if model is SyncDuplicate:
            written.extend((str(one["first_id"]), str(one["second_id"])) for one in rows)
        await insert(session, model, rows)

    monkeypatch.setattr(bulk, "insert_missing", watched)
    await acme.sync((await acme.connect()).id, resources=["clients"])
    assert len(written) > 20
    assert written == sorted(written)


@pytest.mark.both_databases
async def test_a_record_that_goes_while_duplicates_are_searched_is_not_offered(
    acme: Acme, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The search holds up nobody's writes, so that what it found may be gone when it is offered."""
    for n in range(4):
        acme.tave.add(firstName=f"Mia {n}", lastName="Berg", email="mia.berg@example.net", jobTitle="Bride")
    step = Run.step
    gone: list[str] = []

    @asynccontextmanager
    async def later(run: Run) -> AsyncIterator[AsyncSession]:
        if "duplicates" in run.checkpoint and not gone:
            gone.extend(("Mia 0 Berg", "Mia 1 Berg"))
            async with db.begin(run.tenant_id) as session:
                deleted, archived = [await named(session, name) for name in gone]
                await session.delete(deleted)
                archived.archived_at = utcnow()
        async with step(run) as session:
            yield session

    monkeypatch.setattr(Run, "step", later)
    job = await acme.sync((await acme.connect()).id, resources=["clients"])
    assert (job.job_status, len(gone)) == ("completed", 2)
    names = {one.id: one.name for one in await acme.rows(SyncRecord)}
    offered = [{names[one.first_id], names[one.second_id]} for one in await acme.rows(SyncDuplicate)]
    assert [one for one in offered if any(name.startswith("Mia") for name in one)] == [
        {"Mia 2 Berg", "Mia 3 Berg"}
    ]


async def named(session: AsyncSession, name: str) -> SyncRecord:
    return (await session.exec(select(SyncRecord).where(SyncRecord.name == name))).one()


async def test_a_merged_record_has_what_was_chosen_and_is_not_split_by_the_next_sync(acme: Acme) -> None:
    first, second, pair = await two_alike(acme)
    kept, other = await acme.record(first), await acme.record(second)
    given = MergeIn(keep=kept.id, take=["first_name"])
    done = await duplicates.merge(acme.actor, pair.id, given)
    assert (done.status, done.decided_by, done.kept) == ("merged", acme.actor.name, kept.id)
    after = {one.id: one for one in await acme.rows(SyncRecord)}
    assert after[other.id].archived_at is not None
    contents = {one.id: one.contents for one in await acme.rows(SyncData)}
    assert contents[kept.id]["first_name"] == "M."
    links = {one.external_id: one for one in await acme.rows(SyncLink)}
    assert links[second].record_id == kept.id
    assert links[second].state == "merged"
    connection = links[first].stream_id
    assert connection == links[second].stream_id
    records = len(await acme.rows(SyncRecord))
    acme.tave.edit(second, lastName="Changed there")
    job = await acme.sync((await acme.integration()).id)
    assert job.counts["clients"]["skipped"]["merged_here"] == 1
    assert len(await acme.rows(SyncRecord)) == records


async def test_taken_apart_everything_is_as_it_was(acme: Acme) -> None:
    first, second, pair = await two_alike(acme)
    tables = (SyncRecord, SyncData, SyncLink, SyncReference)
    without = ("version", "stamps", "synced_version", "owes")
    before = [state_of(await acme.rows(one), *without) for one in tables]
    kept = (await acme.record(first)).id
    await duplicates.merge(acme.actor, pair.id, MergeIn(keep=kept, take=["first_name"]))
    assert [state_of(await acme.rows(one), *without) for one in tables] != before
    done = await duplicates.take_apart(acme.actor, pair.id)
    assert done.status == "open"
    assert [state_of(await acme.rows(one), *without) for one in tables] == before
    job = await acme.sync((await acme.integration()).id)
    assert (job.records_created, job.records_updated, job.conflicts) == (0, 0, 0)
    del second


async def test_what_somebody_changed_after_merging_stays(acme: Acme) -> None:
    first, _, pair = await two_alike(acme)
    kept = (await acme.record(first)).id
    await duplicates.merge(acme.actor, pair.id, MergeIn(keep=kept, take=["first_name"]))
    await acme.edit(first, first_name="By hand")
    await duplicates.take_apart(acme.actor, pair.id)
    contents = {one.id: one.contents for one in await acme.rows(SyncData)}
    assert contents[kept]["first_name"] == "By hand"


async def test_a_pair_that_was_decided_on_is_not_offered_again(acme: Acme) -> None:
    first, _, pair = await two_alike(acme)
    await duplicates.dismiss(acme.actor, pair.id)
    with pytest.raises(Conflict):
        await duplicates.merge(acme.actor, pair.id, MergeIn(keep=pair.first.id))
    acme.tave.edit(first, jobTitle="Changed", lastName="Berg-Lund")
    await acme.sync((await acme.integration()).id)
    found = (await duplicates.list_duplicates(acme.actor, ALL)).items
    assert pair.id not in {one.id for one in found}


async def test_what_merging_refuses(acme: Acme) -> None:
    first, second, pair = await two_alike(acme)
    del second
    with pytest.raises(Forbidden):
        await duplicates.merge(acme.people.vera.actor, pair.id, MergeIn(keep=pair.first.id))
    with pytest.raises(Invalid, match="one of the two"):
        await duplicates.merge(acme.actor, pair.id, MergeIn(keep=pair.id))
    with pytest.raises(Invalid, match="is empty on the other record"):
        await duplicates.merge(
            acme.actor, pair.id, MergeIn(keep=(await acme.record(first)).id, take=["notes"])
        )
