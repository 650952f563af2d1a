from collections.abc import AsyncGenerator

import pytest

from hub_app.kernel import outbound, ratelimit
from hub_app.kernel.settings import Settings
from tests.peers.site import Site


@pytest.fixture
async def site(settings: Settings) -> AsyncGenerator[Site]:
    """A site, and a guarded client of this test's own."""
    del settings
    ratelimit.limiter.cache_clear()
    async with Site() as running:
        yield running
    await outbound.close_client()
