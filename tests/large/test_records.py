"""Lists of clients in a large database: no statement reads more than a search must, and none sorts more than a thousand rows."""

import base64
import re
from typing import Any

import httpx
import orjson
import pytest
from sqlmodel import select

from hub_app.kernel import db, ratelimit
from hub_app.kernel.settings import Settings
from hub_app.sync.tables import SyncConnection
from tests import people as seeded
from tests.large.clients import VERSIONS, fill_clients
from tests.large.watching import watching

pytestmark = pytest.mark.both_databases
_CLIENTS = 8_000
_SORTS = ("name", "email", "phone", "date", "status", "value", "updated_at", "created_at")
_FILTERS: list[dict[str, Any]] = [
    {},
    {"status": "Booked"},
    {"status": "None"},
    {"date_from": "2020-01-01", "date_to": "2020-01-20"},
    {"date_from": "2017-01-01"},
    {"status": "Booked", "date_from": "2017-01-01"},
    {"archived": "true"},
]
# A text may be anywhere in what records are found by, so all of that is looked through: of this collection alone, on SQLite in an
# index that holds it.
_SEARCHES: list[dict[str, Any]] = [
    {"q": "nothing"},
    {"q": "smith"},
    {"q": "a"},
    {"q": "07700 900123"},
    {"q": "smith", "status": "Booked"},
    {"q": "smith", "sort": "email"},
]


async def _pages(client: httpx.AsyncClient, headers: dict[str, str], **query: Any) -> None:
    """The first page, the one behind it, and from there back."""

    async def page(**more: str) -> str | None:
        answer = await client.get("/api/crm/records", params={**query, **more}, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()["next_cursor"]

    after = await page()
    if after is not None:
        await page(cursor=after)
        _, *key = orjson.loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)))
        await page(cursor=base64.urlsafe_b64encode(orjson.dumps(["p", *key])).decode().rstrip("="))


def _is_much(what: str) -> bool:
    """PostgreSQL may read small tables whole, and a part of a large one where most of it matches."""
    rows = re.search(r"([\d,]+) rows", what)
    return rows is None or int(rows[1].replace(",", "")) > _CLIENTS * 2 // 3


@pytest.mark.settings(rate_limit_tier_pro_req_per_min=10_000_000)
async def test_lists_and_pages_of_clients_read_what_they_show(
    client: httpx.AsyncClient, database: Settings
) -> None:
    del database
    ratelimit.limiter.cache_clear()
    people = await seeded.seed()
    await fill_clients(people.mallory.tenant_id, _CLIENTS // 2)
    one = await fill_clients(people.adam.tenant_id, _CLIENTS)
    headers = await seeded.headers(people.erin)
    async with db.read(people.adam.tenant_id) as session:
        known = str((await session.exec(select(SyncConnection.id))).one())
    await db.current().engine.dispose()
    with watching() as watch:
        for chosen in [*_FILTERS, {"integration_id": known}, {"integration_id": known, "status": "Booked"}]:
            for sort in _SORTS:
                for order in ("asc", "desc"):
                    await _pages(client, headers, sort=sort, order=order, **chosen)
        detail = await client.get(f"/api/crm/records/{one}", headers=headers)
        assert len(detail.json()["sources"]) == 1
        history = await client.get(f"/api/crm/records/{one}/history?limit={VERSIONS}", headers=headers)
        assert len(history.json()["items"]) == VERSIONS
    assert any("sync_record.email DESC" in one for one in watch.seen)
    found = {one: what for one, what in watch.findings.items() if " sync_" in one and _is_much(what)}
    assert not found, "\n\n".join(f"{what}\n  {one}" for one, what in found.items())
    with watching() as watch:
        for chosen in _SEARCHES:
            await _pages(client, headers, **chosen)
    scans = {one: what for one, what in watch.findings.items() if "SCAN" in what}
    assert not scans, scans
