"""Pages of a list by keyset: opening the last page of 100,000 rows costs what the first one costs.

A cursor holds the sort key of the row where a page ended, and the direction. It is opaque to clients, and a bad one is
their mistake.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar, cast
from uuid import UUID

import orjson
import sqlalchemy as sa
from fastapi import Query
from pydantic import BaseModel
from sqlalchemy.orm import InstrumentedAttribute
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from hub_app.kernel.errors import Invalid

DEFAULT_LIMIT = 50
MAX_LIMIT = 200

Out = TypeVar("Out")
Row = TypeVar("Row", bound=SQLModel)


class Page(BaseModel, Generic[Out]):
    """The answer of every REST list."""

    items: list[Out]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Slice(Generic[Out]):
    """One page, with the cursors of its neighbours where there are any."""

    items: list[Out]
    next_cursor: str | None = None
    previous_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class PageRequest:
    limit: int = DEFAULT_LIMIT
    cursor: str | None = None


def page_request(
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Rows per page.")] = DEFAULT_LIMIT,
    cursor: Annotated[
        str | None, Query(max_length=1000, description="`next_cursor` of the page before.")
    ] = None,
) -> PageRequest:
    """The FastAPI dependency of every list route."""
    return PageRequest(limit, cursor)


@dataclass(frozen=True, slots=True)
class Order:
    """A sort column, which must not be NULL; the last one of an order must be unique."""

    column: InstrumentedAttribute[Any]
    descending: bool = False


def newest_first(id_column: object) -> list[Order]:
    """The usual order: UUIDv7 ids grow with time."""
    return [Order(cast("InstrumentedAttribute[Any]", id_column), descending=True)]


async def fetch(
    session: AsyncSession, statement: SelectOfScalar[Row], order: Sequence[Order], page: PageRequest
) -> Slice[Row]:
    """The page of `statement`'s rows that `page` asks for, at most `page.limit` of them."""
    backwards, key = _decode(page.cursor, order) if page.cursor else (False, None)
    if key is not None:
        statement = statement.where(_beyond(order, key, backwards=backwards))
    statement = statement.order_by(
        *(o.column.desc() if o.descending != backwards else o.column.asc() for o in order)
    ).limit(page.limit + 1)
    rows = list((await session.exec(statement)).all())
    more = len(rows) > page.limit
    rows = rows[: page.limit]
    if backwards:
        rows.reverse()
    # Where a page was entered from a neighbour, that neighbour exists.
    has_previous, has_next = (more, True) if backwards else (key is not None, more)
    return Slice(
        items=rows,
        next_cursor=_encode(rows[-1], order, backwards=False) if rows and has_next else None,
        previous_cursor=_encode(rows[0], order, backwards=True) if rows and has_previous else None,
    )


def _beyond(order: Sequence[Order], key: Sequence[object], *, backwards: bool) -> sa.ColumnElement[bool]:
    """`(a, b) > (x, y)` in the order's directions, spelled out since they may differ."""
    alternatives: list[sa.ColumnElement[bool]] = []
    for i, (one, value) in enumerate(zip(order, key, strict=True)):
        down = one.descending != backwards
        equal = [o.column == v for o, v in zip(order[:i], key[:i], strict=True)]
        alternatives.append(sa.and_(*equal, one.column < value if down else one.column > value))
    return sa.or_(*alternatives)


def _encode(row: SQLModel, order: Sequence[Order], *, backwards: bool) -> str:
    values = [getattr(row, o.column.key) for o in order]
    return base64.urlsafe_b64encode(orjson.dumps(["p" if backwards else "n", *values])).decode().rstrip("=")


def _decode(cursor: str, order: Sequence[Order]) -> tuple[bool, list[object]]:
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        direction, *texts = cast("list[object]", orjson.loads(raw))
        backwards = {"p": True, "n": False}[direction]  # type: ignore[index]
        values = [_typed(o.column, text) for o, text in zip(order, texts, strict=True)]
    except (KeyError, ValueError, TypeError):
        raise Invalid.field(
            "cursor", "is not a cursor of this list. Leave it out to start at the first page."
        ) from None
    return backwards, values


def _typed(column: InstrumentedAttribute[Any], text: object) -> object:
    """A cursor's JSON value as the column's Python type; ValueError when it is none."""
    kind = column.type.python_type
    parsers: Mapping[type, object] = {UUID: UUID, datetime: datetime.fromisoformat}
    parse = parsers.get(kind)
    if parse is not None and isinstance(text, str):
        return parse(text)  # type: ignore[operator]
    if not isinstance(text, kind):
        raise TypeError
    return text
