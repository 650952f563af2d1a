"""The load, and the bare loops beside it. All figures are per second of wall time."""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from ipaddress import ip_network
from uuid import uuid4

import aiohttp
import orjson
from pydantic import JsonValue

from hub_app.kernel.outbound import OutboundClient, Target
from hub_app.webhooks.delivery import signing
from tests import running

CLIENTS = 32
BATCH = 100
BARE_POSTS = 6000
SENDERS = 64
ENDPOINTS = 10
DATA: dict[str, JsonValue] = {"id": "tsk_8812", "title": "Deliver album proofs", "notes": "x" * 1900}
_EVENT = orjson.dumps({"type": "bench.single", "data": {"id": "tsk_8812", "n": 1}})


async def until_it_answers(url: str) -> None:
    async with aiohttp.ClientSession() as session:
        while True:
            try:
                async with session.get(url):
                    return
            except aiohttp.ClientError:
                await asyncio.sleep(0.05)


async def _spread(amount: int, clients: int, one: Callable[[], Awaitable[None]]) -> float:
    """Do `one` `amount` times, `clients` at a time; how many a second."""
    left = amount

    async def client() -> None:
        nonlocal left
        while left > 0:
            left -= 1
            await one()

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    return amount / (time.perf_counter() - began)


async def bare_route(amount: int) -> float:
    """Requests a second to a route that only validates."""
    port = running.free_port()
    server = await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.benchmarks.bare", str(port))
    url = f"http://127.0.0.1:{port}"
    try:
        await until_it_answers(f"{url}/ping")
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            return await _spread(amount, CLIENTS, lambda: _post(session, f"{url}/events", _EVENT))
    finally:
        server.terminate()
        await server.wait()


async def bare_posts(url: str) -> float:
    """Signed posts a second through Hub's own client, and nothing else."""
    target, key = Target.parse(url), signing.decode_secret(signing.new_secret())
    body = orjson.dumps({"type": "bench.deliver", "timestamp": "2026-01-01T00:00:00Z", "data": DATA})

    async with OutboundClient([ip_network("127.0.0.1/32")]) as client:

        async def one() -> None:
            now = int(time.time())
            headers = {
                "content-type": "application/json",
                "webhook-id": "msg_1",
                "webhook-timestamp": str(now),
                "webhook-signature": signing.sign([key], "msg_1", now, body),
            }
            await client.send(target, method="POST", headers=headers, content=body, timeout=30, max_body=4096)

        return await _spread(BARE_POSTS, SENDERS, one)


async def _post(session: aiohttp.ClientSession, url: str, body: bytes) -> None:
    async with session.post(url, data=body, headers={"content-type": "application/json"}) as answer:
        content = await answer.read()
        if answer.status not in (201, 202):
            raise RuntimeError(f"{answer.status}: {content[:300]!r}")


class Publisher:
    """A program that publishes to a running Hub with an API token."""

    def __init__(self, hub: str, token: str) -> None:
        self._hub = f"{hub}/v1/integration"
        self._headers = {"Authorization": f"Bearer {token}"}

    def _session(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(headers=self._headers, connector=aiohttp.TCPConnector(limit=0))

    async def singles(self, amount: int) -> float:
        """Requests a second, one event each, to nobody."""
        async with self._session() as session:
            return await _spread(amount, CLIENTS, lambda: _post(session, f"{self._hub}/events", _EVENT))

    async def batches(self, amount: int) -> float:
        """Events a second, a hundred in a request, to nobody."""
        body = orjson.dumps(
            [{"type": "bench.batch", "data": {"id": "tsk_8812", "n": n}} for n in range(BATCH)]
        )
        async with self._session() as session:
            return BATCH * await _spread(amount, 4, lambda: _post(session, f"{self._hub}/events", body))

    async def deliveries(self, url: str, amount: int) -> float:
        """Deliveries a second from the first publish to the last recorded success, through ten endpoints."""
        # Types of its own: what was delivered to before must not get these, too.
        types = [f"bench.{uuid4().hex}_{n}" for n in range(ENDPOINTS)]
        async with self._session() as session:
            endpoints = [await self._endpoint(session, url, one) for one in types]
            body = orjson.dumps([{"type": types[n % ENDPOINTS], "data": DATA} for n in range(BATCH)])
            began = time.perf_counter()
            await _spread(amount // BATCH, 2, lambda: _post(session, f"{self._hub}/events", body))
            for endpoint in endpoints:
                while await self._unfinished(session, endpoint):  # noqa: ASYNC110 - another process works
                    await asyncio.sleep(0.05)
            return amount / (time.perf_counter() - began)

    async def _endpoint(self, session: aiohttp.ClientSession, url: str, event_type: str) -> str:
        body = {"name": f"Bench {event_type[-8:]}", "url": url, "events": [event_type]}
        async with session.post(f"{self._hub}/webhooks", json=body) as answer:
            return str((await answer.json())["id"])

    async def _unfinished(self, session: aiohttp.ClientSession, endpoint: str) -> bool:
        for status in ("pending", "delivering"):
            query = {"status": status, "limit": "1"}
            async with session.get(f"{self._hub}/webhooks/{endpoint}/deliveries", params=query) as answer:
                if (await answer.json())["items"]:
                    return True
        return False
