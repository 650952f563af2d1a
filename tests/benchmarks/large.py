"""A large database on SQLite, beside an empty one in the same run: how fast it publishes and delivers, and how long a
delivery takes while old events are being deleted.
"""

import asyncio
import statistics
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import aiohttp
from sqlmodel import col, func, select

from hub_app.identity.tables import Tenant
from hub_app.kernel import db, retention
from hub_app.kernel.actor import Actor, system_actor
from hub_app.kernel.clock import utcnow
from hub_app.webhooks import worker
from hub_app.webhooks.capability import CAPABILITY
from hub_app.webhooks.schemas import EndpointIn, EventIn
from hub_app.webhooks.service import endpoints, events
from hub_app.webhooks.tables import Event, WebhookAttempt, WebhookDelivery
from tests import other_process, running
from tests.benchmarks import load, place
from tests.large.filling import Filling, fill

EVENTS = 300_000
OLD = 120_000
ROUNDS = 3
DELIVERIES = 4000
RATE = 50
SECONDS = 30
DELETED = 100_000
"""Rows that go while latencies are taken, at least."""
_HISTORY_OF_AN_EVENT = (Event, WebhookDelivery, WebhookAttempt)
_HISTORY = frozenset({"event", "webhook_delivery", "webhook_attempt", "webhook_hour"})
_SHAPES = {
    "event": {"payload": "'{\"notes\":\"' || substr('" + "x" * 500 + "', 1, 400 + n % 100) || '\"}'"},
    # All of it is done.
    "webhook_delivery": {"status": "case when n % 50 = 0 then 'failed' else 'succeeded' end"},
}


async def _acme() -> Actor:
    async with db.system("whose load is it?") as session:
        tenant_id = (await session.exec(select(Tenant.id).where(Tenant.name == "Acme"))).one()
    return system_actor(tenant_id, "Load")


def _fill(folder: Path, settings: dict[str, str], rows: int, *, age: timedelta) -> None:
    """Give Acme so many events, the youngest of this age, each delivered once to an endpoint that is off by now."""

    async def work() -> None:
        acme = await _acme()
        old = await endpoints.create_endpoint(acme, EndpointIn(url="http://127.0.0.1:9/old", enabled=False))
        given = Filling(
            tenant_id=acme.tenant_id,
            parents={"webhook_endpoint": [old.id]},
            rows=rows,
            only=_HISTORY,
            shapes=_SHAPES,
            span=timedelta(days=20),
            until=utcnow() - age,
        )
        await fill(given)

    other_process.in_database(folder, work, **settings)


async def throughput(settings: dict[str, str], target: str) -> tuple[float, float]:
    """Deliveries a second in an empty database and at EVENTS events: the medians of rounds that take turns."""
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        figures: dict[str, list[float]] = {one: [], other: []}
        tokens = {name: await asyncio.to_thread(place.prepare, Path(name), settings) for name in figures}
        await asyncio.to_thread(_fill, Path(other), settings, EVENTS, age=timedelta(hours=1))
        for name in [*figures] * ROUNDS:
            with running.hub(Path(name), **settings) as hub:
                publisher = load.Publisher(hub.url, tokens[name])
                await publisher.deliveries(
                    f"{target}/bare", DELIVERIES // 10
                )  # Its first statements are compiled.
                figures[name].append(await publisher.deliveries(f"{target}/bare", DELIVERIES))
        return statistics.median(figures[one]), statistics.median(figures[other])


async def latencies(settings: dict[str, str], target: str) -> tuple[list[float], list[float], int]:
    """Milliseconds from publishing to arriving, at RATE a second, without and while old events are being deleted; and
    how many rows went meanwhile.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        await asyncio.to_thread(place.prepare, folder, settings)
        await asyncio.to_thread(_fill, folder, settings, OLD, age=timedelta(days=40))
        return await asyncio.to_thread(other_process.in_database, folder, lambda: _both(target), **settings)


async def _both(target: str) -> tuple[list[float], list[float], int]:
    acme = await _acme()
    await endpoints.create_endpoint(acme, EndpointIn(url=f"{target}/steady", events=["bench.steady"]))
    async with worker.running():
        await _steadily(acme, target, 5)
        without = await _steadily(acme, target, SECONDS)
        during, gone, before = list[float](), 0, await _old_rows()
        cleaning = asyncio.create_task(retention.apply(CAPABILITY.retention))
        while gone < DELETED and not cleaning.done():
            during += await _steadily(acme, target, SECONDS)
            # Each event that was published meanwhile is one more of each kind.
            gone = before - await _old_rows() + len(_HISTORY_OF_AN_EVENT) * len(during)
        cleaning.cancel()
        await asyncio.gather(cleaning, return_exceptions=True)
    return without, during, gone


async def _steadily(actor: Actor, target: str, seconds: float) -> list[float]:
    published: dict[UUID, float] = {}

    async def one() -> None:
        at = time.time()
        (event_id,) = await events.publish(actor, [EventIn(type="bench.steady", data=load.DATA)])
        published[event_id] = at

    async with asyncio.TaskGroup() as group:
        began = time.monotonic()
        for number in range(int(seconds * RATE)):
            await asyncio.sleep(max(0.0, began + number / RATE - time.monotonic()))
            group.create_task(one())
    return await _arrived(actor, target, published)


async def _arrived(actor: Actor, target: str, published: dict[UUID, float]) -> list[float]:
    async with db.read(actor.tenant_id) as session:
        rows = await session.exec(
            select(WebhookDelivery.id, WebhookDelivery.event_id).where(
                col(WebhookDelivery.event_id) >= min(published), WebhookDelivery.event_type == "bench.steady"
            )
        )
        event_of = {f"msg_{delivery.hex}": event for delivery, event in rows.all()}
    async with aiohttp.ClientSession() as http:
        while True:
            async with http.get(f"{target}/_received") as answer:
                report = await answer.json(content_type=None)
            arrived = {event_of[one["id"]]: one["at"] for one in report["received"] if one["id"] in event_of}
            if len(arrived) >= len(published):
                return [(arrived[event] - at) * 1000 for event, at in published.items()]
            await asyncio.sleep(0.2)


async def _old_rows() -> int:
    async with db.system("a benchmark counts") as session:
        counts = [
            (await session.exec(select(func.count()).select_from(one))).one() for one in _HISTORY_OF_AN_EVENT
        ]
    return sum(counts)


def p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]
