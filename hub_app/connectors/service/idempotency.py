"""Idempotency keys of runs: the same key within 24 hours gives the first answer, word for word, and no second call."""

import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import ColumnElement
from sqlmodel import and_, col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.apiclient.client import LIMITS
from hub_app.connectors.schemas.runs import RunOut
from hub_app.connectors.tables import RunKey
from hub_app.kernel import bulk, db
from hub_app.kernel.actor import Actor
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Conflict
from hub_app.kernel.settings import get_settings

_LIFE = timedelta(hours=24)
_SPARE_SECONDS = 60


class UnderWay(Conflict):
    """Another run holds the key, or died with it."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A key that this run alone holds, until it keeps its answer or gives the key back."""

    key: str
    execution_id: UUID


async def claim(
    actor: Actor, connector_id: UUID, slug: str, key: str, given: JsonValue, execution_id: UUID
) -> Claim | RunOut:
    """The key for this run, or the answer that it stands for. UnderWay while another run holds it, Conflict when it
    stands for anything else than `given`.
    """
    now = utcnow()
    digest = _digest([str(actor.user_id), str(connector_id), slug, key])
    fingerprint = _digest(given)
    row = {
        "key": digest,
        "execution_id": execution_id,
        "fingerprint": fingerprint,
        "expires_at": now + _longest_run(),
    }
    async with db.begin(actor.tenant_id) as session:
        held = await bulk.claim_keys(session, RunKey, [row], key="key", value="execution_id", now=now)
        if held[digest] == execution_id:
            # One that had run out still has what it stood for.
            fresh = update(RunKey).where(col(RunKey.key) == digest)
            await session.exec(fresh.values(fingerprint=fingerprint, answer=None))
            return Claim(digest, execution_id)
        found = (await session.exec(select(RunKey).where(RunKey.key == digest))).one()
    if found.fingerprint != fingerprint:
        raise Conflict("This Idempotency-Key was used with other parameters. Choose a new key for a new run.")
    if found.answer is None:
        raise UnderWay(
            "A run with this Idempotency-Key is in progress. Repeat the request when it has finished to get its response."
        )
    return RunOut.model_validate_json(found.answer)


async def keep(session: AsyncSession, claimed: Claim, answer: RunOut) -> None:
    """Let the key stand for this answer, in the open transaction."""
    await session.exec(
        update(RunKey)
        .where(_is_of(claimed))
        .values(answer=answer.model_dump_json(), expires_at=utcnow() + _LIFE)
    )


async def give_back(session: AsyncSession, claimed: Claim) -> None:
    """Free the key: nothing was sent, so trying again does nothing twice. In the open transaction."""
    await session.exec(delete(RunKey).where(_is_of(claimed)))


def _is_of(claimed: Claim) -> ColumnElement[bool]:
    return and_(col(RunKey.key) == claimed.key, col(RunKey.execution_id) == claimed.execution_id)


def _longest_run() -> timedelta:
    """Longer than a run can take, also one that is made again with a new OAuth token. After it, a key whose process died
    is free again.
    """
    calls = 2 * (LIMITS + 1) * get_settings().connector_timeout_seconds
    return timedelta(seconds=calls + _SPARE_SECONDS)


def _digest(value: JsonValue) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
