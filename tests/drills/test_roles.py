"""Processes with one part of the work: one serves, another one sends."""

import asyncio
from pathlib import Path

import httpx
import pytest

from tests import other_process, people, running
from tests.benchmarks import place
from tests.commands import hub
from tests.drills.test_kill import started
from tests.peers.receiver import Receiver

PUBLISHED = 50


async def publish(web: running.Hub, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=f"{web.url}/v1/integration", headers=headers, timeout=60) as client:
        events = [{"type": "task.created", "data": {"n": n}} for n in range(PUBLISHED)]
        (await client.post("/events", json=events)).raise_for_status()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_one_serves_and_another_one_sends(database_url: str, tmp_path: Path) -> None:
    settings = {"DATABASE_URL": database_url, "OUTBOUND_ALLOWED_NETWORKS": "127.0.0.1/32"}

    async def seed() -> str:
        return await people.token((await people.seed()).adam)

    token = await asyncio.to_thread(other_process.in_database, tmp_path, seed, **settings)
    async with Receiver() as receiver:
        web = await asyncio.to_thread(started, tmp_path, {**settings, "ROLE": "web"})
        try:
            endpoint = {"name": "Warehouse", "url": f"{receiver.url}/hook"}
            headers = {"Authorization": f"Bearer {token}"}
            async with httpx.AsyncClient(headers=headers, timeout=60) as client:
                made = await client.post(f"{web.url}/v1/integration/webhooks", json=endpoint)
                made.raise_for_status()
            for _ in range(3):  # The third finds everything in memory, and goes the short way.
                await publish(web, token)
            assert not receiver.requests
            worker = await asyncio.to_thread(
                started, tmp_path / "worker", {**settings, "ROLE": "worker"} | place.keys(tmp_path)
            )
            try:
                await receiver.wait_for(3 * PUBLISHED, within=60)
                await publish(web, token)
                await receiver.wait_for(4 * PUBLISHED, within=60)
            finally:
                assert await asyncio.to_thread(worker.stop) == 0, worker.log()
        finally:
            await asyncio.to_thread(web.stop)
    sent = [one.headers["webhook-id"] for one in receiver.requests]
    assert len(sent) == len(set(sent)) == 4 * PUBLISHED


def test_sqlite_has_one_process_that_does_everything(tmp_path: Path) -> None:
    refused = hub("run", tmp_path, ROLE="worker")
    assert refused.returncode == 1
    assert "SQLite is for one process that does everything." in refused.stderr
