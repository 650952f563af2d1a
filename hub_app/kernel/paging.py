"""Pages of a list by keyset: opening the last page of 100,000 rows costs what the first one costs.

A cursor holds the sort key of the row where a page ended, and the direction. It is opaque to clients, and a bad one is
their mistake.
"""

import base64
import heapq
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate
from operator import attrgetter
from typing import Annotated, Any, Generic, TypeVar, cast
from uuid import UUID

import orjson
import sqlalchemy as sa
from fastapi import Depends, Query
from pydantic import BaseModel
from sqlalchemy.orm import InstrumentedAttribute
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from hub_app.kernel.errors import Invalid

DEFAULT_LIMIT = 50
MAX_LIMIT = 200
MAX_WEIGHT = 2**20
"""Bytes. Fewer rows make a page when they come to more, but always one."""
_MOST_INTEGER = 2**63 - 1

Out = TypeVar("Out")
Other = TypeVar("Other")
Row = TypeVar("Row", bound=SQLModel)


@dataclass(frozen=True, slots=True)
class Slice(Generic[Out]):
    """One page, with the cursors of its neighbours where there are any."""

    items: list[Out]
    next_cursor: str | None = None
    previous_cursor: str | None = None

    def holding(self, items: list[Other]) -> "Slice[Other]":
        """The same page with these in the places of its items."""
        return Slice(items, self.next_cursor, self.previous_cursor)


class Page(BaseModel, Generic[Out]):
    """The answer of every REST list."""

    items: list[Out]
    next_cursor: str | None

    @staticmethod
    def of(found: Slice[Other]) -> "Page[Other]":
        return Page(items=found.items, next_cursor=found.next_cursor)


@dataclass(frozen=True, slots=True)
class PageRequest:
    limit: int = DEFAULT_LIMIT
    cursor: str | None = None


def page_request(
    limit: Annotated[
        int, Query(ge=1, le=MAX_LIMIT, description="Rows per page, at most: large ones make it shorter.")
    ] = DEFAULT_LIMIT,
    cursor: Annotated[
        str | None, Query(max_length=1000, description="`next_cursor` of the page before.")
    ] = None,
) -> PageRequest:
    """The FastAPI dependency of every list route."""
    return PageRequest(limit, cursor)


Paging = Annotated[PageRequest, Depends(page_request)]
"""The parameter of every list route."""


@dataclass(frozen=True, slots=True)
class Order:
    """A sort column, which must not be NULL; the last one of an order must be unique."""

    column: InstrumentedAttribute[Any]
    descending: bool = False


def newest_first(id_column: object) -> list[Order]:
    """The usual order: UUIDv7 ids grow with time."""
    return [Order(cast("InstrumentedAttribute[Any]", id_column), descending=True)]


async def fetch(
    session: AsyncSession,
    statement: SelectOfScalar[Row],
    order: Sequence[Order],
    page: PageRequest,
    *,
    each: Sequence[sa.ColumnElement[bool]] | None = None,
    weigh: Callable[[Sequence[Row]], Awaitable[Sequence[int]]] | None = None,
) -> Slice[Row]:
    """The page of `statement`'s rows that `page` asks for, at most `page.limit` of them.

    `each`: conditions of which exactly one holds for any row (a status is one of five). They are asked for one by one and
    merged, so that an index with that column before those of the order serves whoever does not filter by it.
    `weigh`: how many bytes is shown of each row, where that may be a lot. A page ends before it is too much.
    """
    backwards, key = _decode(page.cursor, order) if page.cursor else (False, None)
    if key is not None:
        statement = statement.where(_beyond(order, key, backwards=backwards))
    statement = statement.order_by(
        *(o.column.desc() if o.descending != backwards else o.column.asc() for o in order)
    ).limit(page.limit + 1)
    parts = [statement] if each is None else [statement.where(one) for one in each]
    found = [(await session.exec(part)).all() for part in parts]
    rows = _merged(found, order, backwards=backwards)[: page.limit + 1]
    more = len(rows) > page.limit
    rows = rows[: page.limit]
    if weigh is not None:
        fit = fitting(await weigh(rows))
        more, rows = more or fit < len(rows), rows[:fit]
    if backwards:
        rows.reverse()
    # Where a page was entered from a neighbour, that neighbour exists.
    has_previous, has_next = (more, True) if backwards else (key is not None, more)
    return Slice(
        items=rows,
        next_cursor=_encode(rows[-1], order, backwards=False) if rows and has_next else None,
        previous_cursor=_encode(rows[0], order, backwards=True) if rows and has_previous else None,
    )


