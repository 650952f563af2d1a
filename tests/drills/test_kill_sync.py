"""A process that is killed in the middle of an export or an undo: nothing is written twice, nothing is left half taken back."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import update
from sqlmodel import col, func, select

from hub_app.kernel import db
from hub_app.kernel.clock import utcnow
from hub_app.sync.engine import changes
from hub_app.sync.tables import SyncJob, SyncLink, SyncRecord
from tests import other_process, people, running
from tests.drills.test_kill import started
from tests.peers.tave import KEY, Tave

pytestmark = pytest.mark.both_databases
_ENDED = {"completed", "failed", "cancelled"}
MINE = "mine@acme.example"


class Studio:
    """Acme's CRM over REST, with one process after the other."""

    def __init__(self, folder: Path, settings: dict[str, str], tave: Tave) -> None:
        self.folder = folder
        self.settings = settings
        self.tave = tave
        self.hub: running.Hub | None = None
        self.token = ""

    async def in_database(self, work: Callable[[], Awaitable[Any]]) -> Any:
        return await asyncio.to_thread(other_process.in_database, self.folder, work, **self.settings)

    async def seed(self) -> None:
        async def seeded() -> str:
            return await people.token((await people.seed()).adam)

        self.token = await self.in_database(seeded)

    async def start(self) -> None:
        self.hub = await asyncio.to_thread(started, self.folder, self.settings)

    async def kill(self) -> None:
        """As a power cut does it, half a minute later."""
        assert self.hub is not None
        await asyncio.to_thread(self.hub.stop, signal.SIGKILL)
        self.hub = None

        async def end_leases() -> None:
            async with db.system("the dead process's leases run out", write=True) as session:
                held = col(SyncJob.lease).is_not(None)
                await session.exec(update(SyncJob).where(held).values(due_at=utcnow()))

        await self.in_database(end_leases)

    async def stop(self) -> None:
        if self.hub is not None:
            await asyncio.to_thread(self.hub.stop)

    async def call(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        assert self.hub is not None
        headers = {"Authorization": f"Bearer {self.token}"}
        async with httpx.AsyncClient(
            base_url=f"{self.hub.url}/api/crm", headers=headers, timeout=60
        ) as client:
            answer = await client.request(method, path, json=body)
        assert answer.is_success, answer.text
        return answer.json()

    async def connect(self) -> str:
        given = {
            "crm_provider": "tave",
            "connection_name": "Studio",
            "auth_config": {"api_key": KEY, "base_url": self.tave.base},
            "sync_config": {"sync_direction": "bidirectional"},
        }
        return (await self.call("POST", "/integrations", given))["integration"]["id"]

    async def begin(self, connection: str, job_type: str) -> str:
        given = {"job_type": job_type, "job_config": {"resources": ["clients"]}}
        return (await self.call("POST", f"/integrations/{connection}/sync", given))["sync_job"]["id"]

    async def until(self, job: str, is_so: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        async with asyncio.timeout(120):
            while not is_so(found := await self.call("GET", f"/sync-jobs/{job}")):  # noqa: ASYNC110 - another process does the work
                await asyncio.sleep(0.02)
        return found

    async def ended(self, job: str) -> dict[str, Any]:
        return await self.until(job, lambda one: one["job_status"] in _ENDED)


def is_done(job: dict[str, Any]) -> bool:
    return (job["job_status"], job["outcome"]) == ("completed", "success")


async def test_a_process_that_is_killed_while_it_sends_or_undoes(database_url: str, tmp_path: Path) -> None:
    async with Tave(contacts=600, jobs=0) as tave:
        settings = {
            "DATABASE_URL": database_url,
            "OUTBOUND_ALLOWED_NETWORKS": "127.0.0.1/32",
            "CRM_RATE_LIMITS": "tave=100000/1000000",
        }
        studio = Studio(tmp_path, settings, tave)
        await studio.seed()
        await studio.start()
        try:
            connection = await studio.connect()
            imported = await studio.begin(connection, "full_import")
            assert is_done(await studio.ended(imported))
            await expect_one_write(studio, connection)
            await expect_whole_undo(studio, imported)
        finally:
            await studio.stop()


async def expect_one_write(studio: Studio, connection: str) -> None:
    """The CRM stores a write, and before it answers there is nobody any more to be answered."""
    tave = studio.tave
    one = next(
        one for one in tave.ids(kind="person", hidden=False) if str(tave.document(one).get("email")).islower()
    )

    async def edit() -> None:
        async with db.system("whose record is it?") as session:
            link = (await session.exec(select(SyncLink).where(SyncLink.external_id == one))).one()
        async with db.begin(link.tenant_id) as session:
            of = await changes.subject(session, link.record_id)
            await changes.change(session, of, {"email": MINE}, kind="edited", made_by="Erin")

    await studio.in_database(edit)
    tave.faults.set({"unanswered": 1})
    export = await studio.begin(connection, "export_to_crm")
    async with asyncio.timeout(60):
        await tave.holding.wait()
    await studio.kill()
    tave.released.set()
    await studio.start()
    job = await studio.ended(export)
    assert is_done(job), job
    assert [one.method for one in tave.requests if one.method != "GET"] == ["PUT"]
    assert tave.document(one)["email"] == MINE
    assert job["counts"]["clients"]["pushed"] == 1


async def expect_whole_undo(studio: Studio, imported: str) -> None:
    undo = (await studio.call("POST", f"/sync-jobs/{imported}/undo", {}))["sync_job"]["id"]
    await studio.until(undo, lambda one: one["records_processed"] > 0)
    await studio.kill()
    await studio.start()
    job = await studio.ended(undo)
    assert is_done(job), job

    async def left() -> int:
        async with db.system("how many are left?") as session:
            return (await session.exec(select(func.count(col(SyncRecord.id))))).one()

    # The one that Erin has edited.
    assert await studio.in_database(left) == 1
    assert [one["kind"] for one in (await studio.call("GET", f"/sync-jobs/{undo}/findings"))["items"]] == [
        "kept"
    ]
