"""Who receives what: each tenant's enabled endpoints and known event types, kept in memory for publishing.

The cache empties on every committed change of an endpoint, in this process at once and in others as soon as they hear
of it. An endpoint deleted in between is caught by its foreign key, and publishing looks again.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel.cache import Cache
from hub_app.kernel.tenancy import tenant_of
from hub_app.webhooks.tables import EventType, WebhookEndpoint


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """One tenant's endpoints with their patterns, and its event types (name → archived)."""

    endpoints: tuple[tuple[UUID, tuple[str, ...]], ...]
    types: dict[str, bool]

    def receivers(self, event_type: str) -> list[UUID]:
        return [endpoint for endpoint, patterns in self.endpoints if matches(patterns, event_type)]


def matches(patterns: Iterable[str], event_type: str) -> bool:
    """Whether a subscription covers a type: no pattern means all; `task.*` means every type below `task`."""
    patterns = tuple(patterns)
    return not patterns or any(
        p in ("*", event_type) or (p.endswith(".*") and event_type.startswith(p[:-1])) for p in patterns
    )


_cache: Cache[UUID, Subscriptions] = Cache("endpoints", most=1000)
forget = _cache.forget
peek = _cache.peek


async def of_tenant(session: AsyncSession) -> Subscriptions:
    """The subscriptions of the session's tenant."""
    tenant = tenant_of(session.sync_session)

    async def load(_: list[UUID]) -> dict[UUID, Subscriptions]:
        return {tenant: await _load(session)}

    return (await _cache.get([tenant], load))[tenant]


async def _load(session: AsyncSession) -> Subscriptions:
    statement = select(WebhookEndpoint).where(col(WebhookEndpoint.enabled).is_(True))
    endpoints = (await session.exec(statement)).all()
    types = await session.exec(select(EventType.name, EventType.archived))
    return Subscriptions(
        endpoints=tuple((one.id, tuple(one.events)) for one in endpoints),
        types=dict(types.all()),
    )
