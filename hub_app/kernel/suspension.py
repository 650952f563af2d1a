"""Suspended tenants: what is theirs waits, and goes on where it stopped.

Nothing is put aside when a tenant is suspended. Work of it that comes up finds out here and is parked: due at a time that
never comes, so that no queue looks at it again. Once the tenant is active what is parked is due, in the same transaction.
Which tenants are suspended, and asking them in, is for the capability that has them to say (`Capability.suspended`).
"""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import capabilities, db
from hub_app.kernel.cache import Cache
from hub_app.kernel.tenancy import INSTALLATION

TOPIC = "suspension"
"""Signalled by every change of which tenants are suspended."""
PARKED = datetime(9999, 1, 1, tzinfo=UTC)
_known: Cache[UUID, frozenset[UUID]] = Cache(TOPIC, most=1)


async def suspended() -> frozenset[UUID]:
    """All suspended tenants, from memory where that is exact."""
    return await _known.one(INSTALLATION, _load) or frozenset()


async def is_suspended(tenant_id: UUID) -> bool:
    known = _known.peek(INSTALLATION)
    return tenant_id in (known if known is not None else await suspended())


async def confirmed(session: AsyncSession, tenants: Collection[UUID]) -> set[UUID]:
    """Those of these tenants that are suspended, in the open system unit. They stay so until it ends: whoever parks
    something of theirs comes before whoever resumes them, who finds it then.
    """
    found: set[UUID] = set()
    for capability in capabilities.every():
        if capability.suspended is not None:
            found |= await capability.suspended(session, tenants)
    return found


async def resume(session: AsyncSession, tenant_id: UUID, away: timedelta) -> None:
    """Let everything of a tenant go on that waited, in the open system unit that makes it active after so long."""
    for capability in capabilities.every():
        if capability.resumed is not None:
            await capability.resumed(session, tenant_id, away)
    db.notify(session, TOPIC)


async def _load(_: list[UUID]) -> dict[UUID, frozenset[UUID]]:
    async with db.system("which tenants are suspended?") as session:
        found: set[UUID] = set()
        for capability in capabilities.every():
            if capability.suspended is not None:
                found |= await capability.suspended(session, None)
    return {INSTALLATION: frozenset(found)}
