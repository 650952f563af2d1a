"""What people, programs and the clock do with CRMs."""

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlmodel import col, update

from hub_app.crm.schemas.conflicts import ChoiceIn, MergeIn, ResolveAlikeIn, ResolveIn
from hub_app.crm.schemas.importing import ImportIn
from hub_app.crm.schemas.jobs import CheckIn
from hub_app.crm.schemas.mappings import ApplyMappingsIn, FieldMappingsIn
from hub_app.crm.schemas.records import RecordIn, RecordQuery
from hub_app.crm.service import (
    conflicts,
    duplicates,
    exports,
    inbound,
    integrations,
    leads,
    mappings,
    matches,
    quarantine,
    reconciliation,
    record_files,
    records,
    syncs,
)
from hub_app.crm.service import importing as files
from hub_app.kernel import db
from hub_app.kernel.clock import utcnow
from hub_app.kernel.paging import PageRequest
from hub_app.sync.service import connections, schedule
from hub_app.sync.tables import SyncConnection
from tests.crm import filing
from tests.crm.mapped import require
from tests.large.studio import CLIENTS

if TYPE_CHECKING:
    from tests.large.drives import House

_PAGE = PageRequest()
_CSV = "First name,Last name,Email\nIna,Costa,ina@clients.example\nTom,Nobody,tom@clients.example\n"


async def importing(house: "House") -> None:
    """Everything is read, tried and for real; what is not found is for somebody to confirm. Then what has changed, on both sides."""
    studio, tave = house.studio, house.studio.acme.tave
    await studio.sync(preview=True)
    asked = await studio.sync()
    assert asked.job_status == "needs_confirmation", asked
    await syncs.cancel_job(house.erin, asked.id)
    one, other, *rest = tave.ids(kind="person", hidden=False)
    await records.update_record(
        house.erin, await studio.record(one), {"company": "Here", "phone": "+14155550199"}
    )
    tave.edit(one, companyName="There", cellPhone={"e164": "+16285550107"})
    for n, each in enumerate(rest[:20]):
        tave.edit(each, lastName=f"Changed {n}")
    pulled = await studio.sync("incremental_sync")
    assert pulled.conflicts, pulled
    await records.update_record(house.erin, await studio.record(other), {"email": "sent@clients.example"})
    await studio.sync("export_to_crm", preview=True)
    sent = await studio.sync("export_to_crm")
    for job in (sent, pulled):
        for dry_run in (True, False):
            await studio.ended(await syncs.undo_job(house.adam, job.id, dry_run=dry_run))
        await integrations.resume_integration(house.adam, studio.connection)
    await studio.sync("incremental_sync")
    await syncs.list_jobs(house.erin, studio.connection, _PAGE)
    await syncs.current_work(house.erin)


async def checking(house: "House") -> None:
    studio = house.studio
    await studio.ended(await syncs.start_check(house.erin, studio.connection, CheckIn(mode="sample")))
    await reconciliation.get_reconciliation(house.erin, studio.connection)
    await mappings.get_field_mappings(house.erin, studio.connection)
    await mappings.discover_fields(house.erin, studio.connection, "clients")
    now = (await mappings.get_field_mappings(house.erin, studio.connection)).resources[0]
    same = {"resource": "clients", "field_mappings": [one.model_dump() for one in now.field_mappings]}
    await mappings.preview_field_mappings(house.erin, studio.connection, FieldMappingsIn.model_validate(same))
    for dry_run in (True, False):
        wanted = ApplyMappingsIn(dry_run=dry_run)
        await studio.ended(await mappings.apply_field_mappings(house.erin, studio.connection, wanted))


async def exporting(house: "House") -> None:
    """Of a connection that is written to alone, and whose clients are all there."""
    studio = house.studio
    for direction in ("out", "both"):
        async with db.begin(house.erin.tenant_id) as session:
            ours = update(SyncConnection).where(col(SyncConnection.id) == studio.connection)
            await session.exec(ours.values(direction=direction))
        await studio.sync("export_to_crm", **CLIENTS)


