"""Records that may be the same person or thing: found after a job has made or changed some, offered to people, merged by nobody else."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from rapidfuzz import fuzz
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import bulk, db
from hub_app.kernel.clock import utcnow
from hub_app.kernel.ids import new_id
from hub_app.kernel.lookups import Lookup, OneOf, Rows, columns_of, other_of
from hub_app.sync.engine.run import Run
from hub_app.sync.tables import SyncDuplicate, SyncRecord, SyncVersion

_STEP = 500
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


_MADE, _RECORD = columns_of(SyncVersion), columns_of(SyncRecord)
_OTHER = other_of(SyncRecord)
_FIRST = str(UUID(int=0))
_OF_JOB = sa.and_(
    _MADE.job_id == sa.bindparam("job", type_=sa.Uuid()),
    _MADE.id > sa.bindparam("after", type_=sa.Uuid()),
    _MADE.kind.in_(("created", "updated")),
)


def _next(_: OneOf) -> Rows:
    return sa.select(_MADE.id).where(_OF_JOB).order_by(_MADE.id).limit(_STEP)


def _not_alone(_: OneOf) -> Rows:
    """Those that share something with another one. Most do not, and need no closer look."""
    alike = (
        sa.and_(_RECORD.email != "", _another(_OTHER.email == _RECORD.email)),
        sa.and_(_RECORD.phone != "", _another(_OTHER.phone == _RECORD.phone)),
        sa.and_(
            _RECORD.date != "",
            _RECORD.name != "",
            _another(
                _OTHER.date == _RECORD.date,
                sa.func.substr(_OTHER.name, 1, 1) == sa.func.substr(_RECORD.name, 1, 1),
            ),
        ),
    )
    return (
        sa.select(_RECORD.id, _RECORD.collection_id, _RECORD.name, _RECORD.email, _RECORD.phone, _RECORD.date)
        .where(_OF_JOB, _MADE.id <= sa.bindparam("last", type_=sa.Uuid()), _RECORD.id == _MADE.record_id)
        .where(_RECORD.archived_at.is_(None), sa.or_(*alike))
    )


def _another(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    of_the_same = (_OTHER.tenant_id == _RECORD.tenant_id, _OTHER.collection_id == _RECORD.collection_id)
    return sa.exists().where(*of_the_same, *conditions, _OTHER.id != _RECORD.id, _OTHER.archived_at.is_(None))


_NEXT, _NOT_ALONE = Lookup(_next), Lookup(_not_alone)
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
            of: dict[str, Any] = {"job": run.job_id, "after": UUID(place.get("after", _FIRST))}
            versions = [row[0] for row in await _NEXT.fetch(session, **of)]
            if versions:
                found = await _NOT_ALONE.fetch(session, **of, last=versions[-1])
                await offer(session, [_One(*row) for row in found])
                place["after"] = str(versions[-1])
            place["done"] = len(versions) < _STEP


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
        # In one order everywhere: two jobs that offer the same pairs wait for each other, instead of locking up.
        for (first, second), (why, score, collection_id) in sorted(pairs.items())
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
