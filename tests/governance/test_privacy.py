"""Exporting and erasing a person, over REST and in the database: everything about them, and nothing else."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from hub_app.governance.privacy.work import JOBS
from hub_app.kernel import audit_check, jobs
from tests import people as seeded
from tests.governance import planting
from tests.governance.planting import EMAIL, WORDS
from tests.people import People, Person

PRIVACY = "/v1/integration/privacy"
pytestmark = pytest.mark.both_databases


class Desk:
    """Somebody who asks for people's data over REST, while jobs run."""

    def __init__(self, client: httpx.AsyncClient, headers: dict[str, str]) -> None:
        self._client = client
        self._headers = headers

    async def post(self, path: str, **body: object) -> httpx.Response:
        return await self._client.post(f"{PRIVACY}/{path}", json=body, headers=self._headers)

    async def get(self, path: str) -> httpx.Response:
        return await self._client.get(f"{PRIVACY}/{path}", headers=self._headers)

    async def ask(self, path: str, **body: object) -> dict[str, Any]:
        """Start it, and wait until it has ended; the request then."""
        answer = await self.post(path, **body)
        assert answer.status_code == 202, answer.text
        return await self.ended(answer.json()["id"])

    async def ended(self, request_id: str) -> dict[str, Any]:
        async with asyncio.timeout(120):
            while (found := (await self.get(f"requests/{request_id}")).json())["status"] == "running":  # noqa: ASYNC110 - the database changes
                await asyncio.sleep(0.02)
        return found

    async def erase(self, email: str, **who: object) -> dict[str, Any]:
        preview = await self.ask("preview", **who)
        assert preview["status"] == "ready", preview
        return await self.ask("erase", preview_id=preview["id"], email=email)


@asynccontextmanager
async def desk(client: httpx.AsyncClient, person: Person, *scopes: str) -> AsyncIterator[Desk]:
    headers = await seeded.headers(person, *scopes)
    async with jobs.running(JOBS):
        yield Desk(client, headers)


async def whole(people: People) -> bool:
    report = await audit_check.verify([people.adam.tenant_id, people.mallory.tenant_id])
    return report.whole


async def test_a_person_is_exported_erased_and_found_nowhere_any_more(
    client: httpx.AsyncClient, people: People
) -> None:
    ours, theirs = people.adam.tenant_id, people.mallory.tenant_id
    rows = await planting.plant(ours, people.erin.user_id)
    await planting.plant(theirs, people.mallory.user_id)
    others = [one async for one in planting.rows_of(theirs)]
    async with desk(client, people.adam) as adam:
        exported = await adam.ask("export", email=EMAIL, words=WORDS)
        file = json.loads((await adam.get(f"requests/{exported['id']}/download")).text)
        found = {(one["where"], column) for one in file["found"] for column in one["fields"]}
        assert set(planting.planted(rows)) - found == set()
        preview = await adam.ask("preview", email=EMAIL.upper(), words=WORDS)
        erased = await adam.ask("erase", preview_id=preview["id"], email=EMAIL)
    assert erased["status"] == "done", erased
    assert erased["counts"] == preview["counts"]
    assert {one["rows"] for one in erased["counts"]} == {1}
    assert await planting.left(without=theirs) == []
    assert [one async for one in planting.rows_of(theirs)] == others
    assert await whole(people)
