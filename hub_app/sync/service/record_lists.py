"""Lists of records: searched, filtered and sorted among a hundred thousand, page by page.

A filter that few records match is answered from an index of its own, and what it found is sorted. When there are many, they lie
close together in whatever order: then the order's index is walked until a page is full.
"""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from hub_app.kernel import bulk, db, paging, rows
from hub_app.kernel.actor import Actor
from hub_app.sync.mapping.columns import digits, folded
from hub_app.sync.mapping.fields import Field
from hub_app.sync.service import access, record_fields
from hub_app.sync.tables import SyncCollection, SyncConnection, SyncData, SyncLink, SyncRecord, SyncStream

Sort = Literal["name", "email", "phone", "date", "status", "value", "updated_at", "created_at"]
Record = SyncRecord
# So many are sorted; where more match, one in a hundred of a large collection does.
_FEW = 900
_AT_ONCE = 500
_PHONE = 4
"""Digits that make a text a phone number, if there is nothing else in it."""
_PHONE_SIGNS = frozenset("0123456789+()./- \u00a0")


@dataclass(frozen=True, slots=True)
class RecordFilter:
    """Which records a list holds. `text` is a part of what a record is found by, `status` the whole one, the dates are ISO days and
    both in it. `connection_id`: those that this connection knows.
    """

    text: str = ""
    status: str = ""
    date_from: str = ""
    date_to: str = ""
    archived: bool = False
    connection_id: UUID | None = None
    sort: Sort = "created_at"
    descending: bool = True


@dataclass(frozen=True, slots=True)
class Listed:
    """A record of a list, with its values by field, and the connections that know it."""

    record: SyncRecord
    values: dict[str, Any]
    connection_ids: Sequence[UUID]


async def list_records(
    actor: Actor, family: str, name: str, chosen: RecordFilter, page: paging.PageRequest
) -> paging.Slice[Listed]:
    """The records of a collection; none when there is no such collection yet."""
    access.require_read(actor, family)
    async with db.read(actor.tenant_id) as session:
        collection = await record_fields.collection_named(session, family, name)
        if collection is None:
            return paging.Slice([])
        found = await _page(session, collection, chosen, page)
        ids = [one.id for one in found.items]
        values, known = await _values(session, ids), await _connections(session, ids)
        return found.holding(
            [Listed(one, values.get(one.id, {}), known.get(one.id, [])) for one in found.items]
        )


async def statuses(actor: Actor, family: str, name: str) -> list[str]:
    """Every status that a record of the collection has, in order."""
    access.require_read(actor, family)
    async with db.read(actor.tenant_id) as session:
        collection = await record_fields.collection_named(session, family, name)
        found: list[str] = []
        while collection is not None and len(found) < _MOST_STATUSES:
            # One look into the index for each, however many records have it.
            after = found[-1] if found else ""
            beyond = (
                select(SyncRecord.status)
                .where(SyncRecord.collection_id == collection.id, col(SyncRecord.status) > after)
                .order_by(col(SyncRecord.status))
                .limit(1)
            )
            status = (await session.exec(beyond)).first()
            if status is None:
                break
            found.append(status)
        return found


_MOST_STATUSES = 100


async def pages(
    actor: Actor, family: str, name: str, chosen: RecordFilter
) -> AsyncIterator[Sequence[Listed]]:
    """All of them, some hundred at a time."""
    cursor: str | None = None
    while True:
        found = await list_records(actor, family, name, chosen, paging.PageRequest(_AT_ONCE, cursor))
        yield found.items
        cursor = found.next_cursor
        if cursor is None:
            return


async def fields_of(actor: Actor, family: str, name: str, standard: Sequence[Field]) -> Sequence[Field]:
    """The fields of a collection, those of the tenant's own last; the standard ones when there is no such collection yet."""
    access.require_read(actor, family)
    async with db.read(actor.tenant_id) as session:
        collection = await record_fields.collection_named(session, family, name)
        return standard if collection is None else record_fields.of(collection)


async def _page(
    session: AsyncSession, collection: SyncCollection, chosen: RecordFilter, page: paging.PageRequest
) -> paging.Slice[SyncRecord]:
    stream_id = None
    if chosen.connection_id is not None:
        stream_id = await _stream(session, collection, chosen.connection_id)
        if stream_id is None:
            return paging.Slice([])
    order = _order(chosen)
    few = await _few(session, collection.id, chosen, stream_id)
    if few is None:
        conditions = _conditions(session, chosen, stream_id)
        if chosen.sort == "date":
            # Where the page begins and ends in the index of the order.
            conditions += _dates(chosen, col(SyncRecord.date), rises=paging.rises(order, page))
        if chosen.status:
            conditions.append(col(SyncRecord.status) == chosen.status)
        everything = select(SyncRecord).where(SyncRecord.collection_id == collection.id, *conditions)
        return await paging.fetch(session, everything, order, page)
    if not few:
        return paging.Slice([])
    # They are known to be of the collection; to say so again would offer its indexes to the planner.
    conditions = _conditions(session, chosen, stream_id)
    those = select(SyncRecord).where(col(SyncRecord.id).in_(few), *conditions)
    return await paging.fetch(session, those, order, page)


