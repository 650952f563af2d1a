"""What else goes on in the event loop while something is under way."""

import asyncio
import resource
import sys
import time
from types import TracebackType
from typing import Self


class Ticks:
    """Counts how often others get their turn within the block. `longest_share` is the longest work without one, as a part
    of the whole time (of three seconds, when it is shorter).

    Work is what this thread computed: a machine that is busy with something else lets anybody wait.
    """

    def __init__(self) -> None:
        self.count = 0
        self.longest_share = 0.0
        self._longest = 0.0

    async def __aenter__(self) -> Self:
        self._began, self._last = time.perf_counter(), time.thread_time()
        self._task = asyncio.create_task(self._tick())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._note()
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self.longest_share = self._longest / max(time.perf_counter() - self._began, 3)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(0)
            self.count += 1
            self._note()
            # Not at all times: the others want to get on too.
            await asyncio.sleep(0.001)

    def _note(self) -> None:
        now = time.thread_time()
        self._longest = max(self._longest, now - self._last)
        self._last = now


def memory() -> int:
    """The most memory that this process ever had, in bytes."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else 1024 * most
