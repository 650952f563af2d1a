"""A process that runs plans and nothing else of Hub, so that it can be killed or be one of several."""

import asyncio
import os
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess

from hub_app.kernel import capabilities, db, outbound
from hub_app.kernel.settings import get_settings
from hub_app.plans import worker as runner
from tests.forks import FORKS

_STOP_SECONDS = 30


@dataclass(frozen=True)
class Process:
    process: ForkServerProcess
    connection: Connection
    """Its end is the process's, who says there that it is ready."""


def start(count: int = 1) -> list[Process]:
    """So many processes with the settings of this one's environment, as soon as they run plans."""
    processes = [_start() for _ in range(count)]
    for one in processes:
        one.connection.recv()
    return processes


def _start() -> Process:
    ours, theirs = FORKS.Pipe()
    process = FORKS.Process(target=_main, args=(theirs, dict(os.environ)), daemon=True)
    process.start()
    theirs.close()
    return Process(process, ours)


def stop(processes: list[Process]) -> None:
    """Let them end as Hub does."""
    for one in processes:
        one.connection.close()
        one.process.join(_STOP_SECONDS)
        assert one.process.exitcode == 0


def kill(one: Process) -> None:
    one.process.kill()
    one.process.join()
    one.connection.close()


def _main(connection: Connection, environment: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    asyncio.run(_serve(connection))


async def _serve(connection: Connection) -> None:
    capabilities.load_tables()
    await db.connect(get_settings())
    try:
        async with runner.running():
            connection.send("ready")
            with suppress(EOFError):
                await asyncio.to_thread(connection.recv)
    finally:
        await outbound.close_client()
        await db.disconnect()
