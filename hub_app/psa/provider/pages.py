"""Reading a list to its end, page by page, as far as Hub reads one."""

from collections.abc import Awaitable, Callable
from typing import Any

from hub_app.psa.provider import MOST_PAGES, PAGE_SIZE

Row = dict[str, Any]


async def read_all(
    page: Callable[[int], Awaitable[list[Row]]], *, size: int = PAGE_SIZE, most: int = MOST_PAGES
) -> tuple[list[Row], bool]:
    """All rows of a list, and whether there are more than Hub reads. `page` takes a number from 1; a short one is the last."""
    found: list[Row] = []
    for number in range(1, most + 1):
        rows = await page(number)
        found += rows
        if len(rows) < size:
            return found, False
    return found, True
