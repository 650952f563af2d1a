"""Exact matches of two sources: records of one e-mail address and one name, one to one, of which each source has one."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.sync.tables import SyncConflict, SyncDuplicate, SyncLink, SyncRecord

STEP = 100
_FIRST = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Match:
    """A pair that is exact. `kept` is the record that stays, `other` the one that this connection alone has."""

    pair: SyncDuplicate
    kept: UUID
    other: UUID


@dataclass(frozen=True, slots=True)
class Looked:
    """Pairs that were looked at. `left` counts by reason those of this connection that are not exact; `last` is where to go on, None
    at the end.
    """

    matches: Sequence[Match]
    left: Mapping[str, int]
    last: UUID | None


async def look(
    session: AsyncSession, collection_id: UUID, streams: Collection[UUID], after: UUID = _FIRST
) -> Looked:
    """Look through the next pairs of a collection for exact matches of the connection that has these streams, in the open
    transaction.
    """
    statement = select(SyncDuplicate).where(
        SyncDuplicate.collection_id == collection_id,
        SyncDuplicate.status == "open",
        col(SyncDuplicate.id) > after,
    )
    pairs = (await session.exec(statement.order_by(col(SyncDuplicate.id)).limit(STEP))).all()
    ids = {one for pair in pairs for one in (pair.first_id, pair.second_id)}
    records = await _records(session, ids)
    links = await _links(session, ids)
    waiting = await _in_conflict(session, ids)
    often = await _often(session, ids)
    found: list[Match] = []
    left: dict[str, int] = {}
    for pair in pairs:
        match = _between(pair, links, streams)
        if match is None or match.kept not in records or match.other not in records:
            continue
        why = _why_not(pair, records, links, often, waiting)
        if why:
            left[why] = left.get(why, 0) + 1
        else:
            found.append(match)
    return Looked(found, left, pairs[-1].id if len(pairs) == STEP else None)


def _between(
    pair: SyncDuplicate, links: Mapping[UUID, Sequence[SyncLink]], streams: Collection[UUID]
) -> Match | None:
    """The pair as a match of this connection with others: it has one of the records, and others have the other one."""
    first, second = links.get(pair.first_id, ()), links.get(pair.second_id, ())
    if not first or not second:
        return None
    firsts, seconds = ({one.stream_id in streams for one in those} for those in (first, second))
    if firsts == {False} and seconds == {True}:
        return Match(pair, pair.first_id, pair.second_id)
    if firsts == {True} and seconds == {False}:
        return Match(pair, pair.second_id, pair.first_id)
    return None


def _why_not(
    pair: SyncDuplicate,
    records: Mapping[UUID, SyncRecord],
    links: Mapping[UUID, Sequence[SyncLink]],
    often: Mapping[UUID, int],
    waiting: Collection[UUID],
) -> str:
    """Why somebody has to look at the pair; "" for an exact match."""
    ids = (pair.first_id, pair.second_id)
    first, second = (records[one] for one in ids)
    if pair.why != "email" or _plain(first.name) != _plain(second.name) or not first.name:
        return "not_exact"
    if any(often[one] > 1 for one in ids):
        return "several"
    if any(one in waiting for one in ids) or any(link.owes for one in ids for link in links[one]):
        return "not_settled"
    return ""


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()


async def _records(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, SyncRecord]:
    found = select(SyncRecord).where(col(SyncRecord.id).in_(ids), col(SyncRecord.archived_at).is_(None))
    return {one.id: one for one in (await session.exec(found)).all()}


async def _links(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, list[SyncLink]]:
    """Of each record those by which a source still has it."""
    found = select(SyncLink).where(col(SyncLink.record_id).in_(ids), SyncLink.state == "linked")
    links: dict[UUID, list[SyncLink]] = {}
    for link in (await session.exec(found)).all():
        links.setdefault(link.record_id, []).append(link)
    return links


async def _in_conflict(session: AsyncSession, ids: Collection[UUID]) -> set[UUID]:
    found = select(SyncConflict.record_id).where(
        col(SyncConflict.record_id).in_(ids), SyncConflict.status == "open"
    )
    return set((await session.exec(found)).all())


async def _often(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, int]:
    """In how many pairs that wait each record has the e-mail address of the other one."""
    counts = dict.fromkeys(ids, 0)
    # Apart, so that each has an index.
    for column in (SyncDuplicate.first_id, SyncDuplicate.second_id):
        statement = (
            select(col(column), sa.func.count())
            .where(col(column).in_(ids), SyncDuplicate.status == "open", SyncDuplicate.why == "email")
            .group_by(col(column))
        )
        for record_id, count in (await session.exec(statement)).all():
            counts[record_id] += count
    return counts
