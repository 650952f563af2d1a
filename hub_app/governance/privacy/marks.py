"""Marks of who was erased: a digest under a key that the database never holds, so that nobody reads an address from it, and
no later sync brings the person back.
"""

import hmac
from functools import cache
from uuid import UUID

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.governance.privacy.mentions import folded
from hub_app.governance.tables import ErasedPerson
from hub_app.kernel import bulk
from hub_app.kernel.clock import utcnow
from hub_app.kernel.settings import get_settings


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


def _digest(secret: str, tenant_id: UUID, email: str) -> str:
    return hmac.digest(_key(secret), tenant_id.bytes + folded(email.strip()).encode(), "sha256").hex()


@cache
def _key(secret: str) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"hub erased persons 1").derive(
        secret.encode()
    )
