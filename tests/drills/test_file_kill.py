"""A process that is killed in the middle of a file: another one goes on where it was, and every row is there once."""

import asyncio
import signal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from hub_app.crm.schemas.importing import ImportIn, LayoutIn
from hub_app.crm.schemas.integrations import IntegrationIn
from hub_app.crm.service import importing, integrations
from hub_app.sync.tables import SyncLink, SyncRecord, SyncVersion
from tests import other_process, people
from tests.crm.filing import upload
from tests.drills.test_sync_kill import end_lease, look, rows, started

pytestmark = pytest.mark.both_databases
ROWS = 6000
KILLS = 3


async def begin() -> tuple[UUID, UUID]:
    """The import of a file that waits; the tenant's id and the job's."""
    everyone = await people.seed()
    given = IntegrationIn(crm_provider="dubsado", connection_name="Old files")
    made = (await integrations.create_integration(everyone.adam.actor, given)).integration
    lines = (f"Ann {at},a{at}@example.com,2027-06-{at % 28 + 1:02}\n" for at in range(ROWS))
    text = "Name,Email,Wedding Date\n" + "".join(lines)
    found = await importing.examine_file(
        everyone.erin.actor, made.id, upload(text), "clients.csv", LayoutIn()
    )
    job = await importing.start_import(everyone.erin.actor, made.id, found.file_id, ImportIn())
    return everyone.adam.tenant_id, job.id


async def test_a_file_import_that_is_killed_goes_on_where_it_was(database_url: str, tmp_path: Path) -> None:
    settings = {
        "DATABASE_URL": database_url,
        **({"ROLE": "worker"} if database_url.startswith("postgresql") else {}),
    }

    async def there(work: Any) -> Any:
        return await asyncio.to_thread(other_process.in_database, tmp_path, work, **settings)

    async def until(processed: int) -> Any:
        async with asyncio.timeout(240):
            while True:
                job = await there(lambda: look(tenant_id, job_id))
                if job.records_processed >= processed or job.job_status not in {"pending", "running"}:
                    return job

    tenant_id, job_id = await there(begin)
    for kill in range(1, KILLS + 1):
        hub = await asyncio.to_thread(started, tmp_path, settings)
        try:
            await until(kill * ROWS // (3 * KILLS))
        finally:
            await asyncio.to_thread(hub.stop, signal.SIGKILL)
        await there(end_lease)
    before = await there(lambda: look(tenant_id, job_id))
    assert before.job_status in {"pending", "running"}
    assert 0 < before.records_processed < ROWS
    hub = await asyncio.to_thread(started, tmp_path, settings)
    try:
        job = await until(ROWS + 1)
    finally:
        await asyncio.to_thread(hub.stop)
    assert (job.job_status, job.outcome, job.records_created) == ("completed", "success", ROWS)
    assert job.counts["clients"]["read"] == ROWS
    for model in (SyncRecord, SyncLink, SyncVersion):
        assert len(await there(lambda model=model: rows(tenant_id, model))) == ROWS
