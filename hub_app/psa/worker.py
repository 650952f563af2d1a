"""Posts on their way, for as long as the process runs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hub_app.kernel import underway, worker
from hub_app.kernel.queue import Held
from hub_app.psa import posting
from hub_app.psa.service import posts
from hub_app.psa.service.calling import TOPIC

_TERMS = worker.Terms(topic=TOPIC, max_concurrent=16, max_per_tenant=6, look_seconds=2)


@asynccontextmanager
async def running() -> AsyncIterator[None]:
    """Send posts for the time of the block."""
    async with worker.working(posts.QUEUE, _deliver, posting.fail, _TERMS):
        yield


async def _deliver(held: Held, _row: worker.Row) -> None:
    with underway.piece():
        await posting.deliver(held)
