from collections.abc import AsyncGenerator

import pytest

from tests.peers.tave import Tave


@pytest.fixture
async def tave() -> AsyncGenerator[Tave]:
    async with Tave(contacts=30, jobs=0) as running:
        yield running
