"""Fixtures for every test: settings of its own, and a clean database of each kind."""

import base64
import uuid
from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from starlette.responses import PlainTextResponse

from hub_app.kernel import db, outbound, refusals
from hub_app.kernel.settings import Settings, get_settings
from hub_app.rest import create_rest
from hub_app.web import Web
from tests import databases


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        databases.make_folder()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        databases.remove_folder()


@pytest.fixture
def settings(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Generator[Settings]:
    """Hub's settings for this test, from the environment: a folder of its own, keys, and `@pytest.mark.settings`."""
    monkeypatch.chdir(tmp_path)
    values = {
        "data_dir": str(tmp_path / "data"),
        "encryption_key": base64.urlsafe_b64encode(bytes(range(32))).decode(),
        "secret_key": "a secret key of the tests",
    }
    for marker in request.node.iter_markers("settings"):
        values |= {name: str(value) for name, value in marker.kwargs.items()}
    for name, value in values.items():
        monkeypatch.setenv(name.upper(), value)
    get_settings.cache_clear()
    yield get_settings()
    get_settings.cache_clear()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[str]:
    """The URL of a migrated, empty database; the test runs once for each kind."""
    if request.param == "sqlite":
        with databases.clean_sqlite(tmp_path / "hub.db") as address:
            yield address
    else:
        with databases.clean_postgresql(f"hub_{uuid.uuid4().hex[:12]}") as address:
            yield address


@pytest.fixture
async def database(
    database_url: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> AsyncGenerator[Settings]:
    """Hub connected to a clean database; the settings it runs with."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    settings: Settings = request.getfixturevalue("settings")
    await db.connect(settings)
    yield settings
    await refusals.settle()  # What was counted belongs to this test's database.
    await outbound.close_client()
    await db.disconnect()


@pytest.fixture
def rest(settings: Settings) -> FastAPI:
    """The REST application, to which a test may add routes of its own."""
    del settings
    return create_rest()


@pytest.fixture
async def client(rest: FastAPI, settings: Settings) -> AsyncGenerator[httpx.AsyncClient]:
    """REST as the network sees it, behind the front door. Connected to a database when the test asks for one too."""
    del settings
    transport = httpx.ASGITransport(Web(rest=rest, screens=PlainTextResponse("a screen")))
    async with httpx.AsyncClient(transport=transport, base_url="http://hub.test") as client:
        yield client
