from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

import pytest

from hub_app.identity.tables import Tenant
from hub_app.kernel import audit, db
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.settings import Settings
from hub_app.webhooks.tables import WebhookEndpoint

Make = Callable[[UUID, str], Awaitable[UUID]]


@dataclass(frozen=True)
class Two:
    """Two tenants with an endpoint each."""

    ours: UUID
    theirs: UUID
    our_endpoint: UUID
    their_endpoint: UUID


def actor(tenant_id: UUID, role: Role = Role.OWNER) -> Actor:
    return Actor(tenant_id=tenant_id, user_id=None, role=role, via="browser", name="Alice", ip="198.51.100.7")


def endpoint(tenant_id: UUID, name: str) -> WebhookEndpoint:
    return WebhookEndpoint(
        tenant_id=tenant_id, name=name, origin="https://example.com", retry_policy="EXPONENTIAL"
    )


@pytest.fixture
async def two(database: Settings) -> Two:
    assert database
    ours, theirs = Tenant(name="Acme", tier="free"), Tenant(name="Mallet", tier="free")
    async with db.system("two tenants", write=True) as session:
        session.add_all([ours, theirs])
        await session.flush()
        mine, other = endpoint(ours.id, "mine"), endpoint(theirs.id, "other")
        session.add_all([mine, other])
        for tenant in (ours, theirs):
            await audit.begin(session, actor(tenant.id), "tenant.created")
    return Two(ours.id, theirs.id, mine.id, other.id)
