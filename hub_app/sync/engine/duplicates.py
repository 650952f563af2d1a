"""Records that may be the same person or thing: found after a job has made or changed some, offered to people, merged by nobody else."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from rapidfuzz import fuzz
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import bulk, db
from hub_app.kernel.clock import utcnow
from hub_app.kernel.ids import new_id
from hub_app.sync.engine.run import Run
from hub_app.sync.tables import SyncDuplicate, SyncRecord, SyncVersion

_STEP = 200
# Percent. Below it, names of the same day are different people's.
_NEAR = 90
# So many records of one e-mail address or day are no duplicates but a habit, such as an agency's address.
_MOST_ALIKE = 20
_DAY = len("2026-01-31")


@dataclass(frozen=True, slots=True)
class _One:
    id: UUID
    collection_id: UUID
    name: str
    email: str
    phone: str
    date: str


@dataclass(frozen=True, slots=True)
class _Key:
    """What two records may share, and `why` they are offered then. `of` is that of a record, `holds` whether a row has one of
    some, found through an index.
    """

    why: str
    of: Callable[[_One], str]
    holds: Callable[[AsyncSession, Sequence[str]], sa.ColumnElement[bool]]


def _one_of(column: object) -> Callable[[AsyncSession, Sequence[str]], sa.ColumnElement[bool]]:
    return lambda session, texts: bulk.among(session, column, texts)


def _one_of_days(session: AsyncSession, texts: Sequence[str]) -> sa.ColumnElement[bool]:
    """Of one day there are many: names that are nearly the same begin alike."""
    begins = col(SyncRecord.date) + sa.func.substr(SyncRecord.name, 1, 1)
    days = {text[:_DAY] for text in texts}
    return sa.and_(bulk.among(session, SyncRecord.date, days), bulk.among(session, begins, texts))


_COLUMNS = sa.select(
    col(SyncRecord.id),
    col(SyncRecord.collection_id),
    col(SyncRecord.name),
    col(SyncRecord.email),
    col(SyncRecord.phone),
    col(SyncRecord.date),
)
_KEYS = (
    _Key("email", lambda one: one.email, _one_of(SyncRecord.email)),
    _Key("phone", lambda one: one.phone, _one_of(SyncRecord.phone)),
    _Key(
        "name_and_date",
        lambda one: one.date + one.name[:1] if one.date and one.name else "",
        _one_of_days,
    ),
)


async def look(run: Run) -> None:
    """Look for duplicates of what this job has made or changed."""
    place = run.part("duplicates")
    while not place.get("done"):
        async with run.step() as session:
            versions = await _next(session, run, place.get("after"))
            ids = {record_id for _, record_id in versions}
            await offer(session, await _records(session, ids))
            place["done"] = len(versions) < _STEP
            if versions:
                place["after"] = str(versions[-1][0])


async def _next(session: AsyncSession, run: Run, after: str | None) -> Sequence[tuple[UUID, UUID]]:
    statement = select(SyncVersion.id, SyncVersion.record_id).where(
        SyncVersion.job_id == run.job_id, col(SyncVersion.kind).in_(("created", "updated"))
    )
    if after is not None:
        statement = statement.where(col(SyncVersion.id) > UUID(after))
    return (await session.exec(statement.order_by(col(SyncVersion.id)).limit(_STEP))).all()


async def offer_for(session: AsyncSession, ids: Iterable[UUID]) -> None:
    """Offer what the records of these ids may be, in the open transaction."""
    await offer(session, await _records(session, ids))


async def offer(session: AsyncSession, records: Sequence[_One]) -> None:
    """Offer those of the collection that these may be, in the open transaction. A pair that was decided on is left alone."""
    pairs: dict[tuple[UUID, UUID], tuple[str, int, UUID]] = {}
    for key in _KEYS:
        for one, other in await _alike(session, records, key):
            score = 100 if key.why != "name_and_date" else round(fuzz.token_sort_ratio(one.name, other.name))
            if score >= _NEAR:
                first, second = sorted((one.id, other.id))
                pairs.setdefault((first, second), (key.why, score, one.collection_id))
    now = utcnow()
    rows: list[dict[str, Any]] = [
        {
            "id": new_id(),
            "created_at": now,
            "collection_id": collection_id,
            "first_id": first,
            "second_id": second,
            "why": why,
            "score": score,
            "status": "open",
            "merged": {},
            "decided_by": "",
            "updated_at": now,
        }
        for (first, second), (why, score, collection_id) in pairs.items()
    ]
    await bulk.insert_missing(session, SyncDuplicate, rows)
    if rows:
        db.notify(session, f"sync_duplicates:{db.unit_of(session).scope}")


async def _alike(session: AsyncSession, records: Iterable[_One], key: _Key) -> list[tuple[_One, _One]]:
    """Pairs of records of which both have the same key."""
    by_collection: dict[UUID, dict[str, list[_One]]] = {}
    for one in records:
        if text := key.of(one):
            by_collection.setdefault(one.collection_id, {}).setdefault(text, []).append(one)
    found: list[tuple[_One, _One]] = []
    for collection_id, ours in by_collection.items():
        others: dict[str, list[_One]] = {}
        for other in await _holding(session, collection_id, key, list(ours)):
            others.setdefault(key.of(other), []).append(other)
        for text, those in ours.items():
            alike = others.get(text, [])
            if len(alike) <= _MOST_ALIKE:
                found += [(one, other) for one in those for other in alike if one.id != other.id]
    return found


async def _holding(session: AsyncSession, collection_id: UUID, key: _Key, texts: Sequence[str]) -> list[_One]:
    statement = _COLUMNS.where(
        col(SyncRecord.collection_id) == collection_id,
        col(SyncRecord.archived_at).is_(None),
        key.holds(session, texts),
    ).limit(len(texts) * (_MOST_ALIKE + 1) + 1000)
    return [_One(*row) for row in (await session.execute(statement)).all()]


async def _records(session: AsyncSession, ids: Iterable[UUID]) -> list[_One]:
    statement = _COLUMNS.where(col(SyncRecord.id).in_(list(ids)), col(SyncRecord.archived_at).is_(None))
    return [_One(*row) for row in (await session.execute(statement)).all()]
