"""A CRM's hooks as hints: something is new there, and a sync reads what."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlmodel import col, update

from hub_app.crm.service import inbound, integrations
from hub_app.kernel import db
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import NotFound
from hub_app.sync.service import schedule
from hub_app.sync.tables import SyncConnection, SyncJob, SyncRecord
from tests.crm.acme import Acme

pytestmark = pytest.mark.settings(
    outbound_allowed_networks="127.0.0.1/32", crm_rate_limits="tave=100000/1000000"
)
HOOK: dict[str, Any] = {"event": "contact.created", "object": {"id": "not believed", "firstName": "Mallory"}}


async def connection(acme: Acme) -> SyncConnection:
    (found,) = await acme.rows(SyncConnection)
    return found


async def until_due(acme: Acme) -> None:
    """Time passes."""
    async with db.begin(acme.tenant_id) as session:
        past = {"next_sync_at": utcnow() - timedelta(seconds=1)}
        await session.exec(
            update(SyncConnection).where(col(SyncConnection.next_sync_at).is_not(None)).values(**past)
        )


@pytest.mark.both_databases
async def test_many_hooks_start_one_sync_that_reads_what_is_new(
    acme: Acme, client: httpx.AsyncClient
) -> None:
    made = await acme.connect()
    await acme.sync(made.id)
    key = (await inbound.rotate_key(acme.admin, made.id)).key
    before = len(await acme.rows(SyncRecord))
    acme.tave.add(firstName="Ada", lastName="Berg", email="ada@berg.example")
    for _ in range(20):
        answer = await client.post(f"/api/crm/inbound/{key}", json=HOOK)
        assert answer.status_code == 202
    assert len(await acme.rows(SyncRecord)) == before
    await schedule.start_due()
    assert len(await acme.rows(SyncJob)) == 1
    planned = (await connection(acme)).next_sync_at
    assert planned is not None
    assert planned - utcnow() < timedelta(seconds=30)
    await until_due(acme)
    await schedule.start_due()
    job = (await acme.rows(SyncJob))[-1]
    assert (job.type, job.trigger) == ("incremental_sync", "schedule")
    await acme.finish(job.id)
    assert len(await acme.rows(SyncRecord)) == before + 1
    # It was for all of them: nothing is due any more.
    assert (await connection(acme)).next_sync_at is None
    assert (await connection(acme)).hinted_at is None


async def test_what_is_told_while_a_sync_runs_is_synced_after_it(acme: Acme) -> None:
    made = await acme.connect()
    await acme.sync(made.id)
    key = (await inbound.rotate_key(acme.admin, made.id)).key
    await inbound.receive(key, HOOK)
    await until_due(acme)
    await schedule.start_due()
    job = (await acme.rows(SyncJob))[-1]
    async with db.begin(acme.tenant_id) as session:
        # It began before the next hook came.
        await session.exec(update(SyncConnection).values(hinted_at=utcnow() + timedelta(seconds=5)))
    await acme.finish(job.id)
    planned = (await connection(acme)).next_sync_at
    assert planned is not None
    assert planned - utcnow() < timedelta(seconds=30)


async def test_a_job_that_reads_only_some_of_it_leaves_the_hint(acme: Acme) -> None:
    made = await acme.connect(sync_direction="bidirectional")
    await acme.sync(made.id)
    key = (await inbound.rotate_key(acme.admin, made.id)).key
    await inbound.receive(key, HOOK)
    await acme.sync(made.id, "export_to_crm")
    await acme.sync(made.id, "incremental_sync", resources=["projects"])
    assert (await connection(acme)).hinted_at is not None
    await acme.sync(made.id, "incremental_sync")
    assert (await connection(acme)).hinted_at is None


async def test_a_paused_connection_and_an_unknown_key_start_nothing(acme: Acme) -> None:
    made = await acme.connect()
    key = (await inbound.rotate_key(acme.admin, made.id)).key
    await integrations.pause_integration(acme.admin, made.id)
    await inbound.receive(key, HOOK)
    assert (await connection(acme)).next_sync_at is None
    second = (await inbound.rotate_key(acme.admin, made.id)).key
    for gone in (key, "nobody's"):
        with pytest.raises(NotFound):
            await inbound.receive(gone, HOOK)
    await inbound.end_key(acme.admin, made.id)
    with pytest.raises(NotFound):
        await inbound.receive(second, HOOK)
