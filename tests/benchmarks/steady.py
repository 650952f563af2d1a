"""A steady stream: how long an event takes from its publishing to its receiver, and how much of a core Hub uses for it."""

import asyncio
import os
import re
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import orjson

from tests import running
from tests.benchmarks import load

SECONDS = 10
_SENT = re.compile(r'"sent":([0-9.]+)')
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Steady:
    """At so many events a second: milliseconds from publishing to arriving, and the share of one core."""

    p50: float
    p95: float
    core: float


async def stream(hubs: list[running.Hub], token: str, target: str, rate: int) -> Steady:
    """Publish to the first of these processes; all of them are looked at."""
    url = f"{hubs[0].url}/v1/integration"
    headers = {"Authorization": f"Bearer {token}", "content-type": "application/json"}
    path = f"/steady-{rate}"
    async with aiohttp.ClientSession(headers=headers) as http:
        endpoint = {"name": f"Steady {rate}", "url": target + path, "events": [f"bench.steady_{rate}"]}
        async with http.post(f"{url}/webhooks", json=endpoint) as answer:
            answer.raise_for_status()
        await _publish(http, url, rate, 2)
        await _arrived(http, target, path, rate * 2)
        before, began = _cpu(hubs), time.monotonic()
        await _publish(http, url, rate, SECONDS)
        seconds, used = time.monotonic() - began, _cpu(hubs) - before
        took = (await _arrived(http, target, path, rate * (SECONDS + 2)))[rate * 2 :]
    cuts = statistics.quantiles(took, n=20)
    return Steady(statistics.median(took), cuts[-1], used / seconds)


async def _publish(http: aiohttp.ClientSession, url: str, rate: int, seconds: int) -> None:
    async def one() -> None:
        event = {"type": f"bench.steady_{rate}", "data": {"sent": time.time(), **load.DATA}}
        async with http.post(f"{url}/events", data=orjson.dumps(event)) as answer:
            answer.raise_for_status()

    async with asyncio.TaskGroup() as group:
        began = time.monotonic()
        for number in range(rate * seconds):
            await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
            group.create_task(one())


async def _arrived(http: aiohttp.ClientSession, target: str, path: str, count: int) -> list[float]:
    """Milliseconds that each took, in the order of their arrival."""
    while True:
        async with http.get(f"{target}/_received") as answer:
            report = await answer.json(content_type=None)
        found = [one for one in report["received"] if one["path"] == path]
        if len(found) >= count:
            return [(one["at"] - float(_SENT.findall(one["begins"])[0])) * 1000 for one in found]
        await asyncio.sleep(0.2)


def _cpu(hubs: list[running.Hub]) -> float:
    """Seconds of processor time that these processes have used."""
    used = 0
    for hub in hubs:
        fields = Path(f"/proc/{hub.process.pid}/stat").read_text().rpartition(")")[2].split()
        used += int(fields[11]) + int(fields[12])
    return used / _TICKS
