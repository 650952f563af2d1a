from collections.abc import AsyncGenerator

import pytest

from hub_app.kernel import outbound, ratelimit
from hub_app.kernel.settings import Settings


@pytest.fixture
async def calling(settings: Settings) -> AsyncGenerator[None]:
    """A guarded client and counters of this test's own."""
    del settings
    ratelimit.limiter.cache_clear()
    yield
    await outbound.close_client()
