"""Signals between tasks and processes: `something about this topic has been committed, look again`.

A signal carries no data and may be lost with its connection: whoever waits also looks again after a while. In one
process an asyncio event; between processes PostgreSQL's LISTEN/NOTIFY.
"""

import asyncio
import logging
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

import psycopg

from hub_app.kernel.direct import CONNECTING

CHANNEL = "hub"
_PAYLOAD_LIMIT = 7900  # PostgreSQL refuses payloads of 8000 bytes and more.
_EVERYTHING = "*"

_log = logging.getLogger(__name__)
_process = os.urandom(6).hex()
_waiting: defaultdict[str, set["Watch"]] = defaultdict(set)
_heard: defaultdict[str, list[Callable[[], None]]] = defaultdict(list)
_listener: asyncio.Task[None] | None = None
_hearing = False


class Watch:
    """Someone who waits for topics. `changed` is true from a signal until the next `wait`."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def wake(self) -> None:
        self._event.set()

    async def wait(self, timeout: float) -> bool:
        """Wait for a signal, at most `timeout` seconds; whether one came."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._event.wait(), timeout)
        came = self._event.is_set()
        self._event.clear()
        return came


@contextmanager
def watch(*topics: str, by: Watch | None = None) -> Iterator[Watch]:
    """Hear about these topics for the time of the block, by a new Watch or the one given."""
    one = by or Watch()
    for topic in topics:
        _waiting[topic].add(one)
    try:
        yield one
    finally:
        for topic in topics:
            _waiting[topic].discard(one)
            if not _waiting[topic]:
                del _waiting[topic]


def on(prefix: str, hook: Callable[[], None]) -> None:
    """Call `hook` whenever a topic `prefix` or `prefix:…` is signalled by any process (for caches)."""
    _heard[prefix].append(hook)


def wake(topics: Iterable[str]) -> None:
    """Wake this process's waiters. `*` wakes all: signals may have been missed."""
    for topic in topics:
        if topic == _EVERYTHING:
            everyone = {one for group in _waiting.values() for one in group}
            hooks = [hook for group in _heard.values() for hook in group]
        else:
            everyone = set(_waiting.get(topic, ()))
            hooks = _heard.get(topic.partition(":")[0], [])
        for one in everyone:
            one.wake()
        for hook in hooks:
            hook()


def doubt(topics: Iterable[str]) -> None:
    """Call the hooks alone, as `wake` would: what came of a transaction is not known, or it was undone."""
    for topic in topics:
        for hook in _heard.get(topic.partition(":")[0], []):
            hook()


def reliable() -> bool:
    """Whether this process hears of every commit: alone on its database, or with a live connection."""
    return _listener is None or _hearing


def encode(topics: Iterable[str]) -> str:
    """The payload for other processes, with this one's mark, since it hears its own."""
    payload = " ".join([_process, *sorted(topics)])
    return payload if len(payload.encode()) < _PAYLOAD_LIMIT else f"{_process} {_EVERYTHING}"


async def listen(dsn: str) -> None:
    """Start hearing other processes through PostgreSQL at `dsn`."""
    global _listener  # noqa: PLW0603 - one listener per process
    _listener = asyncio.create_task(_hear(dsn), name="signals")


async def stop_listening() -> None:
    global _listener, _hearing
    if _listener is not None:
        _listener.cancel()
        with suppress(asyncio.CancelledError):
            await _listener
        _listener, _hearing = None, False


async def _hear(dsn: str) -> None:
    global _hearing  # noqa: PLW0603 - one listener per process
    pause = 0.1
    while True:
        try:
            connection = await psycopg.AsyncConnection.connect(dsn, autocommit=True, **CONNECTING)
            async with connection:
                await connection.execute(f"LISTEN {CHANNEL}")
                _hearing = True
                wake([_EVERYTHING])
                pause = 0.1
                async for notice in connection.notifies():
                    sender, *topics = notice.payload.split(" ")
                    if sender != _process:
                        wake(topics)
        except (psycopg.Error, OSError):
            _log.warning("Lost the signal connection to PostgreSQL; trying again in %.1f s.", pause)
        # Signals may be missed from here on: caches must not trust themselves.
        _hearing = False
        wake([_EVERYTHING])
        await asyncio.sleep(pause)
        pause = min(pause * 2, 5)
