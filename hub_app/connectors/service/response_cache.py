"""The response cache: answers of GET actions, kept for the time that the action says."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from pydantic import BaseModel, JsonValue
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.connectors.service.lookup import WRITE
from hub_app.connectors.tables import CachedAnswer, Connector, ConnectorAction
from hub_app.kernel import bulk, db, rows
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.clock import utcnow
from hub_app.kernel.ids import new_id
from hub_app.kernel.settings import get_settings


class Answer(BaseModel):
    """What is kept of a run that succeeded, without secrets."""

    status_code: int
    data: JsonValue
    pages: int
    more: bool


@dataclass(frozen=True, slots=True)
class CacheKey:
    """Where an action's answer to these parameters is kept, and for how many seconds."""

    connector_id: UUID
    action: str
    digest: str
    seconds: int


def key_of(
    connector: Connector, action: ConnectorAction, params: Mapping[str, JsonValue], version: str
) -> CacheKey:
    """`params` as they are used, and the credential's version: another credential has other answers."""
    stands_for = [
        str(action.id),
        action.updated_at.isoformat(),
        connector.updated_at.isoformat(),
        version,
        dict(params),
    ]
    digest = hashlib.sha256(json.dumps(stands_for, sort_keys=True).encode()).hexdigest()
    return CacheKey(connector.id, action.slug, digest, action.cache_seconds)


async def find(session: AsyncSession, key: CacheKey) -> Answer | None:
    """The answer that is kept there, unless its time is over."""
    statement = select(CachedAnswer.answer).where(
        CachedAnswer.key == key.digest, col(CachedAnswer.expires_at) > utcnow()
    )
    found = (await session.exec(statement)).one_or_none()
    return None if found is None else Answer.model_validate_json(found)


async def keep(session: AsyncSession, key: CacheKey, answer: Answer) -> None:
    """Keep an answer in place of an earlier one, in the open transaction; none that is larger than a response may be."""
    text = answer.model_dump_json()
    if len(text) > get_settings().connector_max_response_kb * 1024:
        return
    now = utcnow()
    row = {
        "id": new_id(),
        "created_at": now,
        "connector_id": key.connector_id,
        "action": key.action,
        "key": key.digest,
        "answer": text,
        "expires_at": now + timedelta(seconds=key.seconds),
    }
    await session.exec(delete(CachedAnswer).where(col(CachedAnswer.key) == key.digest))
    # Of two runs at once, one answer stays.
    await bulk.insert_missing(session, CachedAnswer, [row])


async def clear_cache(actor: Actor, connector_id: UUID) -> None:
    """Forget the kept answers of all of a connector's actions."""
    actor.require(Role.ENGINEER, WRITE)
    async with db.begin(actor.tenant_id) as session:
        await rows.get(session, Connector, connector_id)
        await session.exec(delete(CachedAnswer).where(col(CachedAnswer.connector_id) == connector_id))
