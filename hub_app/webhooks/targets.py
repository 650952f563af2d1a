"""What the dispatcher needs to know of an endpoint, unsealed and parsed once, and forgotten on every change."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson
from sqlalchemy import tuple_
from sqlmodel import col, or_, select

from hub_app.kernel import db
from hub_app.kernel.cache import Cache
from hub_app.kernel.clock import utcnow
from hub_app.kernel.outbound import Target as Address
from hub_app.kernel.vault import open_field
from hub_app.webhooks import signing
from hub_app.webhooks.retry import RetryPolicy
from hub_app.webhooks.tables import WebhookEndpoint, WebhookSecret


@dataclass(slots=True)
class Target:
    """An endpoint, ready to send to. `failing_since` follows what this process sees."""

    tenant_id: UUID
    endpoint_id: UUID
    name: str
    address: Address
    headers: dict[str, str]
    keys: tuple[tuple[bytes, datetime | None], ...]
    policy: RetryPolicy
    rate_limit: int | None
    enabled: bool
    failing_since: datetime | None

    def signing_keys(self) -> list[bytes]:
        """The secrets that sign now, the newest first."""
        now = utcnow()
        return [key for key, expires_at in self.keys if expires_at is None or expires_at > now]


Key = tuple[UUID, UUID]
_cache: Cache[Key, Target] = Cache("endpoints", most=10_000)


async def of(keys: Collection[Key]) -> dict[Key, Target]:
    """The targets of these endpoints, by (tenant_id, endpoint_id); one that is gone is left out."""
    return await _cache.get(keys, _load)


async def _load(keys: Collection[Key]) -> dict[Key, Target]:
    of_endpoint = tuple_(col(WebhookEndpoint.tenant_id), col(WebhookEndpoint.id))
    of_secret = tuple_(col(WebhookSecret.tenant_id), col(WebhookSecret.endpoint_id))
    in_force = or_(col(WebhookSecret.expires_at).is_(None), col(WebhookSecret.expires_at) > utcnow())
    newest_first = col(WebhookSecret.id).desc()
    async with db.system("the dispatcher sends to endpoints of every tenant") as session:
        endpoints = (await session.exec(select(WebhookEndpoint).where(of_endpoint.in_(keys)))).all()
        secrets = (
            await session.exec(
                select(WebhookSecret).where(of_secret.in_(keys), in_force).order_by(newest_first)
            )
        ).all()
    opened: dict[UUID, list[tuple[bytes, datetime | None]]] = {}
    for secret in secrets:
        key = signing.decode_secret(open_field(secret, "secret"))
        opened.setdefault(secret.endpoint_id, []).append((key, secret.expires_at))
    return {(one.tenant_id, one.id): _target(one, tuple(opened.get(one.id, ()))) for one in endpoints}


def _target(endpoint: WebhookEndpoint, keys: tuple[tuple[bytes, datetime | None], ...]) -> Target:
    return Target(
        tenant_id=endpoint.tenant_id,
        endpoint_id=endpoint.id,
        name=endpoint.name,
        address=Address.parse(open_field(endpoint, "url")),
        headers=orjson.loads(open_field(endpoint, "headers")),
        keys=keys,
        policy=RetryPolicy(endpoint.retry_policy),
        rate_limit=endpoint.rate_limit,
        enabled=endpoint.enabled,
        failing_since=endpoint.failing_since,
    )
