from collections.abc import AsyncGenerator

import pytest

from hub_app.kernel.outbound import OutboundClient
from tests.kernel.outbound.calls import OPENED, PUBLIC
from tests.peers.dns import NameServer
from tests.peers.receiver import Receiver


@pytest.fixture
async def receiver() -> AsyncGenerator[Receiver]:
    async with Receiver(host=PUBLIC) as running:
        yield running


@pytest.fixture
async def names() -> AsyncGenerator[NameServer]:
    async with NameServer() as running:
        yield running


@pytest.fixture
async def client(names: NameServer) -> AsyncGenerator[OutboundClient]:
    async with OutboundClient(OPENED, resolver=names.resolver()) as made:
        yield made
