"""Background work of webhooks: the dispatcher, for as long as the process serves."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hub_app.webhooks.dispatcher import Dispatcher


@asynccontextmanager
async def running() -> AsyncIterator[None]:
    dispatcher = Dispatcher()
    task = asyncio.create_task(dispatcher.run(), name="dispatcher")
    try:
        yield
    finally:
        dispatcher.stop()
        await task
