"""What the dispatcher needs to know of an endpoint, unsealed and parsed once, and forgotten on every change."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson
from sqlmodel import and_, col, or_, select

from hub_app.kernel import bulk, db
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
    in_force = or_(col(WebhookSecret.expires_at).is_(None), col(WebhookSecret.expires_at) > utcnow())
    async with db.system("the dispatcher sends to endpoints of every tenant") as session:
        wanted = bulk.keys_of(session, keys)
        of_endpoint = and_(
            col(WebhookEndpoint.tenant_id) == wanted.c.tenant_id, col(WebhookEndpoint.id) == wanted.c.id
        )
        of_secret = and_(
            col(WebhookSecret.tenant_id) == wanted.c.tenant_id, col(WebhookSecret.endpoint_id) == wanted.c.id
        )
        endpoints = (await session.exec(select(WebhookEndpoint).join(wanted, of_endpoint))).all()
        found = select(WebhookSecret).join(wanted, of_secret).where(in_force)
        secrets = (await session.exec(found.order_by(col(WebhookSecret.id).desc()))).all()
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
