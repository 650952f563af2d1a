"""How the REST interface is used: counted in memory with every call, written in batches off the request path."""

import asyncio
import logging
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from hub_app.identity.tables import ApiToken, ApiUsage
from hub_app.kernel import bulk, db
from hub_app.kernel.actor import Actor
from hub_app.kernel.clock import utcnow

FLUSH_SECONDS = 3.0
# The token of calls that were made with the cookie.
NO_TOKEN = UUID(int=0)
_ROUTE_LENGTH = 200

_log = logging.getLogger(__name__)


class _Cell(NamedTuple):
    """One row of the roll-up. In order, so that processes lock rows in the same order."""

    tenant_id: UUID
    minute: datetime
    token_id: UUID
    route: str
    status_class: int


@dataclass(frozen=True, slots=True)
class _Use:
    tenant_id: UUID
    at: datetime
    ip: str


_calls: Counter[_Cell] = Counter()
_uses: dict[UUID, _Use] = {}


def count_call(actor: Actor, route: str, status: int) -> None:
    """Remember an answered call. It is written with the next flush."""
    now = utcnow()
    minute = now.replace(second=0, microsecond=0)
    token_id = actor.token_id or NO_TOKEN
    _calls[_Cell(actor.tenant_id, minute, token_id, route[:_ROUTE_LENGTH], status // 100)] += 1
    if actor.token_id is not None:
        _uses[actor.token_id] = _Use(actor.tenant_id, now, actor.ip)


async def flush() -> None:
    """Write what was counted since the last time. Counts that cannot be written now are kept for the next time."""
    calls, uses = _calls.copy(), _uses.copy()
    _calls.clear()
    _uses.clear()
    if not calls:
        return
    try:
        await _write(calls, uses)
    except IntegrityError:
        # A tenant was deleted meanwhile: the others' counts are kept.
        await _write_by_tenant(calls, uses)
    except SQLAlchemyError:
        _log.exception("API usage could not be written; the counts are kept.")
        _calls.update(calls)
        for token_id, use in uses.items():
            _uses.setdefault(token_id, use)


async def _write_by_tenant(calls: Counter[_Cell], uses: dict[UUID, _Use]) -> None:
    for tenant_id, cells in groupby(sorted(calls), key=lambda cell: cell.tenant_id):
        own = Counter({cell: calls[cell] for cell in cells})
        try:
            await _write(own, {t: use for t, use in uses.items() if use.tenant_id == tenant_id})
        except IntegrityError:
            _log.info("API usage of the deleted tenant %s is dropped.", tenant_id)


async def _write(calls: Counter[_Cell], uses: dict[UUID, _Use]) -> None:
    cells = [{**cell._asdict(), "requests": calls[cell]} for cell in sorted(calls)]
    used = [
        {"tenant_id": use.tenant_id, "id": token_id, "last_used_at": use.at, "last_used_ip": use.ip}
        for token_id, use in sorted(uses.items(), key=lambda item: item[0])
    ]
    async with db.system("counted API calls are written", write=True) as session:
        await bulk.add_up(session, ApiUsage, cells, counters=["requests"])
        await bulk.update(session, ApiToken, used)


async def keep_flushing(stopping: asyncio.Event) -> None:
    """Flush every few seconds, and once more when `stopping` is set."""
    while not stopping.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), FLUSH_SECONDS)
        await flush()
