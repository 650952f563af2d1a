"""Fixtures for every test: settings of its own, and a clean database of each kind."""

import base64
import gc
import os
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import hypothesis
import pytest
from fastapi import FastAPI
from starlette.responses import PlainTextResponse

from hub_app.kernel import db, outbound, ratelimit, refusals
from hub_app.kernel.settings import Settings, get_settings
from hub_app.rest import create_rest
from hub_app.web import Web
from tests import databases
from tests import people as seeded
from tests.people import People

pytest_plugins = ["tests.one_database", "pytester"]

# How long an example takes says nothing on a machine that does something else as well.
hypothesis.settings.register_profile("hub", deadline=None)
hypothesis.settings.load_profile("hub")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        databases.make_folder()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        databases.remove_folder()


def pytest_collection_finish() -> None:
    # What was loaded stays. The collector, and tests that ask it for objects, need not look through it each time.
    gc.collect()
    gc.freeze()


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
    # No test inherits another one's calls and failures.
    ratelimit.limiter.cache_clear()
    yield get_settings()
    get_settings.cache_clear()


@pytest.fixture(scope="session")
def kept_postgresql() -> Generator[databases.KeptPostgresql]:
    kept = databases.KeptPostgresql(f"hub_{os.getpid()}")
    yield kept
    kept.drop()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, kept_postgresql: databases.KeptPostgresql) -> Generator[str]:
    """The URL of a migrated, empty database; the test runs once for each kind. It is the same for all tests of a process,
    so that the engine that Hub keeps for it has most statements compiled.
    """
    if request.param == "sqlite":
        yield databases.clean_sqlite(databases.folder() / f"{os.getpid()}.db")
    else:
        with kept_postgresql.take() as address:
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
    # As when a process ends: what this test leaves to be counted is not for the next one's audit log.
    await refusals.settle()
    await outbound.close_client()
    await db.disconnect()


@pytest.fixture(scope="session")
def rest() -> FastAPI:
    """The REST application. There is one for all tests: FastAPI takes a second for its routes at the first request."""
    return create_rest()


@pytest.fixture
async def client(rest: FastAPI, database: Settings) -> AsyncGenerator[httpx.AsyncClient]:
    """REST as the network sees it, behind the front door."""
    del database
    async with connected(rest) as client:
        yield client


@asynccontextmanager
async def connected(rest: FastAPI) -> AsyncGenerator[httpx.AsyncClient]:
    """A client of this application, with the settings of now."""
    transport = httpx.ASGITransport(Web(rest=rest, screens=PlainTextResponse("a screen")))
    async with httpx.AsyncClient(transport=transport, base_url="http://hub.test") as client:
        yield client


@pytest.fixture
async def people(database: Settings) -> People:
    """Everyone, in the clean database."""
    del database
    return await seeded.seed()
