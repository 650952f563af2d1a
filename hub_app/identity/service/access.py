"""Who a token or cookie stands for: asked with every REST call, so answered from memory where that is exact."""

import binascii
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import and_, or_
from sqlmodel import col, select

from hub_app.identity.service import sessions
from hub_app.identity.service.secrets import new_secret
from hub_app.identity.tables import ACTIVE, ApiToken, Membership, Tenant, User
from hub_app.kernel import db
from hub_app.kernel.access import digest
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.cache import Cache
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import TenantSuspended, Unauthenticated

# Signalled by every change of a token, a member, a user or a tenant.
TOPIC = "identity"
PREFIX = "hub_pat_"
_SECRET_LENGTH = 43
_CHECKSUM_LENGTH = 6
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_MOST_KNOWN = 10_000


@dataclass(frozen=True, slots=True)
class Grant:
    """What the holder of a token is now: its owner's role, cut by its scopes, until `expires_at`; in `suspended`, the name of
    a tenant in which they may do nothing at present.
    """

    actor: Actor
    expires_at: datetime
    suspended: str = ""


_grants: Cache[str, Grant] = Cache(TOPIC, most=_MOST_KNOWN)


def new_token() -> str:
    """`hub_pat_`, 43 url-safe characters, and a checksum by which a secret scanner knows it without asking."""
    secret = new_secret()
    return f"{PREFIX}{secret}{_checksum(secret)}"


def is_well_formed(token: str) -> bool:
    """Whether the checksum fits: nothing else needs to be asked about a mistyped token."""
    secret, checksum = token[len(PREFIX) : -_CHECKSUM_LENGTH], token[-_CHECKSUM_LENGTH:]
    return token.startswith(PREFIX) and len(secret) == _SECRET_LENGTH and checksum == _checksum(secret)


def _checksum(secret: str) -> str:
    """CRC32 in base 62, six digits, as GitHub's tokens have it."""
    number, digits = binascii.crc32(secret.encode()), ""
    while number:
        number, digit = divmod(number, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return digits.rjust(_CHECKSUM_LENGTH, "0")


async def authenticate(*, bearer: str | None, cookie: str | None, ip: str) -> Actor:
    """Who calls. A token goes before a cookie; Unauthenticated when neither is valid, TenantSuspended for a token of a
    suspended tenant, and for a person who has no other.
    """
    if bearer is not None:
        return await _holder_of(bearer, ip)
    login = await sessions.holder_of(digest(cookie) if cookie else "", ip=ip)
    if login is None:
        raise Unauthenticated
    if login.place.is_suspended:
        raise sessions.refusal(login.places)
    return login.actor


async def _holder_of(token: str, ip: str) -> Actor:
    if not is_well_formed(token):
        raise Unauthenticated
    key = digest(token)
    grant = (await _grants.get([key], _load)).get(key)
    if grant is None or grant.expires_at <= utcnow():
        raise Unauthenticated
    if grant.suspended:
        raise TenantSuspended(
            f"{grant.suspended} is suspended, so its API tokens do not work at the moment. Nothing is lost. For details, ask"
            " the operator of this installation."
        )
    return replace(grant.actor, ip=ip)


async def _load(keys: list[str]) -> dict[str, Grant]:
    statement = (
        select(ApiToken, User, Membership, Tenant)
        .join(User, col(User.id) == ApiToken.user_id)
        .join(
            Membership,
            and_(
                col(Membership.tenant_id) == ApiToken.tenant_id, col(Membership.user_id) == ApiToken.user_id
            ),
        )
        .join(Tenant, col(Tenant.id) == ApiToken.tenant_id)
        .where(
            or_(col(ApiToken.token_hash).in_(keys), col(ApiToken.old_token_hash).in_(keys)),
            col(ApiToken.active).is_(True),
        )
    )
    async with db.system("who holds this token?") as session:
        found = (await session.exec(statement)).all()
    return {key: grant for row in found for key, grant in _grants_of(*row) if key in keys}


def _grants_of(
    token: ApiToken, user: User, membership: Membership, tenant: Tenant
) -> Iterable[tuple[str, Grant]]:
    scopes = frozenset(token.scopes)
    actor = Actor(
        tenant_id=tenant.id,
        user_id=user.id,
        role=Role(membership.role),
        via="token",
        name=user.name,
        email=user.email,
        tier=tenant.tier,
        scopes=scopes,
        token_id=token.id,
        is_operator=user.is_operator and "admin:*" in scopes,
    )
    suspended = "" if tenant.state == ACTIVE else tenant.name
    yield token.token_hash, Grant(actor, token.expires_at, suspended)
    if token.old_token_hash is not None and token.old_expires_at is not None:
        yield token.old_token_hash, Grant(actor, min(token.expires_at, token.old_expires_at), suspended)
