"""A process that is killed in the middle of an import, again and again: in the end every record is there once, and the figures and
the journal are those of an import that nobody disturbed.
"""

import asyncio
import random
import signal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from hub_app.crm.schemas.jobs import SyncIn, SyncJobOut
from hub_app.crm.service import syncs
from hub_app.kernel import db
from hub_app.kernel.clock import utcnow
from hub_app.sync.tables import SyncData, SyncJob, SyncLink, SyncRecord, SyncSeen, SyncVersion
from tests import other_process, people, running
from tests.crm.acme import Acme
from tests.peers.tave import Tave

pytestmark = pytest.mark.both_databases

CONTACTS = 5000
KILLS = 5


async def begin(tave: Tave) -> tuple[UUID, UUID]:
    """Acme's connection, and a full import that waits; the tenant's id and the job's."""
    acme = Acme(await people.seed(), tave)
    made = await acme.connect()
    given = SyncIn.model_validate({"job_type": "full_import", "job_config": {"resources": ["clients"]}})
    return acme.tenant_id, (await syncs.start_sync(acme.actor, made.id, given)).id


async def end_lease() -> None:
    """What the killed process held may be taken by others: as half a minute later."""
    async with db.system("the dead process's lease runs out", write=True) as session:
        held = col(SyncJob.lease).is_not(None)
        await session.exec(update(SyncJob).where(held).values(due_at=utcnow()))


async def look(tenant_id: UUID, job_id: UUID) -> SyncJobOut:
    async with db.read(tenant_id) as session:
        found = (await session.exec(select(SyncJob).where(SyncJob.id == job_id))).one()
    return syncs.job_out(found)


async def rows(tenant_id: UUID, model: type[Any]) -> list[Any]:
    async with db.read(tenant_id) as session:
        return list((await session.exec(select(model))).all())


async def test_an_import_that_is_killed_five_times_ends_as_if_it_had_not_been(
    database_url: str, tmp_path: Path
) -> None:
    settings = {
        "DATABASE_URL": database_url,
        "OUTBOUND_ALLOWED_NETWORKS": "127.0.0.1/32",
        "CRM_RATE_LIMITS": "tave=1000000/10000000",
        # It starts sooner; SQLite is for one process that does everything.
        **({"ROLE": "worker"} if database_url.startswith("postgresql") else {}),
    }
    chance = random.Random(11)  # noqa: S311 - when to kill

    async def there(work: Any) -> Any:
        return await asyncio.to_thread(other_process.in_database, tmp_path, work, **settings)

    async with Tave(contacts=CONTACTS, jobs=0) as tave:
        tenant_id, job_id = await there(lambda: begin(tave))
        pages = CONTACTS // 100
        for kill in range(KILLS):
            # Somewhere in the next sixth of what is left to be read.
            until = tave.per_path["/address-book"] + chance.randint(1, pages // (KILLS + 1))
            hub = await asyncio.to_thread(started, tmp_path, settings)
            try:
                async with asyncio.timeout(120):
                    while tave.per_path["/address-book"] < until:  # noqa: ASYNC110 - another process reads
                        await asyncio.sleep(0.001 * chance.randint(1, 20))
            finally:
                await asyncio.to_thread(hub.stop, signal.SIGKILL)
            await there(end_lease)
            assert (await there(lambda: look(tenant_id, job_id))).job_status != "completed", kill
        hub = await asyncio.to_thread(started, tmp_path, settings)
        try:
            async with asyncio.timeout(240):
                job = await there(lambda: look(tenant_id, job_id))
                while job.job_status in {"pending", "running"}:
                    await asyncio.sleep(0.5)
                    job = await there(lambda: look(tenant_id, job_id))
        finally:
            await asyncio.to_thread(hub.stop)
    assert (job.job_status, job.outcome) == ("completed", "success")
    clients = job.counts["clients"]
    wanted = clients["created"]
    assert clients["read"] == CONTACTS
    assert clients["read"] == wanted + sum(clients["skipped"].values())
    for model in (SyncRecord, SyncData, SyncLink, SyncVersion):
        assert len(await there(lambda model=model: rows(tenant_id, model))) == wanted
    links = await there(lambda: rows(tenant_id, SyncLink))
    assert len({one.external_id for one in links}) == wanted
    versions = await there(lambda: rows(tenant_id, SyncVersion))
    assert {one.record_id for one in versions} == {one.record_id for one in links}
    assert {(one.kind, one.number, one.job_id) for one in versions} == {("created", 1, job_id)}
    assert not await there(lambda: rows(tenant_id, SyncSeen))


def started(folder: Path, settings: dict[str, str]) -> running.Hub:
    hub = running.start(folder, **settings)
    try:
        hub.wait_until_ready()
    except BaseException:
        hub.stop(signal.SIGKILL)
        raise
    return hub