async def choosing(house: "House") -> None:
    """Conflicts, one by one and alike; pairs that are merged, taken apart, kept."""
    for connection in (None, house.studio.connection):
        found = await conflicts.list_conflicts(house.erin, _PAGE, integration_id=connection)
    ours = next(one for one in found.items if any(each.field == "phone" for each in one.fields))
    await conflicts.get_conflict(house.erin, ours.id)
    await conflicts.count_open(house.erin)
    await conflicts.count_alike(house.erin, ours.id, "phone")
    given = ResolveIn(choices={"phone": ChoiceIn(take="hub")})
    await conflicts.resolve(house.erin, ours.id, given)
    await conflicts.resolve_alike(house.erin, ours.id, ResolveAlikeIn(field="phone", take="crm"))
    pairs = (await duplicates.list_duplicates(house.erin, _PAGE, resource="clients")).items
    merged, kept, *_ = pairs
    await duplicates.get_duplicate(house.erin, merged.id)
    await duplicates.merge(house.erin, merged.id, MergeIn(keep=merged.first.id))
    await duplicates.take_apart(house.erin, merged.id)
    await duplicates.dismiss(house.erin, kept.id)


async def setting_aside(house: "House") -> None:
    """What cannot become a record waits in quarantine, is tried again, and is dismissed."""
    studio, tave = house.studio, house.studio.acme.tave
    await require(studio.acme, studio.connection, "clients", "email")
    for n in range(3):
        tave.add(firstName=f"Noor {n}", lastName="Haddad")
    await studio.sync("incremental_sync")
    first, second, *_ = (await quarantine.list_quarantine(house.erin, studio.connection, _PAGE)).items
    await quarantine.get_quarantined(house.erin, first.id)
    for dry_run in (True, False):
        await studio.ended(await quarantine.retry_one(house.erin, first.id, dry_run=dry_run))
    await quarantine.dismiss(house.erin, second.id)
    await require(studio.acme, studio.connection, "clients")


async def connecting(house: "House") -> None:
    """The same studio under another name: everybody comes twice, many are gone later, which somebody confirms; then it goes."""
    studio, tave = house.studio, house.studio.acme.tave
    archive = (await studio.acme.connect("Archive")).id
    await studio.sync(connection=archive, preview=True)
    first = await studio.sync(connection=archive, **CLIENTS)
    # Of few records: what has to be asked for one by one takes a call each.
    await studio.ended(await syncs.start_check(house.erin, archive, CheckIn()))
    await matches.count_matches(house.erin)
    for dry_run in (True, False):
        linked = await studio.ended(await matches.link_matches(house.erin, archive, dry_run=dry_run))
    assert linked.records_updated, linked
    await studio.ended(await syncs.undo_job(house.adam, linked.id))
    pairs = (await duplicates.list_duplicates(house.erin, _PAGE)).items
    await duplicates.merge(house.erin, pairs[0].id, MergeIn(keep=pairs[0].second.id))
    for one in tave.ids(kind="person", hidden=False)[:25]:
        tave.delete(one)
    asked = await studio.sync(connection=archive, **CLIENTS)
    assert asked.job_status == "needs_confirmation", asked
    digests = {name: one["digest"] for name, one in asked.needs_confirmation.items()}
    await studio.ended(await syncs.confirm_job(house.adam, asked.id, digests))
    await _go_by_the_clock(house, archive)
    await integrations.test_integration(house.adam, archive)
    await integrations.list_integrations(house.erin, _PAGE)
    await studio.ended(await syncs.undo_job(house.adam, first.id))
    await integrations.delete_integration(house.adam, archive)


async def _go_by_the_clock(house: "House", connection: UUID) -> None:
    async with db.begin(house.erin.tenant_id) as session:
        due = update(SyncConnection).where(col(SyncConnection.id) == connection)
        await session.exec(due.values(next_sync_at=utcnow() - timedelta(minutes=1), auto_sync=True))
    await schedule.start_due()
    newest = (await syncs.list_jobs(house.erin, connection, _PAGE)).items[0]
    await house.studio.ended(newest)


