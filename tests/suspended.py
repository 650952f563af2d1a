"""Suspending tenants in tests: Alice, who operates the installation, has Mallet to go to while Acme is away."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

from sqlalchemy import update
from sqlmodel import col

from hub_app.identity.schemas.operator import OperatedTenantDetail
from hub_app.identity.service import suspending
from hub_app.identity.tables import Tenant
from hub_app.kernel import db
from hub_app.kernel.actor import Role
from hub_app.kernel.clock import utcnow
from tests import people as seeded
from tests.people import People


async def suspend(people: People) -> OperatedTenantDetail:
    """Suspend Acme."""
    await seeded.join(people.alice, people.mallory.tenant_id, Role.CUSTOMER_VIEWER)
    return await suspending.suspend(people.alice.actor, people.alice.tenant_id)


async def resume(people: People) -> OperatedTenantDetail:
    return await suspending.resume(people.alice.actor, people.alice.tenant_id)


async def since(tenant_id: UUID, ago: timedelta) -> None:
    """Let a tenant have been suspended for so long."""
    async with db.system("time passes", write=True) as session:
        moments = {"suspended_at": utcnow() - ago}
        await session.exec(update(Tenant).where(col(Tenant.id) == tenant_id).values(**moments))


@asynccontextmanager
async def while_suspended(people: People) -> AsyncIterator[None]:
    await suspend(people)
    yield
    await resume(people)
