"""A process that runs plans and nothing else of Hub, so that it can be killed or be one of several."""

import asyncio
import subprocess
import sys

from hub_app.build import ROOT
from hub_app.kernel import capabilities, db, outbound
from hub_app.kernel.settings import get_settings
from hub_app.plans import worker as runner

_READY = b"ready\n"


Process = subprocess.Popen[bytes]


def start(count: int = 1) -> list[Process]:
    """So many processes with the settings of this one's environment, as soon as they run plans."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.plans.process"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for _ in range(count)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == _READY
    return processes


def stop(processes: list[Process]) -> None:
    """Let them end as Hub does."""
    for process in processes:
        process.communicate(timeout=30)


def kill(process: Process) -> None:
    process.kill()
    process.communicate()


async def _serve() -> None:
    capabilities.load_tables()
    await db.connect(get_settings())
    try:
        async with runner.running():
            sys.stdout.buffer.write(_READY)
            sys.stdout.buffer.flush()
            await asyncio.to_thread(sys.stdin.buffer.read)
    finally:
        await outbound.close_client()
        await db.disconnect()


if __name__ == "__main__":
    asyncio.run(_serve())
