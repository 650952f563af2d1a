"""What runs as long as the process serves: the database connection and each capability's background work."""

import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from hub_app.kernel import capabilities, confined, db, jobs, outbound, refusals, retention, scheduler
from hub_app.kernel.settings import get_settings

_log = logging.getLogger(__name__)


@asynccontextmanager
async def lifespan() -> AsyncIterator[None]:
    """Connect, enter what every capability runs, start their jobs and periodic work; leave in reverse."""
    async with AsyncExitStack() as stack:
        try:
            await db.connect(get_settings())
            stack.push_async_callback(db.disconnect)
            stack.push_async_callback(outbound.close_client)
            stack.callback(confined.close)
            await stack.enter_async_context(refusals.running())
            found = capabilities.every()
            for capability in found:
                if capability.running is not None:
                    await stack.enter_async_context(capability.running())
            kinds = {name: work for capability in found for name, work in capability.jobs.items()}
            await stack.enter_async_context(jobs.running(kinds))
            rules = [rule for capability in found for rule in capability.retention]
            periodic = [task for capability in found for task in capability.periodic]
            await stack.enter_async_context(scheduler.running([retention.task(rules), *periodic]))
        except Exception:
            # The server would end without a word.
            _log.exception("Hub could not start its work")
            raise
        yield
