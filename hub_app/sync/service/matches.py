"""How many exact matches the connections of a family have with each other."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.sync.engine import matches
from hub_app.sync.tables import SyncConnection, SyncStream

# Of more pairs than these nobody waits for the count: the preview tells.
_MOST_LOOKS = 20


@dataclass(slots=True)
class Counted:
    """Of one connection. `more`: there may be others. `left` are pairs that somebody has to look at, by reason."""

    connection_id: UUID
    name: str
    count: int = 0
    more: bool = False
    left: Mapping[str, int] = field(default_factory=dict[str, int])


async def count(session: AsyncSession, family: str) -> list[Counted]:
    """Those that have any, the newest connection first, in the open transaction. A pair is the newer connection's."""
    statement = (
        select(SyncConnection, SyncStream)
        .join(SyncStream, col(SyncStream.connection_id) == SyncConnection.id)
        .where(SyncConnection.family == family)
        .order_by(col(SyncConnection.id).desc())
    )
    rows = (await session.exec(statement)).all()
    names = {connection.id: connection.name for connection, _ in rows}
    found: list[Counted] = []
    if len(names) > 1:
        for connection_id, name in list(names.items())[:-1]:
            streams = {one.id: one.collection_id for _, one in rows if one.connection_id == connection_id}
            found.append(await _of(session, Counted(connection_id, name), streams))
    return [one for one in found if one.count]


async def _of(session: AsyncSession, one: Counted, streams: Mapping[UUID, UUID]) -> Counted:
    left: dict[str, int] = {}
    looks = 0
    for collection_id in set(streams.values()):
        after: UUID | None = UUID(int=0)
        while after is not None and looks < _MOST_LOOKS:
            looked = await matches.look(session, collection_id, streams, after)
            one.count += len(looked.matches)
            for why, count in looked.left.items():
                left[why] = left.get(why, 0) + count
            after, looks = looked.last, looks + 1
        one.more |= after is not None
    one.left = left
    return one
