"""Waiting until this process hears of every commit: on PostgreSQL, the connection for it comes up after the start."""

import asyncio

from hub_app.kernel import signals


async def until_reliable() -> None:
    """From then on a cache keeps what it loads. At that moment everyone is woken once."""
    async with asyncio.timeout(30):
        while not signals.reliable():  # noqa: ASYNC110 - nobody tells of it
            await asyncio.sleep(0.01)
