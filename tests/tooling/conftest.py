from collections.abc import AsyncGenerator

import httpx
import pytest
from fastapi import FastAPI

from hub_app.kernel.settings import Settings
from tests.conftest import connected


@pytest.fixture
async def client(rest: FastAPI, settings: Settings) -> AsyncGenerator[httpx.AsyncClient]:
    """REST, connected to a database only when the test asks for one too."""
    del settings
    async with connected(rest) as client:
        yield client
