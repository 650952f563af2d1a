"""A process that is killed loses nothing: what it had accepted arrives after the next start."""

import asyncio
import signal
from pathlib import Path

import httpx
import pytest
from sqlalchemy import update
from sqlmodel import col

from hub_app.kernel import db
from hub_app.kernel.clock import utcnow
from hub_app.webhooks.tables import WebhookDelivery
from tests import other_process, people, running
from tests.peers.receiver import Answer, Receiver

pytestmark = pytest.mark.both_databases

EVENTS = 400


async def publish(hub: running.Hub, token: str, receiver: Receiver) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=f"{hub.url}/v1/integration", headers=headers, timeout=60) as client:
        endpoint = {"name": "Warehouse", "url": f"{receiver.url}/hook"}
        assert (await client.post("/webhooks", json=endpoint)).status_code == 201
        events = [{"type": "task.created", "data": {"n": n}} for n in range(EVENTS)]
        assert (await client.post("/events", json=events)).status_code == 202


async def end_leases() -> None:
    """What the killed process held may be taken by others: as half a minute later."""
    async with db.system("the dead process's leases run out", write=True) as session:
        held = col(WebhookDelivery.lease).is_not(None)
        await session.exec(update(WebhookDelivery).where(held).values(due_at=utcnow()))


def arrived(receiver: Receiver) -> set[str]:
    return {one.headers["webhook-id"] for one in receiver.requests}


async def test_a_killed_process_loses_no_delivery(database_url: str, tmp_path: Path) -> None:
    settings = {
        "DATABASE_URL": database_url,
        "OUTBOUND_ALLOWED_NETWORKS": "127.0.0.1/32",
        "WEBHOOK_CONCURRENCY": "4",
    }

    async def seed() -> str:
        return await people.token((await people.seed()).adam)

    token = await asyncio.to_thread(other_process.in_database, tmp_path, seed, **settings)
    async with Receiver() as receiver:
        receiver.answers["/hook"] = [Answer(wait=0.02)]
        first = await asyncio.to_thread(started, tmp_path, settings)
        try:
            await publish(first, token, receiver)
            await receiver.wait_for(EVENTS // 4, within=60)
        finally:
            await asyncio.to_thread(first.stop, signal.SIGKILL)
        before = len(arrived(receiver))
        assert before < EVENTS
        await asyncio.to_thread(other_process.in_database, tmp_path, end_leases, **settings)
        second = await asyncio.to_thread(started, tmp_path, settings)
        try:
            async with asyncio.timeout(120):
                while len(arrived(receiver)) < EVENTS:  # noqa: ASYNC110 - another process does the work
                    await asyncio.sleep(0.1)
        finally:
            await asyncio.to_thread(second.stop)


def started(folder: Path, settings: dict[str, str]) -> running.Hub:
    hub = running.start(folder, **settings)
    try:
        hub.wait_until_ready()
    except BaseException:
        hub.stop(signal.SIGKILL)
        raise
    return hub
