"""A connection in both ways, what is made and written by it, and whether it has come to rest."""

from typing import Any
from uuid import UUID

from sqlmodel import select

from hub_app.crm.schemas.jobs import SyncJobOut
from hub_app.kernel import db
from hub_app.kernel.ids import new_id
from hub_app.sync.engine.listed import listed
from hub_app.sync.engine.streams import fields_of
from hub_app.sync.tables import SyncCollection, SyncData, SyncIntent, SyncRecord, SyncVersion
from tests.crm.acme import Acme, everything, unexplained
from tests.peers.tave import Tave

CLIENTS: dict[str, Any] = {"resources": ["clients"]}
MINE = "mine@acme.example"


async def both_ways(acme: Acme, **config: Any) -> UUID:
    made = await acme.connect(sync_direction="bidirectional", **config)
    job = await acme.sync(made.id, **CLIENTS)
    assert job.outcome == "success"
    return made.id


async def export(acme: Acme, connection_id: UUID, *, preview: bool = False, **config: Any) -> SyncJobOut:
    job = await acme.sync(connection_id, "export_to_crm", preview=preview, **CLIENTS, **config)
    assert unexplained(job) == 0
    return job


async def settled(acme: Acme, connection_id: UUID) -> None:
    """Nothing comes back as a change, and nothing is sent again."""
    before, writes = await everything(acme), len(written(acme.tave))
    job = await acme.sync(connection_id, "incremental_sync", **CLIENTS)
    assert (job.outcome, job.records_updated, job.records_created, unexplained(job)) == ("success", 0, 0, 0)
    assert len(written(acme.tave)) == writes
    assert await everything(acme) == before


def person(tave: Tave, number: int = 0) -> str:
    plain = [
        one
        for one in tave.ids(kind="person", hidden=False)
        if str(tave.document(one).get("email") or "").islower() and tave.document(one).get("lastName")
    ]
    return plain[number]


def custom_fields(document: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["fieldId"], one["value"]) for one in document["customFields"]]


def written(tave: Tave) -> list[str]:
    return [one.method for one in tave.requests if one.method in {"PUT", "POST"}]


async def make(acme: Acme, **values: Any) -> UUID:
    """A client that a person has made here."""
    async with db.begin(acme.tenant_id) as session:
        of_clients = select(SyncCollection).where(SyncCollection.name == "clients")
        collection = (await session.exec(of_clients)).one()
        shown = listed(fields_of(collection), values)
        record = SyncRecord(id=new_id(), tenant_id=acme.tenant_id, collection_id=collection.id, **shown)
        session.add(record)
        await session.flush()
        session.add(SyncData(id=record.id, tenant_id=acme.tenant_id, contents=values))
        session.add(
            SyncVersion(
                tenant_id=acme.tenant_id, record_id=record.id, number=1, kind="created", made_by="Erin"
            )
        )
    return record.id


async def intents(acme: Acme) -> list[str]:
    return [one.status for one in await acme.rows(SyncIntent)]
