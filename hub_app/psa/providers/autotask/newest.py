"""Autotask lists by its IDs, the oldest first, and no other way: the newest are found by stretches of IDs, which are made wider or
narrower until one holds a page.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from hub_app.psa.provider.rows import number_of

Row = dict[str, Any]
MOST = 500
"""Rows in an answer."""
_BITS = 31
_LONGEST_SEARCH = 40


@dataclass(frozen=True, slots=True)
class Span:
    """IDs above `low`, and below `high` where that is given."""

    low: int = 0
    high: int | None = None


Find = Callable[[Span], Awaitable[list[Row]]]
Count = Callable[[Span], Awaitable[int]]


async def newest(find: Find, count: Count, *, limit: int, below: int | None) -> list[Row]:
    """The newest rows below an ID, at most so many, newest first."""
    if await count(Span(high=below)) <= MOST:
        return _sorted(await find(Span(high=below)))[:limit]
    low, high = await _stretch(count, below, limit)
    return _sorted(await find(Span(low, high)))[:limit]


async def _stretch(count: Count, below: int | None, limit: int) -> tuple[int, int | None]:
    """A stretch that ends below the ID and has at least `limit` rows, and not more than an answer holds: found by halves."""
    fewer, more = 2**_BITS if below is None else below, 0
    for _ in range(_LONGEST_SEARCH):
        middle = (fewer + more) // 2
        found = await count(Span(middle, below))
        if limit <= found <= MOST:
            return middle, below
        if found < limit:
            fewer = middle
        else:
            more = middle
    return more, below


def _sorted(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=number_of, reverse=True)
