"""Records that may be the same person or thing: found after a job has made or changed some, offered to people, merged by nobody else."""

from collections.abc import Callable, Iterable, Mapping, Sequence
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
from hub_app.kernel.yielding import at_a_go
from hub_app.sync.engine.run import Run
from hub_app.sync.tables import SyncDuplicate, SyncRecord, SyncVersion

_STEP = 500
# Of these, so many are compared with all that are like them before others have the event loop.
_CLOSELY = 100
# So many pairs are written in one transaction, for which a screen that writes may have to wait.
_AT_ONCE = 500
# Percent. Below it, names of the same day are different people's.
_NEAR = 90
# So many records of one e-mail address or day are no duplicates but a habit, such as an agency's address.
_MOST_ALIKE = 20
_DAY = len("2026-01-31")
_Ids = tuple[UUID, UUID]


@dataclass(frozen=True, slots=True)
class _One:
    id: UUID
    collection_id: UUID
    name: str
    email: str
    phone: str
    date: str


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two records that may be the same, the older one first."""

    first_id: UUID
    second_id: UUID
    why: str
    score: int
    collection_id: UUID


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


def _there(one_of: OneOf) -> Rows:
    """Those that are still shown, and stay until the transaction ends."""
    shown = one_of(_RECORD.id) & _RECORD.archived_at.is_(None)
    found = sa.select(_RECORD.id).where(shown).order_by(_RECORD.id)
    return found.with_for_update(read=True, key_share=True)


_NEXT, _NOT_ALONE, _THERE = Lookup(_next), Lookup(_not_alone), Lookup(_there)
_COLUMNS = sa.select(
    col(SyncRecord.id),
    col(SyncRecord.collection_id),
    col(SyncRecord.name),
    col(SyncRecord.email),
    col(SyncRecord.phone),
    col(SyncRecord.date),
)
_KEYS = (
    # Of several people "n/a" is written where an address belongs.
    _Key("email", lambda one: one.email if "@" in one.email else "", _one_of(SyncRecord.email)),
    _Key("phone", lambda one: one.phone, _one_of(SyncRecord.phone)),
    _Key(
        "name_and_date",
        lambda one: one.date + one.name[:1] if one.date and one.name else "",
        _one_of_days,
    ),
)


async def look(run: Run) -> None:
    """Look for duplicates of what this job has made or changed. While it searches, others can write: of one address that many
    records have come many pairs.
    """
    place = run.part("duplicates")
    while not place.get("done"):
        async with db.turn(run.tenant_id):
            await _look(run, place)


async def _look(run: Run, place: dict[str, Any]) -> None:
    of: dict[str, Any] = {"job": run.job_id, "after": UUID(place.get("after", _FIRST))}
    found = dict[_Ids, _Pair]()
    async with db.read(run.tenant_id) as session:
        versions = [row[0] for row in await _NEXT.fetch(session, **of)]
        not_alone = await _NOT_ALONE.fetch(session, **of, last=versions[-1]) if versions else []
        async for rows in at_a_go(not_alone, _CLOSELY):
            found |= await _pairs(session, [_One(*row) for row in rows])
    pairs = _in_order(found)
    while len(pairs) > _AT_ONCE:
        async with run.step() as session:
            await _offer(session, pairs[:_AT_ONCE])
        pairs = pairs[_AT_ONCE:]
    async with run.step() as session:
        await _offer(session, pairs)
        place["after"] = str(versions[-1]) if versions else place.get("after", _FIRST)
        place["done"] = len(versions) < _STEP


async def offer_for(session: AsyncSession, ids: Iterable[UUID]) -> None:
    """Offer what the records of these ids may be, in the open transaction."""
    await _offer(session, _in_order(await _pairs(session, await _records(session, ids))))


async def _pairs(session: AsyncSession, records: Sequence[_One]) -> dict[_Ids, _Pair]:
    """Those of the collection that these may be."""
    pairs = dict[_Ids, _Pair]()
    for key in _KEYS:
        for one, other in await _alike(session, records, key):
            score = 100 if key.why != "name_and_date" else round(fuzz.token_sort_ratio(one.name, other.name))
            if score >= _NEAR:
                first, second = sorted((one.id, other.id))
                pairs.setdefault((first, second), _Pair(first, second, key.why, score, one.collection_id))
    return pairs


def _in_order(pairs: Mapping[_Ids, _Pair]) -> list[_Pair]:
    """The same everywhere: two jobs that offer the same pairs wait for each other, instead of locking up."""
    return [pairs[ids] for ids in sorted(pairs)]


async def _offer(session: AsyncSession, pairs: Sequence[_Pair]) -> None:
    """Offer these, in the open transaction: those of which both are still shown. A pair that was decided on is left alone."""
    if not pairs:
        return
    ids = {one.hex for pair in pairs for one in (pair.first_id, pair.second_id)}
    there = {row[0] for row in await _THERE.fetch(session, ids)}
    now = utcnow()
    rows: list[dict[str, Any]] = [
        {
            "id": new_id(),
            "created_at": now,
            "collection_id": pair.collection_id,
            "first_id": pair.first_id,
            "second_id": pair.second_id,
            "why": pair.why,
            "score": pair.score,
            "status": "open",
            "merged": {},
            "decided_by": "",
            "updated_at": now,
        }
        for pair in pairs
        if there.issuperset((pair.first_id, pair.second_id))
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
