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


async def expect_metrics(web: running.Hub, worker: str) -> None:
    """What the worker did is counted by the worker; who is alive is known to both."""
    counted = 'hub_delivery_attempt_duration_seconds_count{outcome="succeeded"}'
    async with httpx.AsyncClient() as client, asyncio.timeout(60):
        # The last one is counted once its response has come.
        while f"{counted} {4 * PUBLISHED:.1f}" not in (await client.get(f"{worker}/metrics")).text:  # noqa: ASYNC110 - another process counts
            await asyncio.sleep(0.1)
        shown = (await client.get(f"{web.url}/metrics")).text
    assert counted not in shown
    for role in ("web", "worker"):
        assert f'hub_processes{{role="{role}"}} 1.0' in shown


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
            port = str(running.free_port())
            own = {"ROLE": "worker", "WORKER_METRICS_PORT": port, **place.keys(tmp_path)}
            worker = await asyncio.to_thread(started, tmp_path / "worker", settings | own)
            try:
                await receiver.wait_for(3 * PUBLISHED, within=60)
                await publish(web, token)
                await receiver.wait_for(4 * PUBLISHED, within=60)
                await expect_metrics(web, f"http://127.0.0.1:{port}")
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