async def looking_back(house: "House") -> None:
    """A record as it was, what may have become of lost fields, where a client may be sent, and a hook that hints at news."""
    known = await house.studio.record(house.studio.acme.tave.ids(kind="person", hidden=False)[0])
    versions = (await records.list_versions(house.erin, known, _PAGE)).items
    await records.get_past(house.erin, known, version_id=versions[-1].id)
    await records.get_past(house.erin, known, moment=utcnow())
    await mappings.count_lost(house.erin, house.studio.connection)
    await mappings.propose_field_mappings(house.erin, house.studio.connection, "clients")
    await leads.targets(house.erin, known)
    key = (await inbound.rotate_key(house.adam, house.studio.connection)).key
    answer = await house.client.post(f"{inbound.PATH}/{key}", json={})
    assert answer.status_code == 202, answer.text
    await inbound.end_key(house.adam, house.studio.connection)
    await _go_by_the_clock(house, house.studio.connection)


async def taking_along(house: "House") -> None:
    """Everything in one file."""
    made = await exports.start_export(house.adam)
    async with asyncio.timeout(200):
        while (await exports.get_export(house.adam, made.id)).status == "running":  # noqa: ASYNC110 - the database changes
            await asyncio.sleep(0.1)
    assert len([one async for one in await exports.begin_download(house.adam, made.id)]) > 1
    await exports.list_exports(house.adam, _PAGE)
    await exports.delete_export(house.adam, made.id)


async def showing(house: "House") -> None:
    """What pages of connections show."""
    async with db.read(house.erin.tenant_id) as session:
        ids = await connections.ids_of(session, "crm")
        await connections.page_of(session, "crm", _PAGE, text="stud")
        await connections.among(session, "crm", ids)
        await connections.count_records(session, ids)
        await connections.busy(session, ids)


async def filing_clients(house: "House") -> None:
    """A file of clients, tried and imported, and a lead."""
    studio = house.studio
    made = await filing.connect(studio.acme, "dubsado")
    found = await filing.examine(studio.acme, made.id, _CSV)
    for dry_run in (True, False):
        given = ImportIn(dry_run=dry_run)
        await studio.ended(await files.start_import(house.erin, made.id, found.file_id, given))
    key = (await inbound.rotate_key(house.adam, made.id)).key
    lead = {"name": "Jane Roe", "email": "jane@client.example", "phone": "+14155550132"}
    for _ in range(2):
        answer = await house.client.post(f"{inbound.PATH}/{key}", json=lead)
        assert answer.status_code == 202, answer.text
    await inbound.end_key(house.adam, made.id)


async def keeping_records(house: "House") -> None:
    """Records made, changed, archived, read with their history, found and given out as a file."""
    given = RecordIn(fields={"name": "Jane Roe", "email": "jane@client.example"})
    made = await records.create_record(house.erin, given)
    await records.update_record(house.erin, made.id, {"phone": "+14155550132"})
    for archived in (True, False):
        await records.archive_record(house.erin, made.id, archived=archived)
    known = await house.studio.record(house.studio.acme.tave.ids(kind="person", hidden=False)[0])
    venue = (await records.list_records(house.erin, RecordQuery(order="asc"), PageRequest(1))).items[0]
    for one in (made.id, known, venue.id):
        await records.get_record(house.erin, one)
        await records.list_versions(house.erin, one, PageRequest(1))
    await records.statuses(house.erin, "clients")
    for chosen in (
        RecordQuery(),
        RecordQuery(integration_id=house.studio.connection),
        RecordQuery(status="None"),
    ):
        await records.list_records(house.erin, chosen, _PAGE)
        fields, pages = await records.begin_export(house.erin, chosen)
        lines = record_files.lines(fields, pages)
        # Further than its second page.
        for _ in range(3):
            if await anext(lines, None) is None:
                break


DRIVES = [
    importing, checking, exporting, choosing, setting_aside, keeping_records, looking_back, taking_along, filing_clients, showing,
    connecting,
]  # fmt: skip
