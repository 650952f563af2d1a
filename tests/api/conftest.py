"""REST over the real application, with people in the database."""

import httpx
import pytest

from hub_app.kernel import ratelimit
from hub_app.kernel.settings import Settings
from tests import people as seeded


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    """No test inherits another one's calls and failures."""
    ratelimit.limiter.cache_clear()


@pytest.fixture
def client(database: Settings, client: httpx.AsyncClient) -> httpx.AsyncClient:
    """The client of all tests, with a database under it whatever the order of a test's arguments."""
    del database
    return client


@pytest.fixture
async def people(database: Settings) -> seeded.People:
    """Everyone, in a clean database of each kind."""
    del database
    return await seeded.seed()
