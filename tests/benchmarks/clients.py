"""Clients at REST: searching, sorting and filtering 100,000 of one tenant beside another tenant's, and the page of one with 200
versions. The bare loop is a request that signs in as these do, and reads one row.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import httpx

from hub_app.kernel import ratelimit
from hub_app.rest import create_rest
from tests import other_process, people
from tests.conftest import connected
from tests.large.clients import VERSIONS, fill_clients

CLIENTS = 100_000
OTHERS = 20_000
ROUNDS = 15
_BARE = "/api/crm/records/fields"
_LISTS = {
    "the newest": "",
    "a search that finds nothing": "?q=nothing",
    "a search that finds one in ten": "?q=smith",
    "the same, sorted by e-mail": "?q=smith&sort=email&order=asc",
    "a search that finds nearly all": "?q=a&sort=email",
    "a search for two words": "?q=anna+zimmer&sort=value",
    "a search for a phone number": "?q=07700+900123",
    "sorted by name": "?sort=name&order=asc",
    "sorted by e-mail": "?sort=email&order=asc",
    "sorted by value": "?sort=value",
    "sorted by date": "?sort=date",
    "one status, sorted by e-mail": "?status=Lost&sort=email",
    "one status and a search": "?status=Lost&q=smith&sort=date",
    "a span of days, sorted by name": "?date_from=2020-01-01&date_to=2020-01-09&sort=name",
    "years, and a search that finds nothing": "?date_from=2017-01-01&q=nothing",
    "the archive": "?archived=true&sort=name",
}


@dataclass(frozen=True)
class Took:
    """Milliseconds: the quickest, which others' work on the machine delays least, the median, the slowest, and the processor time of
    this process, of which PostgreSQL's is no part.
    """

    quickest: float
    median: float
    slowest: float
    processor: float


def measure(database_url: str) -> Mapping[str, Took]:
    """By what was asked for, the bare loop under ""."""
    settings = {
        "DATABASE_URL": database_url,
        "LOG_LEVEL": "WARNING",
        "RATE_LIMIT_TIER_PRO_REQ_PER_MIN": "100000000",
    }
    with tempfile.TemporaryDirectory() as name, mock.patch.dict(os.environ, settings):
        return other_process.in_database(Path(name), _measure)


async def _measure() -> Mapping[str, Took]:
    ratelimit.limiter.cache_clear()
    everyone = await people.seed()
    await fill_clients(everyone.mallory.tenant_id, OTHERS)
    one = await fill_clients(everyone.adam.tenant_id, CLIENTS)
    headers = await people.headers(everyone.erin)
    asked = {what: f"/api/crm/records{query}" for what, query in _LISTS.items()}
    asked["one client"] = f"/api/crm/records/{one}"
    asked[f"its {VERSIONS} versions"] = f"/api/crm/records/{one}/history?limit={VERSIONS}"
    async with connected(create_rest()) as client:
        took = {what: await _took(client, path, headers) for what, path in asked.items()}
        return {"": await _took(client, _BARE, headers), **took}


async def _took(client: httpx.AsyncClient, path: str, headers: dict[str, str]) -> Took:
    await client.get(path, headers=headers)  # Its statements are compiled.
    took, worked = list[float](), list[float]()
    for _ in range(ROUNDS):
        began, busy = time.perf_counter(), time.process_time()
        answer = await client.get(path, headers=headers)
        took.append((time.perf_counter() - began) * 1000)
        worked.append((time.process_time() - busy) * 1000)
        answer.raise_for_status()
    return Took(min(took), statistics.median(took), max(took), statistics.median(worked))
