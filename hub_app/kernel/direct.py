"""The driver's own connection, for transactions whose statements are all known beforehand: one hop for all of them.

On SQLite that is one thread with one connection, on PostgreSQL one pipeline. PostgreSQL plans each statement for its values:
a prepared one would settle on a plan made while tables were nearly empty, and read all of them when they are not.
"""

import asyncio
import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, cast

import psycopg
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from hub_app.kernel.statements import Statement

Found = list[list[tuple[Any, ...]]]


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
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            if isinstance(error, sqlite3.IntegrityError):
                raise IntegrityError("a batch", None, error) from error
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
    """A pooled connection for each transaction, used by its driver."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def run(self, statements: Sequence[Statement]) -> Found:
        async with self._engine.connect() as pooled:
            raw = await pooled.get_raw_connection()
            connection = cast("psycopg.AsyncConnection[Any]", raw.driver_connection)
            try:
                return await self._transact(connection, statements)
            except BaseException as error:
                await connection.rollback()
                if isinstance(error, psycopg.IntegrityError):
                    raise IntegrityError("a batch", None, error) from error
                raise

    @staticmethod
    async def _transact(connection: "psycopg.AsyncConnection[Any]", statements: Sequence[Statement]) -> Found:
        cursors: list[psycopg.AsyncCursor[Any]] = []
        async with connection.pipeline():
            for one in statements:
                cursor = connection.cursor()
                await cursor.execute(one.sql, one.given, prepare=False)  # type: ignore[arg-type]
                cursors.append(cursor)
            await connection.commit()
        return [
            one.values("postgresql", await cursor.fetchall()) if one.columns else []
            for one, cursor in zip(statements, cursors, strict=True)
        ]

    async def close(self) -> None:
        """The pool closes with the engine."""
