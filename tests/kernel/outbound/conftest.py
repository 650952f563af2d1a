from collections.abc import AsyncGenerator

import pytest

from hub_app.kernel.outbound import OutboundClient
from hub_app.webhooks.delivery.sender import Sender
from tests.kernel.outbound.calls import OPENED, PUBLIC, Client
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
async def outbound_client(names: NameServer) -> AsyncGenerator[OutboundClient]:
    async with OutboundClient(OPENED, resolver=names.resolver()) as made:
        yield made


@pytest.fixture(params=["client", "sender"])
async def client(request: pytest.FixtureRequest, outbound_client: OutboundClient) -> AsyncGenerator[Client]:
    if request.param == "client":
        yield outbound_client
        return
    made = Sender(outbound_client.dialler)
    yield made
    made.close()
