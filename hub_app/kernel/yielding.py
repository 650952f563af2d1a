"""How work in the background that computes leaves the event loop to people: one job at a time, a few records at a go."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import TypeVar

Item = TypeVar("Item")
# A record of a CRM takes some 0.2 ms to map, as long to merge.
_AT_A_GO = 25


async def at_a_go(items: Sequence[Item], size: int = _AT_A_GO) -> AsyncIterator[Sequence[Item]]:
    """The items in parts, with a turn for everybody else after each."""
    for at in range(0, len(items), size):
        yield items[at : at + size]
        await asyncio.sleep(0)