def _order(chosen: RecordFilter) -> list[paging.Order]:
    by_id = paging.Order(cast("InstrumentedAttribute[Any]", SyncRecord.id), chosen.descending)
    # Records of one status are in its index by their ids.
    if chosen.sort == "created_at" or (chosen.sort == "status" and chosen.status):
        return [by_id]
    return [paging.Order(getattr(SyncRecord, chosen.sort), chosen.descending), by_id]


async def _few(
    session: AsyncSession, collection_id: UUID, chosen: RecordFilter, stream_id: UUID | None
) -> Sequence[UUID] | None:
    """Records among which all are that match, if these are few; None when they are not, or when everything is wanted."""
    of_collection = select(SyncRecord.id).where(SyncRecord.collection_id == collection_id)
    looks: list[SelectOfScalar[UUID]] = []
    if chosen.status:
        looks.append(of_collection.where(SyncRecord.status == chosen.status))
    if chosen.date_from or chosen.date_to:
        looks.append(of_collection.where(*_dates(chosen, col(SyncRecord.date))))
    if stream_id is not None:
        known = select(SyncLink.record_id).where(SyncLink.stream_id == stream_id)
        # Along their index: PostgreSQL would look through the table for the first of so many.
        looks.append(known.order_by(col(SyncLink.external_id)))
    if chosen.text or chosen.archived:
        # The index of names holds the text, too.
        index = SyncRecord.name if chosen.text else SyncRecord.id
        conditions = _conditions(session, chosen, stream_id)
        looks.append(bulk.along(session, of_collection.where(*conditions), index))
    for look in looks:
        found = (await session.exec(look.limit(_FEW + 1))).all()
        if len(found) <= _FEW:
            return found
    return None


def _conditions(
    session: AsyncSession, chosen: RecordFilter, stream_id: UUID | None
) -> list[sa.ColumnElement[bool]]:
    """What is wanted, in a form that leads SQLite to no index."""
    archived = col(SyncRecord.archived_at)
    found = [archived.is_not(None) if chosen.archived else archived.is_(None)]
    if chosen.status:
        found.append(bulk.unindexed(session, SyncRecord.status) == chosen.status)
    found += _dates(chosen, bulk.unindexed(session, SyncRecord.date))
    if chosen.text:
        found.append(_matches(chosen.text))
    if stream_id is not None:
        known = select(SyncLink.id).where(
            SyncLink.record_id == SyncRecord.id, SyncLink.stream_id == stream_id
        )
        # Looked up for each row: for EXISTS PostgreSQL reads all links of the stream first.
        found.append(known.limit(1).correlate(SyncRecord).scalar_subquery().is_not(None))
    return found


def _dates(chosen: RecordFilter, column: Any, *, rises: bool | None = None) -> list[sa.ColumnElement[bool]]:
    """Records without a date are in no span of time. Without the end that a page's key stands for: SQLite would begin at one end, and
    pass over all pages before.
    """
    found: list[sa.ColumnElement[bool]] = []
    if (chosen.date_from or chosen.date_to) and rises is not True:
        found.append(column >= (chosen.date_from or "0"))
    if chosen.date_to and rises is not False:
        found.append(column <= chosen.date_to)
    return found


def _matches(text: str) -> sa.ColumnElement[bool]:
    """Every word is in what a record is found by; what looks like a phone number, by its digits."""
    search = col(SyncRecord.search)
    number = digits(text)
    if len(number) >= _PHONE and _PHONE_SIGNS.issuperset(text):
        # As it is dialled at home it begins with a zero, which is not there after a country code.
        forms = dict.fromkeys((number, number.removeprefix("00"), number.lstrip("0")))
        as_typed = search.contains(folded(text), autoescape=True)
        return sa.or_(as_typed, *(search.contains(one) for one in forms if one))
    return sa.and_(*(search.contains(one, autoescape=True) for one in folded(text).split()))


async def _stream(session: AsyncSession, collection: SyncCollection, connection_id: UUID) -> UUID | None:
    """What of a connection goes into the collection. NotFound when the family has no such connection."""
    await rows.get(session, SyncConnection, connection_id, col(SyncConnection.family) == collection.family)
    found = select(SyncStream.id).where(
        SyncStream.connection_id == connection_id, SyncStream.collection_id == collection.id
    )
    return (await session.exec(found)).first()


async def _values(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    found = await session.exec(select(SyncData).where(col(SyncData.id).in_(ids)))
    return {one.id: one.contents for one in found.all()}


async def _connections(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, list[UUID]]:
    statement = (
        select(SyncLink.record_id, SyncStream.connection_id)
        .join(SyncStream, col(SyncStream.id) == SyncLink.stream_id)
        .where(col(SyncLink.record_id).in_(ids))
    )
    found: dict[UUID, list[UUID]] = {}
    for record_id, connection_id in (await session.exec(statement)).all():
        found.setdefault(record_id, []).append(connection_id)
    return found
