"""Signals to other processes, after the commit that they are about.

PostgreSQL has one lock for all transactions that notify, held until they are on the disk: were the signals sent by the
transactions themselves, a thousand commits a second would wait for each other. A process that dies between its commit and its
signal is like a signal that was lost, which no waiter relies on.
"""

import asyncio
import logging
from collections.abc import Iterable

import psycopg
from sqlalchemy.exc import SQLAlchemyError

from hub_app.kernel import signals
from hub_app.kernel.direct import Direct
from hub_app.kernel.statements import Statement

_SOON_SECONDS = 0.1
_log = logging.getLogger(__name__)


class Notifier:
    """One statement at a time, with all topics that have come together."""

    def __init__(self, direct: Direct) -> None:
        self._direct = direct
        self._topics: set[str] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None

    def tell(self, topics: Iterable[str], *, soon: bool = False) -> None:
        """Wake other processes' waiters now; with `soon`, in a tenth of a second, which is early enough for a screen."""
        told = set(topics)
        self._topics |= told
        if not told or (self._task is not None and not self._task.done()):
            return
        if not soon:
            self._start()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_SOON_SECONDS, self._start)

    async def close(self) -> None:
        """Send what is left."""
        if self._topics:
            self._start()
        if self._task is not None:
            await self._task

    def _start(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._send(), name="notifier")

    async def _send(self) -> None:
        while self._topics:
            topics, self._topics = self._topics, set()
            try:
                await self._direct.run([_notice(topics)])
            except (psycopg.Error, SQLAlchemyError, OSError) as error:
                _log.warning("Other processes were not told of what was committed: %s", error)


def _notice(topics: set[str]) -> Statement:
    """What tells other processes of these topics."""
    return Statement(
        "select pg_notify(%(channel)s, %(topics)s)",
        {"channel": signals.CHANNEL, "topics": signals.encode(topics)},
    )
