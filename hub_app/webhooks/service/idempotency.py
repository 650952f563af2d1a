"""Idempotency keys of events: the same key within 24 hours is the same event."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import bulk
from hub_app.kernel.ids import new_id
from hub_app.webhooks.tables import EventKey

_LIFE = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Assigned:
    """An event's id, and whether it is still to be written."""

    id: UUID
    fresh: bool


async def assign(session: AsyncSession, keys: Sequence[str | None], now: datetime) -> list[Assigned]:
    """An id for each event to publish: a new one, or the one its key stands for already."""
    offered = {key: new_id() for key in keys if key is not None}
    # In one order everywhere, so that two publishers of the same keys wait for each other instead of locking up.
    rows = [{"key": key, "event_id": offered[key], "expires_at": now + _LIFE} for key in sorted(offered)]
    held = await bulk.claim_keys(session, EventKey, rows, key="key", value="event_id", now=now)
    assigned: list[Assigned] = []
    written: set[UUID] = set()
    for key in keys:
        event_id = new_id() if key is None else held[key]
        fresh = key is None or (event_id == offered[key] and event_id not in written)
        written.add(event_id)
        assigned.append(Assigned(event_id, fresh))
    return assigned
