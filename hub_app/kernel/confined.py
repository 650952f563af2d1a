"""Work on other people's data whose end nobody can promise, in child processes that are killed when it takes too long.

There are a few children, started when they are needed, and a tenant has at most half of them at once.
"""

import asyncio
import atexit
import logging
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

from hub_app.kernel.child import frames
from hub_app.kernel.child.process import Gone, Process
from hub_app.kernel.turns import Turns

AT_ONCE = 4
PER_PARTITION = AT_ONCE // 2
WAITING_PER_PARTITION = 64
_log = logging.getLogger(__name__)

Reason = Literal["time", "memory", "data", "busy"]


class Stopped(Exception):
    """The work was ended, or not begun: it took too much `time` or `memory`, was given too much `data`, or there was too
    much of it already (`busy`).
    """

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


_turns = Turns(AT_ONCE, per_partition=PER_PARTITION, waiting=WAITING_PER_PARTITION)
_idle: list[Process] = []
_threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="confined")


async def run(work: Callable[..., object], *args: object, partition: Hashable, seconds: int) -> Any:
    """What `work(*args)` gives, done in a child process; Stopped when it is not done after `seconds`.

    `work` is a function of a module that imports little; arguments and result are JSON values. `partition` is whose work it
    is, such as a tenant's id: nobody's work waits for that of one other partition alone.
    """
    if not _turns.has_room(partition):
        raise Stopped("busy")
    async with _turns.turn(partition):
        process = _taken()
        late = False

        def stop() -> None:
            nonlocal late
            late = True
            process.kill()

        loop = asyncio.get_running_loop()
        timer = loop.call_later(seconds, stop)
        try:
            where = f"{work.__module__}:{work.__qualname__}"
            how, found = await loop.run_in_executor(_threads, process.work, where, args, seconds)
        except Gone as error:
            # Nothing else is known to end a child: the kernel takes memory where it finds most.
            reason: Reason = "time" if late or error.out_of_time else "memory"
            _log.warning("A child process of %s ended before its work was done (%s).", partition, reason)
            raise Stopped(reason) from None
        except frames.Unsendable:
            raise Stopped("data") from None
        except asyncio.CancelledError:
            process.kill()
            raise
        finally:
            timer.cancel()
            if process.is_usable:
                _idle.append(process)
            else:
                _threads.submit(process.end)
    if how == "memory":
        raise Stopped("memory")
    if how != "done":
        raise RuntimeError(f"Work in a child process failed: {found}")
    return found


def close() -> None:
    """End the children that are there. The next work starts new ones."""
    while _idle:
        _idle.pop().end()


atexit.register(close)


def _taken() -> Process:
    while _idle:
        process = _idle.pop()
        if process.is_usable:
            return process
        process.end()
    return Process()
