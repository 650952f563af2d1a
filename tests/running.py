"""A real Hub in a process of its own, as `make run` starts it."""

import atexit
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from hub_app.build import ROOT

# A first start builds the screens.
_START_SECONDS = 240
_STOP_SECONDS = 20
_until_the_end = ExitStack()
atexit.register(_until_the_end.close)
# What a process without an address says (`--role worker`).
_WORKS = "Hub works in the background"


def free_port() -> int:
    """A port that nobody has, below those that systems give to outgoing connections: one of these may be taken again before
    who asked for it listens there.
    """
    while True:
        port = random.randrange(10_000, 32_000)  # noqa: S311 - nothing secret
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def session_cookie(url: str) -> str:
    """The name of the session cookie of the Hub at this address."""
    return f"hub_session_{urlsplit(url).port}"


class Hub:
    """A process of Hub: `url`, and its log so far."""

    def __init__(self, process: subprocess.Popen[bytes], url: str, log: Path) -> None:
        self.process = process
        self.url = url
        self._log = log

    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def wait_until_ready(self) -> None:
        end = time.monotonic() + _START_SECONDS
        with httpx.Client(trust_env=False) as client:
            while time.monotonic() < end:
                if self.process.poll() is not None:
                    raise RuntimeError(f"Hub ended with {self.process.returncode}:\n{self.log()}")
                if _WORKS in self.log():
                    return
                try:
                    client.get(f"{self.url}/ping").raise_for_status()
                except httpx.HTTPError:
                    time.sleep(0.1)
                else:
                    return
        raise TimeoutError(f"Hub did not start within {_START_SECONDS} s:\n{self.log()}")

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send the signal to Hub and all it started; the exit code."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, number)
        try:
            return self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            raise


def start(folder: Path, **settings: str) -> Hub:
    """Start `python -m hub_app run` with its data and log in `folder`, on a port of its own; does not wait."""
    port = settings.pop("PORT", None) or str(free_port())
    # Only what a shell passes on, not the settings of the test that starts it.
    environment = {
        **os.environ,
        "HOST": "127.0.0.1",
        "PORT": port,
        "DATA_DIR": str(folder / "data"),
        **settings,
    }
    folder.mkdir(exist_ok=True)
    log = folder / "hub.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "hub_app", "run"],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    return Hub(process, f"http://localhost:{port}", log)


@contextmanager
def hub(folder: Path, **settings: str) -> Generator[Hub]:
    """A Hub that answers, for the time of the block."""
    running = start(folder, **settings)
    try:
        running.wait_until_ready()
        yield running
    finally:
        running.stop()


@contextmanager
def receiver() -> Generator[str]:
    """The URL of a webhook receiver in a process of its own, with the paths of `tests.peers.receiver`."""
    with _peer("tests.peers.receiver", "--quiet") as url:
        yield url


@contextmanager
def rest_api() -> Generator[str]:
    """The URL of a REST API in a process of its own, with the paths of `tests.peers.api`."""
    with _peer("tests.peers.api") as url:
        yield url


@contextmanager
def tave() -> Generator[str]:
    """The URL of a Táve of 60 contacts in a process of its own, with the paths of `tests.peers.tave`; its API is below `/api/v2`."""
    with _peer("tests.peers.tave", "--contacts", "60") as url:
        yield url


@contextmanager
def connectwise(tickets: int = 60) -> Generator[str]:
    """The URL of a ConnectWise in a process of its own, with the paths of `tests.peers.connectwise`."""
    with _peer("tests.peers.connectwise", "--tickets", str(tickets)) as url:
        yield url


def left_running(module: str, *arguments: str) -> str:
    """The URL of a program of ours that runs as long as this process: for what is looked at after it was made."""
    return _until_the_end.enter_context(_peer(module, *arguments))


@contextmanager
def _peer(module: str, *arguments: str) -> Generator[str]:
    """The URL of a program of ours that tells under `/_received` what arrived."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    program = [sys.executable, "-m", module, "--port", str(port), *arguments]
    process = subprocess.Popen(program, cwd=ROOT)  # noqa: S603 - a program of ours
    try:
        _wait_until_it_answers(url, process)
        yield url
    finally:
        process.terminate()
        process.wait(_STOP_SECONDS)


def _wait_until_it_answers(url: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _START_SECONDS
    with httpx.Client(trust_env=False) as client:
        while process.poll() is None and time.monotonic() < end:
            try:
                client.get(f"{url}/_received")
            except httpx.HTTPError:
                time.sleep(0.05)
            else:
                return
    raise RuntimeError(f"The program at {url} did not start.")
