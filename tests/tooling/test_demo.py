"""`make demo`: a real process that fills itself, prints logins that work, and delivers."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from pathlib import Path

import httpx
import pytest

from hub_app.build import ROOT
from tests import running

_WITHIN_SECONDS = 300


class DemoProcess:
    def __init__(self, folder: Path, port: int) -> None:
        self.url = f"http://localhost:{port}"
        self._log = folder / "demo.log"
        environment = {
            **os.environ,
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "DATA_DIR": str(folder / "data"),
        }
        with self._log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "hub_app", "demo"],
                cwd=ROOT,
                env=environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def printed(self, pattern: str) -> re.Match[str]:
        """What the demo printed, as soon as it is there."""
        found: list[re.Match[str]] = []

        def look() -> bool:
            log = self._log.read_text()
            assert self.process.poll() is None, log
            found.extend(re.finditer(pattern, log))
            return bool(found)

        eventually(look)
        return found[0]

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(40)
        finally:
            if self.process.poll() is None:
                os.killpg(self.process.pid, signal.SIGKILL)


def eventually(look: Callable[[], bool]) -> None:
    end = time.monotonic() + _WITHIN_SECONDS
    while not look():
        assert time.monotonic() < end
        time.sleep(0.2)


@pytest.fixture
def port() -> int:
    return running.free_port()


@pytest.fixture
def demo(tmp_path: Path, port: int) -> Generator[DemoProcess]:
    started = DemoProcess(tmp_path, port)
    yield started
    started.stop()


def test_first_start_and_second(demo: DemoProcess, tmp_path: Path, port: int) -> None:
    password = demo.printed(r"owner +alice@acme\.example +(\S+)")[1]
    token = demo.printed(r"Bearer (hub_pat_\S+?)'")[1]
    with httpx.Client(base_url=demo.url, trust_env=False) as browser:
        answer = browser.post(
            "/auth/login",
            json={"email": "alice@acme.example", "password": password},
            headers={"Origin": demo.url, "Accept": "application/json"},
        )
        assert answer.status_code == 200, answer.text
        me = browser.get("/auth/me").json()
        assert (me["name"], me["role"], me["tenant_name"]) == ("Alice Moreau", "owner", "Acme Studio")
        members = browser.get("/v1/integration/members").json()["items"]
        assert {m["role"] for m in members} == {"owner", "customer_admin", "engineer", "customer_viewer"}
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=demo.url, headers=headers, trust_env=False) as program:
        endpoints = {e["name"]: e["id"] for e in program.get("/v1/integration/webhooks").json()["items"]}
        assert set(endpoints) == {"Warehouse", "Flaky shop", "Old intranet"}

        def oldest(name: str) -> dict[str, object]:
            path = f"/v1/integration/webhooks/{endpoints[name]}/deliveries"
            found = program.get(path, params={"limit": 100}).json()["items"]
            return found[-1] if found else {}

        eventually(lambda: oldest("Warehouse").get("status") == "succeeded")
        eventually(lambda: oldest("Flaky shop").get("status") == "succeeded")
        assert oldest("Flaky shop")["attempts"] == 3
        eventually(lambda: bool(oldest("Old intranet").get("error_kind")))
        assert oldest("Old intranet")["status_code"] is None
        here = "/api/custom-integrations"
        (stock,) = program.get(here).json()["items"]
        (credential,) = program.get(f"{here}/{stock['id']}").json()["credentials"]
        assert credential["is_valid"] is True
        (plan,) = program.get(f"{here}/plans").json()["items"]

        def first_run() -> str:
            found = program.get(f"{here}/plans/{plan['id']}/runs", params={"limit": 100}).json()["items"]
            return found[-1]["status"] if found else ""

        eventually(lambda: first_run() == "succeeded")
    kept = tmp_path / "data" / "demo" / "logins.json"
    assert kept.stat().st_mode & 0o777 == 0o600
    demo.stop()

    again = DemoProcess(tmp_path, port)
    try:
        assert again.printed(r"owner +alice@acme\.example +(\S+)")[1] == password
        assert httpx.get(f"{again.url}/auth/me", headers=headers, trust_env=False).status_code == 200
    finally:
        again.stop()
    for port_of in re.findall(r'"(?:receiver|api)_port": ?(\d+)', kept.read_text()):
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", int(port_of))) != 0
