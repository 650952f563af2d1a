"""A studio whose CRM was connected long ago, and what has gathered since."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlmodel import select

from hub_app.crm.schemas.jobs import SyncJobOut
from hub_app.crm.service import syncs
from hub_app.kernel import db
from hub_app.sync.service.connections import Stream
from hub_app.sync.tables import SyncLink
from tests.crm.acme import Acme

CLIENTS: Mapping[str, Any] = {"resources": ["clients"]}


@dataclass(frozen=True)
class Studio:
    """`connection` is the one that was synced long ago, `stream` its clients, of the collection `collection`; `job` the first import."""

    acme: Acme
    connection: UUID
    job: UUID
    stream: UUID
    collection: UUID

    @classmethod
    async def open(cls, acme: Acme) -> "Studio":
        """Connect a Táve, and import it."""
        made = await acme.connect(sync_direction="bidirectional")
        job = await acme.sync(made.id)
        async with db.read(acme.tenant_id) as session:
            of_clients = select(Stream).where(Stream.connection_id == made.id, Stream.resource == "clients")
            stream = (await session.exec(of_clients)).one()
        return cls(acme, made.id, job.id, stream.id, stream.collection_id)

    @property
    def parents(self) -> dict[str, list[UUID]]:
        """What rows belong to that fill the database."""
        return {
            "sync_collection": [self.collection],
            "sync_connection": [self.connection],
            "sync_stream": [self.stream],
            "sync_job": [self.job],
        }

    async def sync(
        self,
        job_type: str = "full_import",
        *,
        connection: UUID | None = None,
        preview: bool = False,
        **config: Any,
    ) -> SyncJobOut:
        """Run a job to its end, while Hub works."""
        given = self.acme.job(job_type, **config)
        of = connection or self.connection
        return await self.ended(await syncs.start_sync(self.acme.actor, of, given, dry_run=preview))

    async def ended(self, job: SyncJobOut) -> SyncJobOut:
        """A job that has come to its end."""
        async with asyncio.timeout(200):
            done = await self.acme.ended(job.id)
        assert done.job_status in {"completed", "needs_confirmation"}, done
        return done

    async def record(self, external_id: str) -> UUID:
        """The record of a client of Táve's."""
        of = select(SyncLink.record_id).where(
            SyncLink.stream_id == self.stream, SyncLink.external_id == external_id
        )
        async with db.read(self.acme.tenant_id) as session:
            return (await session.exec(of)).one()
