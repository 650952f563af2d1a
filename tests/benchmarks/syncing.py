"""Syncing a CRM with 25 custom fields a client: the first import, one in which nothing has changed, ten at once; beside a bare loop
that fetches and parses the same pages, and beside dlt, which only copies them.
"""

import asyncio
import os
import resource
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar
from unittest import mock
from uuid import UUID

import aiohttp
import orjson

from hub_app.crm.schemas.integrations import IntegrationIn
from hub_app.crm.schemas.jobs import SyncIn, SyncJobOut
from hub_app.crm.schemas.mappings import FieldMappingsIn
from hub_app.crm.service import integrations, mappings, syncs
from hub_app.kernel import db
from hub_app.kernel.actor import Actor
from hub_app.lifespan import spare_the_collector
from hub_app.sync import worker
from hub_app.sync.tables import SyncCollection
from tests import other_process, people, running
from tests.benchmarks import load
from tests.peers.tave import KEY

Result = TypeVar("Result")
SMALL = 500
LARGE = 100_000
JOBS = 10
OF_A_JOB = 3_000
DLT = "dlt[sqlalchemy]==1.31.0"
_PAGE = 100
# As often as a screen that is open asks; oftener at first, for those that take a second.
_POLL_SECONDS = 0.5
_OFTEN = 20
_WRITE_SECONDS = 0.02
_BEAT_SECONDS = 0.001


@dataclass(frozen=True)
class Imported:
    """Seconds of a first import and of one in which nothing has changed, records read, those that became clients, and by how
    many MiB the process grew.
    """

    first: float
    unchanged: float
    read: int
    clients: int
    grown: float


@dataclass(frozen=True)
class Together:
    """Ten jobs at once: records a second in all, by how much the event loop came late and how long a screen's write took, in
    milliseconds, p99.
    """

    rate: float
    stall: float
    write: float


@asynccontextmanager
async def tave(contacts: int) -> AsyncIterator[str]:
    """A Táve in a process of its own; its base URL."""
    port = running.free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.peers.tave", "--port", str(port), "--contacts", str(contacts), "--jobs", "0",
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        await load.until_it_answers(f"http://127.0.0.1:{port}/_received")
        yield f"http://127.0.0.1:{port}/api/v2"
    finally:
        process.terminate()
        await process.wait()


def imported(database_url: str, base: str) -> Imported:
    """A first import and one more, of a new tenant and in this process."""
    return _in_database(database_url, base, _import)


def together(database_url: str, base: str) -> Together:
    """Ten jobs at once, of a new tenant and in this process."""
    return _in_database(database_url, base, _together)


def _in_database(database_url: str, base: str, work: Callable[[str], Awaitable[Result]]) -> Result:
    spare_the_collector()  # As a process of Hub's does.
    settings = {
        "DATABASE_URL": database_url,
        "LOG_LEVEL": "WARNING",
        "OUTBOUND_ALLOWED_NETWORKS": "127.0.0.1/32",
        "CRM_RATE_LIMITS": "tave=0/0",
    }
    with tempfile.TemporaryDirectory() as name, mock.patch.dict(os.environ, settings):
        return other_process.in_database(Path(name), lambda: work(base))


async def _import(base: str) -> Imported:
    actor = replace((await people.seed(secrets.token_hex(4))).adam.actor, tier="enterprise")
    connection = await _connect(actor, base, "Studio")
    async with worker.running():
        before = _peak()
        began = time.perf_counter()
        first = await _sync(actor, connection)
        took = time.perf_counter() - began
        began = time.perf_counter()
        again = await _sync(actor, connection)
        unchanged = time.perf_counter() - began
    assert again.records_created == again.records_updated == 0, again
    return Imported(took, unchanged, first.records_processed, first.records_created, _peak() - before)


async def _together(base: str) -> Together:
    actor = replace((await people.seed(secrets.token_hex(4))).adam.actor, tier="enterprise")
    connections = [await _connect(actor, base, f"Studio {number}") for number in range(JOBS)]
    late, writes = list[float](), list[float]()
    async with worker.running():
        probes = [
            asyncio.create_task(_beat(late)),
            asyncio.create_task(_write(actor, writes)),
        ]
        began = time.perf_counter()
        jobs = await asyncio.gather(*(_sync(actor, one) for one in connections))
        took = time.perf_counter() - began
        for probe in probes:
            probe.cancel()
        await asyncio.gather(*probes, return_exceptions=True)
    return Together(sum(one.records_processed for one in jobs) / took, _p99(late), _p99(writes))


