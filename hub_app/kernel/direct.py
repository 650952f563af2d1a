"""The driver's own connection, for transactions whose statements are all known beforehand: one hop for all of them.

On SQLite that is one thread with one connection, on PostgreSQL one message with the values in it, which costs a third of what
a pipeline does. PostgreSQL plans each statement for its values: a prepared one would settle on a plan made while tables were
nearly empty, and read all of them when they are not.
"""

import asyncio
import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Protocol

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy.engine import URL
from sqlalchemy.exc import IntegrityError

from hub_app.kernel.statements import Statement

Found = list[list[tuple[Any, ...]]]
_Connection = psycopg.AsyncConnection[Any]
CONNECTING: dict[str, Any] = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
"""For every connection to PostgreSQL: a server that vanished is noticed within seconds, not after the hours that TCP takes."""


class Direct(Protocol):
    """`run` runs statements as one transaction; what each gave back. Raises SQLAlchemy's IntegrityError."""

    async def run(self, statements: Sequence[Statement]) -> Found: ...

    async def close(self) -> None: ...


class SqliteDirect:
    """One writing thread. Whoever calls `run` holds the process's write lock."""

    def __init__(self, path: str, pragmas: Sequence[str]) -> None:
        self._path = path
        self._pragmas = pragmas
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite")
        self._connection: sqlite3.Connection | None = None

    async def run(self, statements: Sequence[Statement]) -> Found:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._transact, statements)

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._disconnect)
        self._thread.shutdown()

    def _transact(self, statements: Sequence[Statement]) -> Found:
        connection = self._connected()
        connection.execute("BEGIN IMMEDIATE")
        try:
            found = [self._execute(connection, one) for one in statements]
            connection.execute("COMMIT")
        except BaseException as error:
            with suppress(sqlite3.Error):
                connection.rollback()
            if isinstance(error, sqlite3.IntegrityError):
                raise IntegrityError("a batch", None, error) from error
            self._disconnect()
            raise
        return found

    @staticmethod
    def _execute(connection: sqlite3.Connection, one: Statement) -> list[tuple[Any, ...]]:
        if one.many:
            connection.executemany(one.sql, one.given)
            return []
        return one.values("sqlite", connection.execute(one.sql, one.given).fetchall())

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            made = sqlite3.connect(self._path, isolation_level=None)
            for pragma in self._pragmas:
                made.execute(f"PRAGMA {pragma}")
            self._connection = made
        return self._connection

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class PostgresDirect:
    """A few connections of its own, for those who write at the same time."""

    def __init__(self, url: URL, connections: int) -> None:
        self._address = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._free = asyncio.Semaphore(connections)
        # The newest last, which is taken first.
        self._idle: list[_Connection] = []

    async def run(self, statements: Sequence[Statement]) -> Found:
        async with self._free:
            connection = self._idle.pop() if self._idle else await self._connect()
            sound = False
            try:
                found = await self._transact(connection, statements)
                sound = True
            except psycopg.IntegrityError as error:
                sound = True
                raise IntegrityError("a batch", None, error) from error
            finally:
                await self._put_back(connection, sound=sound)
            return found

    async def close(self) -> None:
        while self._idle:
            await self._idle.pop().close()

    async def _connect(self) -> _Connection:
        # Every message is a transaction of its own.
        return await psycopg.AsyncConnection.connect(self._address, autocommit=True, **CONNECTING)

    async def _put_back(self, connection: _Connection, *, sound: bool) -> None:
        # After any other failure it may be one to a server that has become a standby, or gone.
        if sound and connection.info.transaction_status is TransactionStatus.IDLE:
            self._idle.append(connection)
            return
        # Before closing it, which makes it one that ended well.
        lost = connection.broken
        await connection.close()
        if lost:
            # The server went away: the others would find out one by one.
            await self.close()

    @staticmethod
    async def _transact(connection: _Connection, statements: Sequence[Statement]) -> Found:
        """Send all statements in one message, which PostgreSQL runs as one transaction."""
        cursor = psycopg.AsyncClientCursor(connection)
        texts = (cursor.mogrify(one.sql.encode(), one.given) for one in statements)
        await cursor.execute(";".join(texts).encode())
        found: Found = []
        for one in statements:
            found.append(one.values("postgresql", await cursor.fetchall()) if one.columns else [])
            cursor.nextset()
        return found
