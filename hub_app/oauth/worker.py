"""Background work of OAuth: tokens are refreshed before they run out, and what ships is put into the catalogue."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import HubError
from hub_app.kernel.scheduler import Periodic
from hub_app.kernel.vault import SealBroken
from hub_app.oauth.service import apps, leases, refreshing, tokens

SOON = timedelta(minutes=5)
FIRST = leases.Due(datetime.min.replace(tzinfo=UTC), UUID(int=0), UUID(int=0))
"""Before every connection."""
_CHUNK = 50
_AT_ONCE = 8
_log = logging.getLogger(__name__)


async def refresh_soon() -> None:
    """Refresh every connection that expires within five minutes; a failure is noted in its row."""
    places = asyncio.Semaphore(_AT_ONCE)

    async def refresh(tenant_id: UUID, connection_id: UUID) -> None:
        async with places:
            try:
                await tokens.refresh(tenant_id, connection_id)
            except SealBroken as error:
                await refreshing.put_off_unopened(tenant_id, connection_id, error)
            except HubError as error:
                _log.info("Connection %s was not refreshed: %s", connection_id, type(error).__name__)

    began, after = utcnow(), FIRST
    while found := await leases.due(began, SOON, after, _CHUNK):
        await asyncio.gather(*(refresh(one.tenant_id, one.id) for one in found))
        after = found[-1]


PERIODIC = [
    Periodic(
        "oauth.refresh",
        timedelta(minutes=1),
        refresh_soon,
        "Refreshes OAuth connections before their access tokens expire.",
    )
]


@asynccontextmanager
async def running() -> AsyncIterator[None]:
    await apps.add_templates()
    try:
        yield
    finally:
        await refreshing.finish()
