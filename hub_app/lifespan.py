"""What runs as long as the process serves: the database connection and each capability's background work."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from hub_app.kernel import capabilities, db
from hub_app.kernel.settings import get_settings


@asynccontextmanager
async def lifespan() -> AsyncIterator[None]:
    """Connect, then enter `running()` of every capability's `worker.py`; leave them in reverse order."""
    async with AsyncExitStack() as stack:
        await db.connect(get_settings())
        stack.push_async_callback(db.disconnect)
        for worker in capabilities.rooms("worker"):
            await stack.enter_async_context(worker.running())
        yield
