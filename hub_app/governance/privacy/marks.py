"""Marks of who was erased: a digest under a key that the database never holds, so that nobody reads an address from it, and
no later sync brings the person back.
"""

import hmac
from collections import defaultdict
from collections.abc import Collection
from functools import cache
from uuid import UUID

import sqlalchemy as sa
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.governance.privacy.mentions import folded
from hub_app.governance.tables import ErasedPerson
from hub_app.kernel import bulk
from hub_app.kernel.clock import utcnow
from hub_app.kernel.lookups import Lookup, columns_of
from hub_app.kernel.settings import get_settings

_ERASED = columns_of(ErasedPerson)
_ANY = Lookup(lambda _: sa.select(_ERASED.digest).limit(1))


async def put(session: AsyncSession, tenant_id: UUID, email: str) -> None:
    """Mark a person as erased, in the open unit of the tenant. It may be done again."""
    secret = get_settings().secret_key.get_secret_value()
    row = {"tenant_id": tenant_id, "digest": _digest(secret, tenant_id, email), "created_at": utcnow()}
    await bulk.insert_missing(session, ErasedPerson, [row])


async def is_marked(session: AsyncSession, tenant_id: UUID, email: str) -> bool:
    """Whether a person was erased, under the SECRET_KEY of now or a former one that is still named."""
    settings = get_settings()
    secrets = [one.get_secret_value() for one in (settings.secret_key, *settings.secret_keys_old)]
    digests = [_digest(one, tenant_id, email) for one in secrets]
    found = select(ErasedPerson.digest).where(col(ErasedPerson.digest).in_(digests))
    return (await session.exec(found)).first() is not None


async def has_any(session: AsyncSession) -> bool:
    """Whether anybody was erased, in the open unit of the tenant."""
    return bool(await _ANY.fetch(session))


async def marked_among(session: AsyncSession, tenant_id: UUID, emails: Collection[str]) -> set[str]:
    """Those of these addresses whose person was erased, in the open unit."""
    settings = get_settings()
    secrets = [one.get_secret_value() for one in (settings.secret_key, *settings.secret_keys_old)]
    # One address may be spelled in several ways.
    digests = defaultdict[str, set[str]](set)
    for email in emails:
        for secret in secrets:
            digests[_digest(secret, tenant_id, email)].add(email)
    wanted = bulk.texts_of(session, list(digests))
    found = (
        select(ErasedPerson.digest)
        .select_from(wanted)
        .join(ErasedPerson, col(ErasedPerson.digest) == wanted.c.text)
        .where(ErasedPerson.tenant_id == tenant_id)
    )
    return {email for one in (await session.exec(found)).all() for email in digests[one]}


def _digest(secret: str, tenant_id: UUID, email: str) -> str:
    return hmac.digest(_key(secret), tenant_id.bytes + folded(email.strip()).encode(), "sha256").hex()


@cache
def _key(secret: str) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"hub erased persons 1").derive(
        secret.encode()
    )
