"""What the dispatcher needs to know of an endpoint, unsealed and parsed once, and forgotten on every change."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson
from sqlmodel import and_, col, or_, select

from hub_app.kernel import bulk, db
from hub_app.kernel.cache import Cache
from hub_app.kernel.clock import utcnow
from hub_app.kernel.outbound import Target as Address
from hub_app.kernel.redaction import Redactor
from hub_app.kernel.vault import SealBroken, open_field
from hub_app.webhooks.delivery import signing
from hub_app.webhooks.delivery.retry import RetryPolicy
from hub_app.webhooks.delivery.sender import request_head
from hub_app.webhooks.tables import WebhookEndpoint, WebhookSecret


@dataclass(slots=True)
class Target:
    """An endpoint, ready to send to. `head` is the part of a request that is always the same. `clean` takes its headers' values out of what the receiver answers. `failing_since`
    follows what this process sees.
    """

    tenant_id: UUID
    endpoint_id: UUID
    name: str
    address: Address
    head: bytes
    keys: tuple[tuple[bytes, datetime | None], ...]
    policy: RetryPolicy
    rate_limit: int | None
    enabled: bool
    clean: Redactor
    failing_since: datetime | None
    turned_on_at: datetime | None

    def signing_keys(self) -> list[bytes]:
        """The secrets that sign now, the newest first."""
        now = utcnow()
        return [key for key, expires_at in self.keys if expires_at is None or expires_at > now]


_OUR_HEADERS = {"user-agent": "Hub-Webhooks/1.0", "content-type": "application/json"}
# A shorter value is a word, such as the name of a region, that a receiver may well use by itself.
_SHORTEST_SECRET = 8
Key = tuple[UUID, UUID]
_cache: Cache[Key, Target | SealBroken] = Cache("endpoints", most=10_000)


async def one(key: Key) -> Target | None:
    """The target of the endpoint (tenant_id, endpoint_id); None when it is gone, SealBroken."""
    found = await _cache.one(key, _load)
    if isinstance(found, SealBroken):
        raise SealBroken(found.detail)
    return found


async def of(keys: Collection[Key]) -> dict[Key, Target]:
    """The targets of these endpoints; one that is gone, or does not open, is left out."""
    found = await _cache.get(keys, _load)
    return {key: one for key, one in found.items() if isinstance(one, Target)}


async def _load(keys: Collection[Key]) -> dict[Key, Target | SealBroken]:
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
    theirs: dict[UUID, list[WebhookSecret]] = {}
    for secret in secrets:
        theirs.setdefault(secret.endpoint_id, []).append(secret)
    return {(one.tenant_id, one.id): _opened(one, theirs.get(one.id, ())) for one in endpoints}


def _opened(endpoint: WebhookEndpoint, secrets: Sequence[WebhookSecret]) -> Target | SealBroken:
    """The target, or why there is none: that of one endpoint must not hold up the others."""
    try:
        return _target(endpoint, secrets)
    except SealBroken as error:
        return error.with_traceback(None)
    except ValueError:
        return SealBroken("What is stored of this endpoint is not valid any more. Save its settings again.")


def _target(endpoint: WebhookEndpoint, secrets: Sequence[WebhookSecret]) -> Target:
    keys = tuple((signing.decode_secret(open_field(one, "secret")), one.expires_at) for one in secrets)
    address = Address.parse(open_field(endpoint, "url"))
    headers: dict[str, str] = orjson.loads(open_field(endpoint, "headers"))
    return Target(
        tenant_id=endpoint.tenant_id,
        endpoint_id=endpoint.id,
        name=endpoint.name,
        address=address,
        head=request_head(address, {**headers, **_OUR_HEADERS}),
        keys=keys,
        policy=RetryPolicy(endpoint.retry_policy),
        rate_limit=endpoint.rate_limit,
        enabled=endpoint.enabled,
        clean=Redactor(list(_secrets(headers))),
        failing_since=endpoint.failing_since,
        turned_on_at=endpoint.turned_on_at,
    )


def _secrets(headers: Mapping[str, str]) -> Iterator[str]:
    """What must not come back from a receiver: values, and what stands after the scheme of `Bearer …`."""
    for value in headers.values():
        for text in {value, value.partition(" ")[2].strip()}:
            if len(text) >= _SHORTEST_SECRET:
                yield text