def rises(order: Sequence[Order], page: PageRequest) -> bool | None:
    """Whether a page is read from the key in its cursor upwards; None for the first page, which has none."""
    if page.cursor is None:
        return None
    backwards, _ = _decode(page.cursor, order)
    return order[0].descending == backwards


def _merged(found: Sequence[Sequence[Row]], order: Sequence[Order], *, backwards: bool) -> list[Row]:
    """The rows of all parts in one order, which goes one way. A part's own order stays: it is the database's."""
    key = attrgetter(*(o.column.key for o in order))
    return list(heapq.merge(*found, key=key, reverse=order[0].descending != backwards))


def fitting(weights: Sequence[int]) -> int:
    """How many of the first rows make a page."""
    return max(min(1, len(weights)), sum(total <= MAX_WEIGHT for total in accumulate(weights)))


def _beyond(order: Sequence[Order], key: Sequence[object], *, backwards: bool) -> sa.ColumnElement[bool]:
    """`(a, b) > (x, y)` in the order's directions, in a form for which an index leads there."""
    ways = {o.descending != backwards for o in order}
    if len(ways) == 1:
        here = sa.tuple_(*(o.column for o in order))
        return here < tuple(key) if ways == {True} else here > tuple(key)
    # Directions that differ are spelled out.
    alternatives: list[sa.ColumnElement[bool]] = []
    for i, (one, value) in enumerate(zip(order, key, strict=True)):
        down = one.descending != backwards
        equal = [o.column == v for o, v in zip(order[:i], key[:i], strict=True)]
        alternatives.append(sa.and_(*equal, one.column < value if down else one.column > value))
    first = order[0].column <= key[0] if order[0].descending != backwards else order[0].column >= key[0]
    return sa.and_(first, sa.or_(*alternatives))


def _encode(row: SQLModel, order: Sequence[Order], *, backwards: bool) -> str:
    values = [getattr(row, o.column.key) for o in order]
    return base64.urlsafe_b64encode(orjson.dumps(["p" if backwards else "n", *values])).decode().rstrip("=")


def _decode(cursor: str, order: Sequence[Order]) -> tuple[bool, list[object]]:
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        direction, *texts = cast("list[object]", orjson.loads(raw))
        backwards = {"p": True, "n": False}[direction]  # type: ignore[index]
        values = [_typed(o.column, text) for o, text in zip(order, texts, strict=True)]
    except (KeyError, ValueError, TypeError, OverflowError):
        raise Invalid.field(
            "cursor", "is not a cursor of this list. Leave it out to start at the first page."
        ) from None
    return backwards, values


def _typed(column: InstrumentedAttribute[Any], value: object) -> object:
    """A cursor's JSON value as the column's Python type; an error of those that `_decode` knows when it is none."""
    # A decorated type, such as that of times, does not tell its Python type itself.
    kept = cast("sa.types.TypeEngine[Any]", column.type)
    plain = kept.impl_instance if isinstance(kept, sa.types.TypeDecorator) else kept
    kind = plain.python_type
    parse = _PARSERS.get(kind)
    if parse is not None and isinstance(value, str):
        value = parse(value)
    if not isinstance(value, kind) or not _is_storable(value):
        raise TypeError
    return value


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError
    return moment.astimezone(UTC)


def _is_storable(value: object) -> bool:
    """Whether both databases take it."""
    match value:
        case int():
            return abs(value) <= _MOST_INTEGER
        case str():
            return "\0" not in value
        case _:
            return True


_PARSERS: Mapping[type, Callable[[str], object]] = {UUID: UUID, datetime: _moment}
