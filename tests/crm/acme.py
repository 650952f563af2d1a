"""Acme's CRM: a Táve that is connected, and jobs that are run to their end."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from hub_app.crm.schemas.integrations import IntegrationIn, IntegrationOut, Reconciled
from hub_app.crm.schemas.jobs import FindingOut, LogOut, SyncIn, SyncJobOut
from hub_app.crm.service import integrations, reconciliation, syncs
from hub_app.kernel import db, signals
from hub_app.kernel.paging import PageRequest
from hub_app.kernel.tenancy import TenantOwned
from hub_app.sync import worker
from hub_app.sync.engine import changes
from hub_app.sync.engine.tally import Tally
from hub_app.sync.tables import SyncData, SyncLink, SyncRecord, SyncReference
from tests.peers.tave import KEY, Tave
from tests.people import People

_ENDED = {"completed", "failed", "cancelled", "needs_confirmation"}
ALL = PageRequest(limit=200)


class Acme:
    """Adam connects the Táve, Erin syncs it."""

    def __init__(self, people: People, tave: Tave) -> None:
        self.people = people
        self.tave = tave
        # It may connect as many as a test needs.
        self.admin = replace(people.adam.actor, tier="enterprise")
        self.actor = people.erin.actor
        self.tenant_id = people.adam.tenant_id

    async def connect(self, name: str = "Studio", **config: Any) -> IntegrationOut:
        """A new connection, which was tested."""
        given = IntegrationIn.model_validate(
            {
                "crm_provider": "tave",
                "connection_name": name,
                "auth_config": {"api_key": KEY, "base_url": self.tave.base},
                "sync_config": config,
            }
        )
        return (await integrations.create_integration(self.admin, given)).integration

    async def integration(self) -> IntegrationOut:
        """The one that was connected first."""
        return (await integrations.list_integrations(self.actor, ALL)).items[-1]

    async def sync(
        self,
        connection_id: UUID,
        job_type: str = "full_import",
        *,
        preview: bool = False,
        **config: Any,
    ) -> SyncJobOut:
        """Run a job to its end, in a worker of this process."""
        given = self.job(job_type, **config)
        started = await syncs.start_sync(self.actor, connection_id, given, dry_run=preview)
        return await self.finish(started.id)

    @staticmethod
    def job(job_type: str, **config: Any) -> SyncIn:
        return SyncIn.model_validate({"job_type": job_type, "job_config": config})

    async def until(self, job_id: UUID, is_so: Callable[[SyncJobOut], bool]) -> SyncJobOut:
        """Wait until a job that is worked on is far enough; it must not end before."""
        with signals.watch(f"sync_job:{job_id}") as changed:
            while not is_so(job := await syncs.get_job(self.actor, job_id)):
                assert job.job_status not in _ENDED, job
                await changed.wait(5)
        return job

    async def undo(self, job_id: UUID, *, preview: bool = False) -> SyncJobOut:
        return await self.finish((await syncs.undo_job(self.admin, job_id, dry_run=preview)).id)

    async def finish(self, job_id: UUID) -> SyncJobOut:
        """Wait for a job to end, while a worker works."""
        async with worker.running():
            return await self.ended(job_id)

    async def ended(self, job_id: UUID) -> SyncJobOut:
        with signals.watch(f"sync_job:{job_id}") as changed:
            while (job := await syncs.get_job(self.actor, job_id)).job_status not in _ENDED:
                await changed.wait(5)
        return job

    async def edit(self, external_id: str, **values: Any) -> None:
        """What Erin does to a record."""
        record = await self.record(external_id)
        async with db.begin(self.tenant_id) as session:
            of = await changes.subject(session, record.id)
            await changes.change(session, of, values, kind="edited", made_by=self.actor.name)

    async def archive(self, external_id: str) -> None:
        """What Erin does to a record that she does not want to see any more."""
        record = await self.record(external_id)
        async with db.begin(self.tenant_id) as session:
            of = await changes.subject(session, record.id)
            await changes.archive(session, of, kind="archived", made_by=self.actor.name)

    async def logs(self, job_id: UUID) -> list[LogOut]:
        return (await syncs.list_logs(self.actor, job_id, ALL)).items

    async def findings(self, job_id: UUID, kind: str = "") -> list[FindingOut]:
        return (await syncs.list_findings(self.actor, job_id, ALL, kind=kind)).items

    async def reconciled(self, connection_id: UUID) -> dict[str, Reconciled]:
        found = await reconciliation.get_reconciliation(self.actor, connection_id)
        return {one.resource: one for one in found.resources}

    async def rows(self, model: type[TenantOwned]) -> list[Any]:
        """All of a table's rows of Acme."""
        async with db.read(self.tenant_id) as session:
            return list((await session.exec(select(model).order_by(col(model.id)))).all())

    async def values(self) -> dict[str, dict[str, Any]]:
        """What records hold, by the external ids of their links."""
        links = {one.record_id: one.external_id for one in await self.rows(SyncLink)}
        return {links[one.id]: one.contents for one in await self.rows(SyncData) if one.id in links}

    async def record(self, external_id: str) -> SyncRecord:
        (link,) = [one for one in await self.rows(SyncLink) if one.external_id == external_id]
        async with db.read(self.tenant_id) as session:
            return (await session.exec(select(SyncRecord).where(SyncRecord.id == link.record_id))).one()


async def everything(acme: Acme) -> dict[str, list[dict[str, Any]]]:
    """Records, values, links and references, as an undo must leave them: without versions and moments of writing."""
    records = await acme.rows(SyncRecord)
    version = {one.id: one.version for one in records}
    links = [
        {**row, "synced_version": row["synced_version"] == version[row["record_id"]]}
        for row in state_of(await acme.rows(SyncLink))
    ]
    references = state_of(await acme.rows(SyncReference), "id", "created_at")
    return {
        "records": state_of(records, "version"),
        "values": state_of(await acme.rows(SyncData)),
        "links": links,
        "references": sorted(references, key=str),
    }


def unexplained(job: SyncJobOut) -> int:
    """How many records a job has read of which it does not tell what became of them."""
    return sum(abs(Tally.of(one).unexplained) for one in job.counts.values())


def state_of(rows: list[Any], *without: str) -> list[dict[str, Any]]:
    """Rows as they can be compared."""
    return [one.model_dump(exclude={"updated_at", *without}) for one in rows]


@asynccontextmanager
async def working() -> AsyncIterator[None]:
    """A worker of this process, for the time of the block."""
    async with worker.running():
        yield
    await asyncio.sleep(0)
