"""Background work of webhooks: the dispatcher, for as long as the process serves."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hub_app.webhooks.delivery.dispatcher import Dispatcher
from hub_app.webhooks.service import backlog, failing, recovery

JOBS = {recovery.RECOVER: recovery.resend_many, backlog.RETRY: backlog.resend_failed}


@asynccontextmanager
async def running() -> AsyncIterator[None]:
    dispatcher = Dispatcher(failing.follow)
    task = asyncio.create_task(dispatcher.run(), name="dispatcher")
    try:
        yield
    finally:
        dispatcher.stop()
        await task
