"""What runs as long as the process does: the database connection and, where that is its role, the work in the background."""

import gc
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from hub_app.kernel import (
    capabilities,
    confined,
    db,
    jobs,
    outbound,
    processes,
    refusals,
    retention,
    scheduler,
)
from hub_app.kernel.settings import get_settings

_log = logging.getLogger(__name__)


@asynccontextmanager
async def lifespan() -> AsyncIterator[None]:
    """Connect, enter what every capability runs and, unless this process only serves, do the background's work."""
    async with AsyncExitStack() as stack:
        try:
            await db.connect(get_settings())
            stack.push_async_callback(db.disconnect)
            stack.push_async_callback(outbound.close_client)
            stack.callback(confined.close)
            await stack.enter_async_context(processes.running())
            await stack.enter_async_context(refusals.running())
            for capability in capabilities.every():
                if capability.running is not None:
                    await stack.enter_async_context(capability.running())
            if get_settings().role != "web":
                await _work(stack)
        except Exception:
            # The server would end without a word.
            _log.exception("Hub could not start its work")
            raise
        spare_the_collector()
        yield


def spare_the_collector() -> None:
    """What is loaded by now stays for good: the garbage collector need not look through it, which took up to a third of a
    delivery's time and stopped everything for as long as it looked. What comes later it looks at less often.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


async def _work(stack: AsyncExitStack) -> None:
    """Start each capability's background work, the jobs and what is periodic."""
    found = capabilities.every()
    for capability in found:
        if capability.working is not None:
            await stack.enter_async_context(capability.working())
    await stack.enter_async_context(jobs.running(jobs.works()))
    await stack.enter_async_context(scheduler.running(retention.every_task()))
