"""The time machine: a record as it was at any moment, and what differs from now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import db, rows
from hub_app.kernel.actor import Actor
from hub_app.kernel.errors import NotFound
from hub_app.sync.journal import ARCHIVED, put_back
from hub_app.sync.service import access, records
from hub_app.sync.service.record_history import Entry, entry_of
from hub_app.sync.service.records import Whole
from hub_app.sync.tables import SyncVersion


class NotYetMade(NotFound):
    """The record was made later than the moment that was asked for."""

    title = "Not made yet"


@dataclass(frozen=True, slots=True)
class Past:
    """A record as it was: its `values` then and `archived_at`, the version that it had, and what it `is` now. `earlier` and `later`
    are the versions beside it that changed something, None at the ends.
    """

    now: Whole
    version: Entry
    values: Mapping[str, Any]
    archived_at: datetime | None
    earlier: UUID | None
    later: UUID | None

    @property
    def differing(self) -> Sequence[str]:
        """The keys of the fields that are not what they were, in the order of the collection."""
        return [
            one.key for one in self.now.fields if self.now.values.get(one.key) != self.values.get(one.key)
        ]


async def at(
    actor: Actor,
    family: str,
    record_id: UUID,
    *,
    moment: datetime | None = None,
    version_id: UUID | None = None,
) -> Past:
    """The record at a moment, or as this version made it; now, without either. NotFound; NotYetMade for a moment before it was made."""
    access.require_read(actor, family)
    async with db.read(actor.tenant_id) as session:
        now = await records.find(session, family, record_id)
        version = await _version(session, now, moment, version_id)
        values, archived = await values_at(session, now, version)
        return Past(
            now=now,
            version=await entry_of(session, version, now),
            values=values,
            archived_at=archived,
            earlier=await _beside(session, version, later=False),
            later=await _beside(session, version, later=True),
        )


async def _version(
    session: AsyncSession, now: Whole, moment: datetime | None, version_id: UUID | None
) -> SyncVersion:
    is_of_it = col(SyncVersion.record_id) == now.record.id
    if version_id is not None:
        return await rows.get(session, SyncVersion, version_id, is_of_it)
    until = [col(SyncVersion.created_at) <= moment] if moment is not None else []
    statement = select(SyncVersion).where(is_of_it, *until).order_by(col(SyncVersion.id).desc()).limit(1)
    found = (await session.exec(statement)).one_or_none()
    if found is None:
        made = now.record.created_at
        raise NotYetMade(f"This record was made later: {made:%-d %b %Y, %H:%M:%S} UTC.")
    return found


async def values_at(
    session: AsyncSession, now: Whole, version: SyncVersion
) -> tuple[dict[str, Any], datetime | None]:
    """The record's values and its place in the archive once this version was made: what came later is taken back, the newest first."""
    later = (
        select(SyncVersion)
        .where(SyncVersion.record_id == version.record_id, col(SyncVersion.id) > version.id)
        .order_by(col(SyncVersion.id).desc())
    )
    archived_at = now.record.archived_at
    values = dict(now.values) | ({ARCHIVED: archived_at.isoformat()} if archived_at else {})
    for one in (await session.exec(later)).all():
        values = put_back(values, one.before, one.after)
    archived = values.pop(ARCHIVED, None)
    return values, datetime.fromisoformat(archived) if archived else None


async def _beside(session: AsyncSession, version: SyncVersion, *, later: bool) -> UUID | None:
    """The version beside this one that has another number: what was only told of a link has that of the version before it."""
    number, column = col(SyncVersion.number), col(SyncVersion.id)
    chosen = number > version.number if later else number < version.number
    order = column if later else column.desc()
    statement = select(SyncVersion.id).where(SyncVersion.record_id == version.record_id, chosen)
    return (await session.exec(statement.order_by(order).limit(1))).one_or_none()
