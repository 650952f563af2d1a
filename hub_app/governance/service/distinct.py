"""The different values of a column that an index begins with, however many rows there are."""

from collections.abc import AsyncIterator
from typing import Any, TypeVar, cast
from uuid import UUID

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

Value = TypeVar("Value", str, UUID)
_MOST_PEOPLE = 200


async def distinct(session: AsyncSession, column: Any, before: Value) -> AsyncIterator[Value]:
    """The values of a column behind `before`, in order: a probe of its index for each."""
    last = before
    while True:
        following = select(column).where(column > last).order_by(column).limit(1)
        one = cast("Value | None", (await session.exec(following)).first())
        if one is None:
            return
        yield one
        last = one


async def people_in(session: AsyncSession, column: Any) -> list[UUID]:
    """The people whose ids a column holds, some hundreds at most."""
    found: list[UUID] = []
    async for one in distinct(session, column, UUID(int=0)):
        found.append(one)
        if len(found) == _MOST_PEOPLE:
            break
    return found
