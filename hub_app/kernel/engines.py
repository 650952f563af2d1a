"""Engines, and what SQLite's connections need beyond what its driver does: settings, and an end that is one."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from typing import Any
from weakref import WeakSet

import orjson
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from hub_app.kernel.direct import CONNECTING
from hub_app.kernel.whole_cursor import Driver

# What is deleted or replaced is overwritten in the file: whoever was erased is in no free page.
PRAGMAS = (
    "busy_timeout=5000", "journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "secure_delete=ON",
)  # fmt: skip
_CHECKPOINT_SECONDS = 5
_CLOSING_SECONDS = 5


def make_engine(url: URL, *, pool_size: int = 10, foreign_keys: bool = True) -> AsyncEngine:
    """An engine with Hub's connection settings. Migrations on SQLite turn foreign keys off: rebuilding a parent
    table would delete its children.
    """
    json = {"json_serializer": _dump_json, "json_deserializer": orjson.loads}
    if url.get_backend_name() == "postgresql":
        return create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_use_lifo=True,
            connect_args=CONNECTING,
            **json,
        )
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        connect_args={"factory": SqliteConnection},
        module=Driver(),
        **json,
    )
    event.listen(engine.sync_engine, "connect", _sqlite_connect(foreign_keys=foreign_keys))
    event.listen(engine.sync_engine, "begin", _sqlite_begin)
    return engine


class SqliteConnection(sqlite3.Connection):
    """One that is over when it is closed. SQLite keeps a closed connection, with the locks that it holds, until the last of its
    cursors is gone, and one of cancelled work may be held by a traceback for as long as no garbage is collected.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._cursors: WeakSet[sqlite3.Cursor] = WeakSet()

    def cursor(self, *args: Any, **kwargs: Any) -> sqlite3.Cursor:
        # SQLAlchemy makes all of them here.
        made = super().cursor(*args, **kwargs)
        self._cursors.add(made)
        return made

    def close(self) -> None:
        for one in list(self._cursors):
            one.close()
        super().close()


def _dump_json(value: object) -> str:
    return orjson.dumps(value).decode()


def _sqlite_connect(*, foreign_keys: bool) -> Callable[[Any, object], None]:
    def connect(dbapi: Any, _record: object) -> None:
        dbapi.isolation_level = None  # SQLAlchemy's BEGIN is the only one, so that DDL is transactional too.
        cursor = dbapi.cursor()
        for pragma in PRAGMAS if foreign_keys else [*PRAGMAS, "foreign_keys=OFF"]:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return connect


def _sqlite_begin(connection: Connection) -> None:
    write = connection.get_execution_options().get("hub_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def checkpoint(path: str) -> bool:
    """Bring the write-ahead log into the file and empty it; False when others read for too long."""
    with closing(sqlite3.connect(path, timeout=_CHECKPOINT_SECONDS)) as connection:
        busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy


async def let_cut_off_ones_close() -> None:
    """Work that was cancelled leaves SQLite connections that SQLAlchemy closes in tasks of its own. Cancelled in the middle, by
    the end of the loop, such a task waits for ever for a thread that is gone; so does one whose work was cancelled again
    while it closed. Each is over when this returns.
    """
    ending = {task for task in asyncio.all_tasks() if _name(task) == "_terminate_graceful_close"}
    if ending:
        _, waiting = await asyncio.wait(ending, timeout=_CLOSING_SECONDS)
        while waiting:
            for task in waiting:
                # More than once: the first time it begins to wait for the thread anew.
                task.cancel()
            await asyncio.sleep(0)
            waiting = {task for task in waiting if not task.done()}


def _name(task: asyncio.Task[Any]) -> str:
    return getattr(task.get_coro(), "__name__", "")


async def let_threads_end() -> None:
    """A connection to SQLite that was told to stop still answers from its thread, which fails once the loop is closed."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_CLOSING_SECONDS):
            while any("_connection_worker_thread" in one.name for one in threading.enumerate()):  # noqa: ASYNC110
                await asyncio.sleep(0.001)
