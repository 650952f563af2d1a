from collections.abc import AsyncGenerator

import httpx
import pytest

from hub_app.kernel import outbound, ratelimit
from hub_app.kernel.settings import Settings
from hub_app.psa import worker
from hub_app.psa.service import calling
from tests.peers.connectwise import ConnectWise
from tests.people import People
from tests.psa.desk import Desk


@pytest.fixture
async def calling_out(settings: Settings) -> AsyncGenerator[None]:
    """A guarded client and counters of this test's own."""
    del settings
    ratelimit.limiter.cache_clear()
    yield
    await outbound.close_client()


@pytest.fixture
async def connectwise() -> AsyncGenerator[ConnectWise]:
    async with ConnectWise(tickets=60) as running:
        yield running


@pytest.fixture
async def desk(people: People, connectwise: ConnectWise, client: httpx.AsyncClient) -> AsyncGenerator[Desk]:
    """Nothing is connected yet; posts are sent."""
    calling.forget()
    async with worker.running():
        yield Desk(people, connectwise, client)
