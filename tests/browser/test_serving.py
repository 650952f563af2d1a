"""The running process: who may open its websocket, how it caches, and how it ends. (Here, as it needs the build.)"""

import re
import signal
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests import running


def knock(url: str, origin: str | None) -> tuple[HTTPConnection, HTTPResponse]:
    """Ask for a websocket as a browser would."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=10)
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    if origin is not None:
        headers["Origin"] = origin
    connection.request("GET", "/_event/?EIO=4&transport=websocket&token=abc", headers=headers)
    return connection, connection.getresponse()


@pytest.mark.parametrize("origin", [None, "null", "http://evil.example", "http://localhost"])
def test_websocket_refuses_foreign_origins(hub: running.Hub, origin: str | None) -> None:
    connection, answer = knock(hub.url, origin)
    assert answer.status == 403
    connection.close()


def test_websocket_accepts_own_origin(hub: running.Hub) -> None:
    connection, answer = knock(hub.url, hub.url)
    assert answer.status == 101
    connection.close()


def test_built_files_are_kept_for_ever_and_pages_are_not(hub: running.Hub) -> None:
    page = httpx.get(hub.url)
    assert page.headers["cache-control"] == "no-cache"
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    script = re.findall(r'"(/assets/[^"]+\.js)"', page.text)[0]
    assert "immutable" in httpx.get(hub.url + script).headers["cache-control"]


def test_no_other_origin_may_read(hub: running.Hub) -> None:
    answer = httpx.get(f"{hub.url}/ping", headers={"Origin": "http://evil.example"})
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stops_when_told_with_a_websocket_open(tmp_path: Path, number: signal.Signals) -> None:
    with running.hub(tmp_path) as hub:
        connection, answer = knock(hub.url, hub.url)
        assert answer.status == 101
        assert hub.stop(number) == 0
        connection.close()
    assert "Traceback" not in hub.log()
    assert "token=abc" not in hub.log()


@pytest.mark.parametrize("visits", [0, 1])
def test_stops_when_told_with_no_websocket_open(tmp_path: Path, visits: int) -> None:
    with running.hub(tmp_path) as hub:
        for _ in range(visits):
            connection, _ = knock(hub.url, hub.url)
            connection.close()
        assert hub.stop() == 0
    assert "Traceback" not in hub.log()


def test_the_data_is_its_owners_alone(hub: running.Hub, folder: Path) -> None:
    assert hub.log()
    assert (folder / "data").stat().st_mode & 0o777 == 0o700
    assert (folder / "data" / "keys.env").stat().st_mode & 0o777 == 0o600
