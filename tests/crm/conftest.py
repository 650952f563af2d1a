from collections.abc import AsyncGenerator

import pytest

from hub_app.kernel import outbound, ratelimit
from hub_app.kernel.settings import Settings
from tests.crm.acme import Acme
from tests.peers.tave import Tave
from tests.people import People


@pytest.fixture
async def calling(settings: Settings) -> AsyncGenerator[None]:
    """A guarded client and counters of this test's own."""
    del settings
    ratelimit.limiter.cache_clear()
    yield
    await outbound.close_client()


@pytest.fixture
async def tave() -> AsyncGenerator[Tave]:
    async with Tave(contacts=60) as running:
        yield running


@pytest.fixture
async def acme(people: People, tave: Tave) -> Acme:
    return Acme(people, tave)
