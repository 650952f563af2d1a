"""Background work of identity: counted API calls are written, deleted tenants go, and an empty installation prints its
set-up address.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from hub_app.identity.service import emptying, setup, usage
from hub_app.kernel.scheduler import Periodic
from hub_app.kernel.settings import get_settings

PERIODIC = [
    Periodic(
        "identity.delete_tenants",
        timedelta(minutes=10),
        emptying.delete_due,
        "Deletes tenants whose seven days are over, with everything they have except their audit logs.",
    )
]


@asynccontextmanager
async def running() -> AsyncIterator[None]:
    if await setup.needed():
        # Printed, not logged: the log hides what follows a URL's host.
        print(await _invitation_to_set_up(), flush=True)  # noqa: T201
    stopping = asyncio.Event()
    flushing = asyncio.create_task(usage.keep_flushing(stopping), name="api usage")
    try:
        yield
    finally:
        stopping.set()
        await flushing


async def _invitation_to_set_up() -> str:
    address = f"{get_settings().own_address()}/setup?code={await setup.code()}"
    return f"Nobody has an account yet. Set Hub up at {address}"
