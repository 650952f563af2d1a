"""Work that computes leaves the event loop to others after each part of its items."""

import asyncio

from hub_app.kernel.yielding import at_a_go


async def test_others_have_a_turn_after_each_part() -> None:
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    beside = asyncio.create_task(other())
    seen = [(list(part), turns) async for part in at_a_go([1, 2, 3, 4, 5], 2)]
    beside.cancel()
    assert [part for part, _ in seen] == [[1, 2], [3, 4], [5]]
    assert [at for _, at in seen] == [0, 1, 2]
    assert [part async for part in at_a_go([])] == []
