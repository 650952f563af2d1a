"""What screens and the top bar show of connections: what they may, what is counted, and what is told before anything is typed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from hub_app.crm.schemas.integrations import IntegrationPatch
from hub_app.crm.schemas.jobs import CheckIn, SyncIn, SyncJobOut
from hub_app.crm.service import integrations, limits, syncs
from hub_app.crm.state.findings import finding_row
from hub_app.crm.state.job_rows import figures, figures_of, progress_of
from hub_app.crm.titles import kind_of
from hub_app.kernel.actor import Role
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Conflict, Forbidden
from hub_app.sync.engine.tally import Tally
from hub_app.sync.tables import SyncData, SyncLink, SyncRecord, SyncVersion
from tests.crm.acme import Acme, state_of

pytestmark = pytest.mark.settings(
    outbound_allowed_networks="127.0.0.1/32", crm_rate_limits="tave=100000/1000000"
)


async def test_a_name_that_is_taken_is_refused_when_a_connection_is_renamed(acme: Acme) -> None:
    await acme.connect("Studio")
    second = await acme.connect("Other studio")
    with pytest.raises(Conflict, match="named Studio already exists"):
        await integrations.update_integration(
            acme.admin, second.id, IntegrationPatch(connection_name="Studio")
        )
    assert (await integrations.get_integration(acme.admin, second.id)).connection_name == "Other studio"


async def test_a_tier_without_room_is_told_before_somebody_connects(acme: Acme) -> None:
    assert await limits.refusal_of(replace(acme.admin, tier="starter")) == ""
    await acme.connect()
    assert (
        await limits.refusal_of(replace(acme.admin, tier="starter"))
        == "Your starter plan allows 1 integrations. Upgrade to add more."
    )


async def test_records_are_counted_by_their_connection(acme: Acme) -> None:
    first, second = await acme.connect("Studio"), await acme.connect("Other studio")
    await acme.sync(first.id)
    counts = await integrations.count_records(acme.admin, [first.id, second.id])
    assert counts == {first.id: len(await acme.rows(SyncLink))}
    assert await integrations.count_records(acme.admin, [second.id]) == {}


async def test_the_top_bar_shows_jobs_to_those_who_may_see_them(acme: Acme) -> None:
    made = await acme.connect("Studio")
    job = await syncs.start_sync(acme.actor, made.id, SyncIn(job_type="full_import"), dry_run=True)
    (seen,) = await syncs.current_work(acme.actor)
    assert (seen.id, seen.title, seen.status) == (job.id, "Preview of a full import: Studio", "waiting")
    assert seen.href == f"/crm/connections/{made.id}?tab=jobs&job={job.id}"
    assert seen.may_change
    (seen,) = await syncs.current_work(acme.people.vera.actor)
    assert not seen.may_change
    assert await syncs.current_work(replace(acme.actor, scopes=frozenset({"read:webhooks"}))) == []
    assert await syncs.current_work(acme.people.mallory.actor) == []
    with pytest.raises(Forbidden):
        await syncs.cancel_job(acme.people.vera.actor, job.id)
    await acme.finish(job.id)
    (seen,) = await syncs.current_work(acme.actor)
    assert (seen.status, seen.result) == ("succeeded", "Done")


@pytest.mark.both_databases
async def test_a_preview_of_an_undo_writes_nothing(acme: Acme) -> None:
    made = await acme.connect()
    imported = await acme.sync(made.id)
    before = [state_of(await acme.rows(one)) for one in (SyncRecord, SyncData, SyncLink, SyncVersion)]
    preview = await acme.undo(imported.id, preview=True)
    assert (preview.job_status, preview.error_details) == ("completed", None)
    assert sum(one["removed"] for one in preview.counts.values()) == imported.records_created
    assert [state_of(await acme.rows(one)) for one in (SyncRecord, SyncData, SyncLink, SyncVersion)] == before
    assert (await integrations.get_integration(acme.admin, made.id)).connection_status == "connected"


async def test_a_check_counts_and_names_what_differs(acme: Acme) -> None:
    made = await acme.connect()
    await acme.sync(made.id)
    person = acme.tave.ids(kind="person", hidden=False)[0]
    acme.tave.edit(person, lastName="Changed", email="changed@example.com")
    acme.tave.add(firstName="Ines", lastName="Costa", email="ines@example.com")
    check = await acme.finish((await syncs.start_check(acme.actor, made.id, CheckIn())).id)
    said = {one.words: one.count for one in figures_of(check)}
    assert (said["missing here"], said["different"]) == ("1", "1")
    labels = await integrations.field_labels(acme.admin, made.id)
    rows = {one.kind: finding_row(one, labels) for one in await acme.findings(check.id)}
    assert (rows["missing_here"].words, rows["missing_here"].name) == ("Missing here", "Ines Costa")
    lines = {line.label: line.text for line in rows["differs"].lines}
    assert "at the CRM: Changed" in lines["Last name"]
    assert "changed at the CRM since the last sync" in lines["Last name"]
    here, there = lines["People"].split("; at the CRM: ")
    assert "changed@example.com" in there
    assert "changed@example.com" not in here


async def test_field_labels_are_for_those_who_may_read(acme: Acme) -> None:
    made = await acme.connect()
    nobody = replace(acme.actor, scopes=frozenset({"read:webhooks"}))
    with pytest.raises(Forbidden):
        await integrations.field_labels(nobody, made.id)
    with pytest.raises(Forbidden):
        await integrations.count_records(nobody, [made.id])
    assert acme.people.vera.role is Role.CUSTOMER_VIEWER
    assert (await integrations.field_labels(acme.people.vera.actor, made.id))["clients"]["phone"] == "Phone"


async def test_progress_is_told_with_its_rate_and_the_time_left(acme: Acme) -> None:
    made = await acme.connect()
    now = utcnow()
    job = await syncs.start_sync(acme.actor, made.id, SyncIn(job_type="full_import"))
    assert progress_of(job, now) == "Waiting to start"

    def after(seconds: int, done: int, total: int | None) -> SyncJobOut:
        return job.model_copy(
            update={
                "job_status": "running",
                "started_at": now - timedelta(seconds=seconds),
                "records_processed": done,
                "records_total": total,
                "counts": {"clients": {}, "projects": {}},
            }
        )

    measured = "2,000 of 5,000 records · 100 a second · about 30 s left for projects"
    assert progress_of(after(20, 2000, 5000), now) == measured
    assert progress_of(after(20, 2000, None), now) == "2,000 records so far · 100 a second"
    assert progress_of(after(600, 60, 300), now).endswith("6 a minute · about 40 min left for projects")
    assert progress_of(after(0, 0, 300), now) == "0 of 300 records"


@pytest.mark.parametrize(("dry_run", "words"), [(True, "would be removed"), (False, "removed")])
def test_an_undo_tells_how_many_records_it_removes(dry_run: bool, words: str) -> None:  # noqa: FBT001 - a case
    (one,) = figures("undo", Tally(read=674, removed=674).as_json(), dry_run=dry_run)
    assert (one.count, one.words) == ("674", words)


def test_kinds_of_records_are_called_by_words() -> None:
    assert [kind_of(one) for one in ("clients", "clients_file", "")] == ["Clients", "Clients from files", ""]
