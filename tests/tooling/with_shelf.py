"""Hub with one capability more, in a process of its own: `python -m tests.tooling.with_shelf`. It says what it saw, as JSON.

The shelf is found because its folder stands among the others: a parent package may have several.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import httpx

import hub_app

hub_app.__path__.append(str(Path(__file__).parents[1] / "samples"))

from hub_app.hub_app import app  # noqa: E402 - after the shelf is where it is found
from hub_app.kernel import capabilities, db, migrations, search  # noqa: E402
from hub_app.kernel.settings import get_settings  # noqa: E402
from hub_app.kernel.tables import Job  # noqa: E402
from hub_app.lifespan import lifespan  # noqa: E402
from hub_app.rest import create_rest  # noqa: E402
from hub_app.ui import nav  # noqa: E402
from tests import people as seeded  # noqa: E402

_PATIENCE_SECONDS = 60


async def look() -> dict[str, Any]:
    await migrations.upgrade(get_settings())
    shelf: Any = sys.modules["hub_app.shelf.service"]
    tables: Any = sys.modules["hub_app.shelf.tables"]
    await db.connect(get_settings())
    # In place of its migration.
    async with db.current().engine.begin() as connection:
        await connection.run_sync(tables.ShelfBook.__table__.create)
    people = await seeded.seed()
    token = await seeded.token(people.adam, "write:shelf")
    await db.disconnect()
    transport = httpx.ASGITransport(create_rest())
    async with lifespan(), httpx.AsyncClient(transport=transport, base_url="http://hub.test") as client:
        answer = await client.post(
            "/v1/shelf/books", json={"title": "Walden"}, headers={"Authorization": f"Bearer {token}"}
        )
        job = await shelf.read_all(people.adam.actor)
        async with asyncio.timeout(_PATIENCE_SECONDS):
            ended = await _job(people.adam.tenant_id, job.id)
            while ended.status == "pending" or not shelf.swept:
                await asyncio.sleep(0.05)
                ended = await _job(people.adam.tenant_id, job.id)
        found = await search.search(people.vera.actor, "wald")
        others = await search.search(people.mallory.actor, "wald")
    return {
        "names": capabilities.names(),
        "rest": answer.status_code,
        "job": [ended.status, ended.result],
        "swept": bool(shelf.swept),
        "found": [one.name for one in found],
        "others": [one.name for one in others],
        "sidebar": [entry.href for group in nav.groups() for entry in group.entries],
        "page": "shelf" in app._unevaluated_pages,  # noqa: SLF001 - Reflex tells nobody else
    }


async def _job(tenant_id: Any, job_id: Any) -> Job:
    async with db.read(tenant_id) as session:
        return await session.get_one(Job, (tenant_id, job_id))


if __name__ == "__main__":
    print(json.dumps(asyncio.run(look())))  # noqa: T201 - what the test reads