async def _connect(actor: Actor, base: str, name: str) -> UUID:
    """A connection whose clients have the account's 25 custom fields."""
    given = {
        "crm_provider": "tave",
        "connection_name": name,
        "auth_config": {"api_key": KEY, "base_url": base},
    }
    made = await integrations.create_integration(actor, IntegrationIn.model_validate(given))
    connection_id = made.integration.id
    found = await mappings.discover_fields(actor, connection_id, "clients")
    (known,) = [
        one
        for one in (await mappings.get_field_mappings(actor, connection_id)).resources
        if one.resource == "clients"
    ]
    custom = [one for one in found.source_fields if one.path.startswith("customFields.")][:25]
    assert len(custom) == 25, len(custom)
    there = {one.key for one in known.fields}
    await mappings.replace_field_mappings(
        actor,
        connection_id,
        FieldMappingsIn.model_validate(
            {
                "resource": "clients",
                "field_mappings": [
                    *(one.model_dump(mode="json") for one in known.field_mappings),
                    *({"source": one.path, "target": f"own_{n}"} for n, one in enumerate(custom)),
                ],
                "custom_fields": [
                    {"key": f"own_{n}", "label": one.label}
                    for n, one in enumerate(custom)
                    if f"own_{n}" not in there
                ],
            }
        ),
    )
    return connection_id


async def _sync(actor: Actor, connection_id: UUID) -> SyncJobOut:
    given = SyncIn.model_validate({"job_type": "full_import", "job_config": {"resources": ["clients"]}})
    job = await syncs.start_sync(actor, connection_id, given)
    began = time.perf_counter()
    while job.job_status in {"pending", "running"}:
        await asyncio.sleep(min(_POLL_SECONDS, (time.perf_counter() - began) / _OFTEN + _WRITE_SECONDS))
        job = await syncs.get_job(actor, job.id)
    assert job.outcome == "success", job.error_details
    return job


async def _beat(late: list[float]) -> None:
    """By how many milliseconds the event loop comes late."""
    while True:
        began = time.perf_counter()
        await asyncio.sleep(_BEAT_SECONDS)
        late.append((time.perf_counter() - began - _BEAT_SECONDS) * 1000)


async def _write(actor: Actor, took: list[float]) -> None:
    """What a screen writes while jobs work, in milliseconds each."""
    while True:
        await asyncio.sleep(_WRITE_SECONDS)
        began = time.perf_counter()
        async with db.begin(actor.tenant_id) as session:
            session.add(SyncCollection(tenant_id=actor.tenant_id, family="bench", name=f"{began}"))
        took.append((time.perf_counter() - began) * 1000)


async def bare(base: str) -> tuple[float, int]:
    """Seconds for fetching and parsing the same pages, and how many records they hold."""
    read = 0
    began = time.perf_counter()
    async with aiohttp.ClientSession(headers={"X-API-KEY": KEY}) as client:
        page, pages = 1, 1
        while page <= pages:
            query = {"page": str(page), "pageSize": str(_PAGE), "sortBy": "modified desc"}
            async with client.get(f"{base}/address-book", params=query) as answer:
                found = orjson.loads(await answer.read())
            pages, page = found["meta"]["totalPages"], page + 1
            read += len(found["items"])
    return time.perf_counter() - began, read


def dlt(base: str) -> tuple[float, float]:
    """Seconds and peak MiB of dlt's REST source writing the same list to SQLite, in an environment of its own."""
    folder = Path("build/dlt")
    python = folder / "bin/python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)  # noqa: S603 - our own interpreter
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", DLT], check=True)  # noqa: S603 - as above
    with tempfile.TemporaryDirectory() as name:
        program = Path(name) / "copying.py"
        program.write_text(_DLT)
        done = subprocess.run(  # noqa: S603 - as above
            [str(python.absolute()), str(program), base, KEY, name],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            # Its loads run side by side unless told otherwise, and SQLite has one writer: "database is locked".
            env={**os.environ, "LOAD__WORKERS": "1", "RUNTIME__DLTHUB_TELEMETRY": "false"},
        )
    took, peak = done.stdout.split()[-2:]
    return float(took), float(peak)


_DLT = """
import os
import resource, sys, time
import dlt
from dlt.sources.rest_api import rest_api_source
base, key, folder = sys.argv[1:]
source = rest_api_source({
    "client": {"base_url": base, "headers": {"X-API-KEY": key}},
    "resources": [{"name": "contacts", "endpoint": {
        "path": "address-book", "params": {"pageSize": 100, "sortBy": "modified desc"}, "data_selector": "items",
        "paginator": {"type": "page_number", "base_page": 1, "page_param": "page", "total_path": "meta.totalPages"},
    }}],
})
pipeline = dlt.pipeline("copy", destination=dlt.destinations.sqlalchemy(f"sqlite:///{folder}/copy.db"),
                        dataset_name="main", pipelines_dir=folder)
began = time.perf_counter()
pipeline.run(source)
print(time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def _peak() -> float:
    """The most memory that this process has had, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _p99(found: list[float]) -> float:
    with suppress(statistics.StatisticsError):
        return statistics.quantiles(found, n=100)[-1]
    return 0.0
