"""Background work of webhooks: the dispatcher, for as long as the process serves."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hub_app.kernel.jobs import JobKind
from hub_app.webhooks.delivery.dispatcher import Dispatcher
from hub_app.webhooks.service import backlog, failing, recovery

JOBS = {
    recovery.RECOVER: JobKind(recovery.resend_many, "Resend deliveries of an endpoint"),
    backlog.RETRY: JobKind(backlog.resend_failed, backlog.RETRY_TITLE),
}


@asynccontextmanager
async def running() -> AsyncIterator[None]:
    dispatcher = Dispatcher(failing.follow)
    task = asyncio.create_task(dispatcher.run(), name="dispatcher")
    try:
        yield
    finally:
        dispatcher.stop()
        await task
