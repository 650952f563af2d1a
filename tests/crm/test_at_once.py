"""A person and a job, or two people, change the same record at the same moment: neither loses what the other one did."""

import asyncio
from uuid import UUID

import pytest
from sqlmodel import col, select, update

from hub_app.crm.schemas.conflicts import ResolveAlikeIn, ResolveIn
from hub_app.crm.service import conflicts
from hub_app.kernel import db
from hub_app.sync.engine import changes, known
from hub_app.sync.tables import SyncConflict, SyncLink, SyncRecord
from tests.crm.acme import ALL, Acme

pytestmark = [
    pytest.mark.both_databases,
    pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32", crm_rate_limits="tave=100000/1000000"),
]


async def linked(acme: Acme) -> tuple[str, UUID, UUID]:
    """A contact that was imported: its id there, its stream's and its record's here."""
    made = await acme.connect()
    await acme.sync(made.id, resources=["clients"])
    contact = acme.tave.ids(kind="person", hidden=False)[0]
    (link,) = [one for one in await acme.rows(SyncLink) if one.external_id == contact]
    return contact, link.stream_id, link.record_id


async def test_a_job_that_waits_for_a_persons_edit_sees_it(acme: Acme) -> None:
    contact, stream_id, record_id = await linked(acme)

    async def look() -> known.Known:
        async with db.begin(acme.tenant_id) as session:
            return (await known.details(session, stream_id, [contact], lock=True))[contact]

    async with db.begin(acme.tenant_id) as session:
        of = await changes.subject(session, record_id)
        await changes.change(session, of, {"company": "Ours"}, kind="edited", made_by="Erin")
        await session.flush()
        looking = asyncio.create_task(look())
        await asyncio.sleep(0.5)
        number = of.record.version
    found = await looking
    assert (found.version, found.values["company"]) == (number, "Ours")


@pytest.mark.parametrize("alike", [False, True], ids=["one", "alike"])
async def test_choosing_and_a_job_that_has_the_record_do_not_lock_up(acme: Acme, *, alike: bool) -> None:
    contact, _, record_id = await linked(acme)
    await acme.edit(contact, company="Ours")
    acme.tave.edit(contact, companyName="Theirs")
    await acme.sync((await acme.integration()).id, "incremental_sync", resources=["clients"])
    (conflict,) = (await conflicts.list_conflicts(acme.actor, ALL)).items

    async def choose() -> None:
        if alike:
            given = ResolveAlikeIn(field="company", take="crm")
            await conflicts.resolve_alike(acme.actor, conflict.id, given)
        else:
            chosen = ResolveIn.model_validate({"choices": {"company": {"take": "crm"}}})
            await conflicts.resolve(acme.actor, conflict.id, chosen)

    async with db.begin(acme.tenant_id) as session:
        # As a page of an import does.
        await session.exec(select(SyncRecord.id).where(SyncRecord.id == record_id).with_for_update())
        choosing = asyncio.create_task(choose())
        await asyncio.sleep(0.5)
        await session.exec(
            update(SyncConflict).where(col(SyncConflict.id) == conflict.id).values(job_id=None)
        )
    await choosing
    assert (await conflicts.get_conflict(acme.actor, conflict.id)).status == "resolved"
