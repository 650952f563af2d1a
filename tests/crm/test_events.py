"""What other programs hear of CRMs: each event once, with figures, and nothing of people."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.crm.service import integrations, syncs
from hub_app.kernel import db
from hub_app.sync.tables import SyncConnection, SyncJob
from hub_app.webhooks.service import outbox
from hub_app.webhooks.tables import Event, EventType
from tests.crm.acme import Acme

pytestmark = [
    pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32", crm_rate_limits="tave=100000/1000000"),
]


async def published(acme: Acme, event_type: str = "") -> list[tuple[str, dict[str, Any]]]:
    """The types and data of events, oldest first."""
    statement = select(Event).order_by(col(Event.id))
    if event_type:
        statement = statement.where(Event.type == event_type)
    async with db.read(acme.tenant_id) as session:
        return [(one.type, json.loads(one.payload)) for one in (await session.exec(statement)).all()]


async def test_connecting_and_syncing_are_told_with_figures(acme: Acme) -> None:
    made = await acme.connect()
    job = await acme.sync(made.id)
    (created, triggered, completed) = await published(acme)
    about = {"integration_id": str(made.id), "crm_provider": "tave", "connection_name": "Studio"}
    assert created == ("crm.integration.created", about)
    of_job = about | {"job_id": str(job.id), "job_type": "full_import", "trigger": "manual"}
    assert triggered == ("crm.sync.triggered", of_job)
    assert completed[0] == "crm.sync.completed"
    assert (completed[1]["outcome"], completed[1]["error_details"]) == ("success", None)
    clients = completed[1]["records"]["clients"]
    assert clients["created"] == job.counts["clients"]["created"] > 0
    first = await acme.record(acme.tave.ids(kind="person")[0])
    assert first.name not in str(completed)


async def test_a_preview_and_a_check_are_nobodys_news(acme: Acme) -> None:
    made = await acme.connect()
    await acme.sync(made.id, preview=True)
    assert [one for one, _ in await published(acme)] == ["crm.integration.created"]


async def test_a_failure_is_told_and_so_is_the_end_of_its_retry(acme: Acme) -> None:
    made = await acme.connect()
    acme.tave.faults.set({"unauthorized": True})
    job = await acme.sync(made.id)
    assert job.job_status == "failed"
    ((_, failed),) = await published(acme, "crm.sync.completed")
    assert failed["outcome"] == "failed"
    assert failed["error_details"]
    acme.tave.faults.clear()
    await integrations.test_integration(acme.admin, made.id)
    # The import goes on by itself: it had stopped for want of an account that works.
    await acme.finish(job.id)
    ended = await published(acme, "crm.sync.completed")
    assert [one["outcome"] for _, one in ended] == ["failed", "success"]
    assert len(await published(acme, "crm.sync.triggered")) == 2


async def test_all_conflicts_of_a_job_are_one_event(acme: Acme) -> None:
    made = await acme.connect()
    await acme.sync(made.id)
    for contact in acme.tave.ids(kind="person")[:3]:
        await acme.edit(contact, first_name="Here")
        acme.tave.change(contact, {"firstName": "There"})
    await acme.sync(made.id, "incremental_sync")
    ((_, told),) = await published(acme, "crm.conflict.created")
    assert told["count"] == 3


async def cut_off(_session: AsyncSession, _drafts: Sequence[outbox.Draft]) -> list[UUID]:
    """What becomes of writing an event when the connection to the database is lost."""
    raise ConnectionError


async def test_a_connection_whose_event_cannot_be_written_is_not_made(
    acme: Acme, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "write", cut_off)
    with pytest.raises(ConnectionError):
        await acme.connect()
    assert not await acme.rows(SyncConnection)
    monkeypatch.undo()
    await acme.connect()
    assert [one for one, _ in await published(acme)] == ["crm.integration.created"]


async def test_a_job_is_not_cancelled_before_its_end_is_told(
    acme: Acme, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await acme.connect()
    waiting = await syncs.start_sync(acme.actor, made.id, acme.job("full_import"))
    async with db.begin(acme.tenant_id) as session:
        # It has begun, and was put off.
        begun = update(SyncJob).where(col(SyncJob.id) == waiting.id).values(checkpoint={"told": True})
        await session.exec(begun)
    monkeypatch.setattr(outbox, "write", cut_off)
    with pytest.raises(ConnectionError):
        await syncs.cancel_job(acme.actor, waiting.id)
    monkeypatch.undo()
    assert (await syncs.get_job(acme.actor, waiting.id)).job_status == "pending"
    await syncs.cancel_job(acme.actor, waiting.id)
    assert [one["outcome"] for _, one in await published(acme, "crm.sync.completed")] == ["cancelled"]


async def test_an_archived_type_stops_no_sync(acme: Acme) -> None:
    made = await acme.connect()
    await acme.sync(made.id)
    async with db.begin(acme.tenant_id) as session:
        row = (await session.exec(select(EventType).where(EventType.name == "crm.sync.completed"))).one()
        row.archived = True
        session.add(row)
        db.notify(session, "endpoints")
    job = await acme.sync(made.id, "incremental_sync")
    assert job.outcome == "success"
    assert len(await published(acme, "crm.sync.completed")) == 1


async def test_cancelling_what_has_begun_is_an_end(acme: Acme) -> None:
    made = await acme.connect()
    started = await syncs.start_sync(acme.actor, made.id, acme.job("full_import"))
    await syncs.cancel_job(acme.actor, started.id)
    # It had never begun.
    assert await published(acme, "crm.sync.completed") == []
    waiting = await syncs.start_sync(acme.actor, made.id, acme.job("full_import"))
    async with db.begin(acme.tenant_id) as session:
        # It has begun, and was put off.
        begun = update(SyncJob).where(col(SyncJob.id) == waiting.id).values(checkpoint={"told": True})
        await session.exec(begun)
    await syncs.cancel_job(acme.actor, waiting.id)
    assert [one["outcome"] for _, one in await published(acme, "crm.sync.completed")] == ["cancelled"]
