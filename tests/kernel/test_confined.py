"""Work in child processes: it is ended when it does not end, and neither its end nor Hub's leaves anything behind."""

import asyncio
import json
import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import hub_app
from hub_app.kernel import confined
from hub_app.kernel.confined import Reason, Stopped
from tests.kernel import endless
from tests.kernel.ticks import Ticks

ROOT = Path(hub_app.__file__).parent.parent


async def child(partition: str = "acme") -> dict[str, Any]:
    """What a child knows; of several that idle it is the one that worked last."""
    return await confined.run(endless.known, partition=partition, seconds=10)


def runs(pid: int) -> bool:
    """Whether there is such a process, dead ones that nobody has asked about not counted."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)  # noqa: S603, S607
    return state.stdout.strip()[:1] not in {"", "Z"}


def wait_for_the_end(*pids: int) -> None:
    end = time.monotonic() + 20
    while any(map(runs, pids)):
        assert time.monotonic() < end, "a child process lives on"
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("work", "seconds", "reason"),
    [
        (endless.spin, 1, "time"),
        (endless.sleep, 1, "time"),
        (endless.fill, 60, "memory"),
        (endless.die, 60, "memory"),
        (endless.many, 60, "memory"),
    ],
)
async def test_work_without_an_end_is_ended_and_the_next_finds_a_child(
    work: Any, seconds: int, reason: Reason
) -> None:
    before = (await child())["pid"]
    async with Ticks() as ticks:
        with pytest.raises(Stopped) as stopped:
            await confined.run(work, partition="acme", seconds=seconds)
    assert stopped.value.reason == reason
    assert ticks.longest_share < 0.5
    assert (await child())["pid"] != before
    # Reaped, not just dead; by another thread, in its own time.
    with pytest.raises(ProcessLookupError):
        for _ in range(1000):
            os.kill(before, 0)
            await asyncio.sleep(0.01)


async def test_an_error_in_a_child_is_told_by_its_kind_alone(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(RuntimeError, match="failed: ValueError") as error:
        await confined.run(endless.fail, "hunter2-hunter2", partition="acme", seconds=10)
    assert "hunter2" not in str(error.value) + caplog.text


async def test_a_child_that_was_killed_while_it_idled_is_replaced() -> None:
    before = (await child())["pid"]
    os.kill(before, signal.SIGKILL)
    await asyncio.sleep(0.1)
    assert (await child())["pid"] != before


async def test_a_child_is_kept_unless_it_had_much_to_do() -> None:
    before = (await child())["pid"]
    assert (await child())["pid"] == before
    assert len(await confined.run(endless.echo, "x" * 5_000_000, partition="acme", seconds=10)) == 5_000_000
    assert (await child())["pid"] != before


async def test_a_child_knows_no_secrets_and_nothing_of_hub(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ENCRYPTION_KEY", "hunter2-hunter2")
    confined.close()
    with (tmp_path / "open").open("wb") as file:
        os.set_inheritable(file.fileno(), True)
        found = await child()
    # What Python itself sets, and where libraries lie.
    assert set(found["environment"]) <= {
        "LC_CTYPE",
        "LD_LIBRARY_PATH",
        "DYLD_LIBRARY_PATH",
        "__CF_USER_TEXT_ENCODING",
    }
    # Standard input, output and error, /dev/null, and the folder that is being listed.
    assert found["descriptors"] <= 5
    assert found["modules"] == ["hub_app", "hub_app.kernel", "hub_app.kernel.child", "hub_app.kernel.child.frames",
                                "hub_app.kernel.child.main"]  # fmt: skip


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_child_outlives_hub_not_even_a_busy_one(how: signal.Signals) -> None:
    script = """
import asyncio, json, signal
from hub_app.kernel import confined
from tests.kernel import endless

async def main():
    first = await confined.run(endless.known, partition="a", seconds=10)
    spinning = asyncio.create_task(confined.run(endless.spin, partition="a", seconds=100))
    await asyncio.sleep(0.5)
    second = await confined.run(endless.known, partition="a", seconds=10)
    print(json.dumps([first["pid"], second["pid"]]), flush=True)
    await spinning

# A shell lets what it starts in the background ignore it.
signal.signal(signal.SIGINT, signal.default_int_handler)
asyncio.run(main())
"""
    hub = subprocess.Popen(  # noqa: S603 - our own interpreter and our own code
        [sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    with hub:
        assert hub.stdout is not None
        busy, idle = json.loads(hub.stdout.readline())
        assert busy != idle
        assert runs(busy)
        assert runs(idle)
        hub.send_signal(how)
        try:
            hub.wait(timeout=20)
        finally:
            hub.kill()
    wait_for_the_end(busy, idle)


async def test_work_that_is_given_up_ends() -> None:
    before = (await child())["pid"]
    working = asyncio.create_task(confined.run(endless.spin, partition="acme", seconds=100))
    await asyncio.sleep(0.2)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    await asyncio.to_thread(wait_for_the_end, before)
