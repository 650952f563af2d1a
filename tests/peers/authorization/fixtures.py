"""The authorization server as a fixture, for every folder of tests that names it in its conftest."""

from collections.abc import Generator

import pytest

from tests.peers import authorization


@pytest.fixture(scope="session")
def _authorization_server() -> Generator[authorization.AuthorizationServer]:
    with authorization.running() as server:
        yield server


@pytest.fixture
def peer(_authorization_server: authorization.AuthorizationServer) -> authorization.AuthorizationServer:
    """An authorization server that is up and has counted nothing. Its access tokens live for five seconds."""
    _authorization_server.clear()
    return _authorization_server
