"""Work on what tenants send and get, in threads: seconds of it, beside which everybody else goes on.

There are a few such threads, and a tenant has one of them at a time: whoever has much to be read waits for themselves. What
may take longer than seconds is done in child processes (`kernel/confined.py`).
"""

import asyncio
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from hub_app.kernel.turns import Turns

_AT_ONCE = 4
Done = TypeVar("Done")
_turns = Turns(_AT_ONCE, per_partition=1)
_threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="work")


async def run(work: Callable[..., Done], *args: object, partition: Hashable) -> Done:
    """What `work(*args)` gives. `partition` is whose work it is: a tenant's id."""
    async with _turns.turn(partition):
        return await asyncio.get_running_loop().run_in_executor(_threads, work, *args)
