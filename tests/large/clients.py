"""Clients by the hundred thousand: what an old studio's CRM would have brought, written in bulk."""

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from hub_app.crm.service import collections
from hub_app.kernel import bulk, db
from hub_app.kernel.ids import new_id
from hub_app.sync.engine.listed import listed
from hub_app.sync.service import connections
from hub_app.sync.service.connections import Connection, StreamSetup
from hub_app.sync.tables import SyncData, SyncLink, SyncRecord, SyncVersion

VERSIONS = 200
_STEP = 2_000
_STATUSES = ["Lead", "Inquiry", "Booked", "Completed", "Lost"]
_FIRST = ["Anna", "Ben", "Chloé", "David", "Emma", "Finn", "Grace", "Hugo", "Isla", "Jack", "Kim", "Leo", "Mia", "Noah",
          "Olivia", "Paul", "Quinn", "Ruth", "Søren", "Tara"]  # fmt: skip
_LAST = ["Abbott", "Baker", "Chen", "Díaz", "Evans", "Fischer", "Garcia", "Hansen", "Ito", "Jones", "Kowalski", "Lopez",
         "Müller", "Nguyen", "O'Brien", "Patel", "Quist", "Rossi", "Smith", "Zimmer"]  # fmt: skip
_FIRST_DAY = date(2016, 1, 1)
_BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


async def fill_clients(tenant_id: UUID, amount: int) -> UUID:
    """Give a tenant so many clients of one connection, of which one in fifty is archived; the id of a client in the middle, which
    gets VERSIONS versions. The planner knows the result.
    """
    chance = random.Random(amount)  # noqa: S311 - no secret
    async with db.begin(tenant_id) as session:
        collection = await collections.ensure(session, tenant_id, "clients")
        made = Connection(
            tenant_id=tenant_id, family="crm", provider="tave", name="Studio", status="connected"
        )
        await connections.create(session, made, [StreamSetup("clients", collection.id, [])])
        (stream,) = await connections.streams_of(session, made.id)
    ids: list[UUID] = []
    for at in range(0, amount, _STEP):
        numbers = range(at, min(amount, at + _STEP))
        values = [_values(n, chance) for n in numbers]
        new = [new_id() for _ in numbers]
        await _write(tenant_id, collection.id, stream.id, new, values)
        ids += new
    chosen = ids[len(ids) // 2]
    await _write_history(tenant_id, chosen)
    await _analyze()
    return chosen


async def _analyze() -> None:
    """As PostgreSQL's autovacuum does before long."""
    engine = db.current().engine
    if engine.dialect.name == "postgresql":
        async with engine.connect() as connection:
            await connection.execute(sa.text("analyze"))
            await connection.commit()


def _values(n: int, chance: random.Random) -> dict[str, Any]:
    first, last = chance.choice(_FIRST), chance.choice(_LAST)
    return {
        "name": f"{first} {last}-{chance.choice(_LAST)}",
        "email": f"{first}.{last}.{n}@clients.example".lower().replace("'", ""),
        "phone": f"+44{7_000_000_000 + chance.randrange(900_000_000)}",
        "event_date": (_FIRST_DAY + timedelta(days=chance.randrange(4_000))).isoformat(),
        "status": chance.choice(_STATUSES),
        "value": chance.randrange(500, 9_000),
        "notes": "Wants the garden, and a band. " * 4,
    }


async def _write(
    tenant_id: UUID,
    collection_id: UUID,
    stream_id: UUID,
    ids: Sequence[UUID],
    values: Sequence[dict[str, Any]],
) -> None:
    fields = collections.standard_fields("clients")
    records, data, links = [], [], []
    for n, (record_id, one) in enumerate(zip(ids, values, strict=True)):
        archived = _BEGAN if n % 50 == 0 else None
        columns = listed(fields, one)
        record = SyncRecord(
            tenant_id=tenant_id, id=record_id, collection_id=collection_id, archived_at=archived, **columns
        )
        records.append(record.model_dump())
        data.append(SyncData(tenant_id=tenant_id, id=record_id, contents=one).model_dump())
        link = SyncLink(
            tenant_id=tenant_id, stream_id=stream_id, record_id=record_id, external_id=record_id.hex, base=one
        )
        links.append(link.model_dump())
    async with db.begin(tenant_id) as session:
        for model, rows in ((SyncRecord, records), (SyncData, data), (SyncLink, links)):
            await bulk.insert(session, model, rows)


async def _write_history(tenant_id: UUID, record_id: UUID) -> None:
    rows = [
        SyncVersion(
            tenant_id=tenant_id,
            record_id=record_id,
            number=n + 1,
            kind="edited",
            made_by="Erin",
            before={"status": _STATUSES[n % 5], "notes": "Wants the garden. " * 4},
            after={"status": _STATUSES[(n + 1) % 5], "notes": "Wants a band. " * 4},
        ).model_dump()
        for n in range(VERSIONS)
    ]
    async with db.begin(tenant_id) as session:
        await bulk.insert(session, SyncVersion, rows)
