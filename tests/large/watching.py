"""What each statement of a piece of work does in the connected database, as the database itself tells it.

SQLite counts the instructions that a statement took, cascades included, and explains its plan. PostgreSQL runs each
statement under EXPLAIN (ANALYZE) first, in a savepoint, in the same transaction and role and with the same values.
"""

import re
import sqlite3
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

import orjson
import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection

from hub_app.kernel import db
from hub_app.kernel.direct import PostgresDirect, SqliteDirect
from hub_app.kernel.statements import Statement
from tests.large.filling import FIXED

# A page has at most 200 rows, a claim 250, a step of cleaning less. Every table that grows holds many times as many.
MOST_ROWS = 1000
# To look at a row takes SQLite at least four instructions, to write one into a table with six indexes about a hundred.
MOST_INSTRUCTIONS = 40_000
_TICK = 1000
# Of the same statement, with other values each time.
_EXPLAINED = 5
_OURS = re.compile(r"\s*(select|insert|update|delete|with)\b", re.IGNORECASE)
_SPACE = re.compile(r"\s+")
_SQLITE_SCAN = re.compile(r"SCAN (\w+)")


@dataclass
class Watch:
    """What was found. `seen` are the statements that ran, `findings` those that did too much, with what they did."""

    dialect: str
    seen: Counter[str] = field(default_factory=Counter[str])
    findings: dict[str, str] = field(default_factory=dict[str, str])
    examples: dict[str, tuple[str, Any]] = field(default_factory=dict[str, tuple[str, Any]])

    def add(self, statement: str, what: str) -> None:
        self.findings.setdefault(statement, what)


@contextmanager
def watching() -> Iterator[Watch]:
    """Watch every statement of the block. Connections that were open before must be gone: dispose of the engine."""
    engine = db.current().engine.sync_engine
    watch = Watch(engine.dialect.name)
    listeners = _sqlite(watch) if watch.dialect == "sqlite" else _postgresql(watch)
    for name, listener in listeners.items():
        event.listen(engine, name, listener)
    try:
        with _watching_direct(watch):
            yield watch
    finally:
        for name, listener in listeners.items():
            event.remove(engine, name, listener)
    if watch.dialect == "sqlite":
        _explain_all(watch, str(engine.url.database))


@contextmanager
def _watching_direct(watch: Watch) -> Iterator[None]:
    """What goes to the driver itself (`kernel/direct.py`), the same way."""
    direct = db.current().direct
    with pytest.MonkeyPatch.context() as patch:
        if isinstance(direct, SqliteDirect):
            patch.setattr(direct, "_execute", partial(_executed, watch))
        elif isinstance(direct, PostgresDirect):
            patch.setattr(direct, "_transact", partial(_transacted, watch, direct._transact))  # noqa: SLF001 - it watches
        yield


def _executed(watch: Watch, connection: sqlite3.Connection, one: Statement) -> list[tuple[Any, ...]]:
    ticks = [0]

    def tick() -> int:
        ticks[0] += 1
        return 0

    connection.set_progress_handler(tick, _TICK)
    found = SqliteDirect._execute(connection, one)  # noqa: SLF001 - it watches
    connection.set_progress_handler(None, 0)
    words = _words(one.sql)
    watch.seen[words] += 1
    watch.examples.setdefault(words, (one.sql, one.given[0] if one.many else one.given))
    steps = ticks[0] * _TICK // (len(one.given) if one.many else 1)
    if steps > MOST_INSTRUCTIONS:
        watch.add(words, f"took {steps:,} instructions")
    return found


async def _transacted(
    watch: Watch,
    transact: Callable[[Any, Sequence[Statement]], Awaitable[list[list[tuple[Any, ...]]]]],
    connection: Any,
    statements: Sequence[Statement],
) -> list[list[tuple[Any, ...]]]:
    """Each statement runs under EXPLAIN first, in a savepoint of the same transaction."""
    # Savepoints want a transaction that was begun.
    together, places, explained = [Statement("begin", {})], list[int](), dict[int, str]()
    for one in statements:
        if _OURS.match(one.sql) and "pg_notify" not in one.sql and "set_config" not in one.sql:
            explain = Statement(f"explain (analyze, format json) {one.sql}", one.given, (sa.JSON(),))
            explained[len(together) + 1] = one.sql
            undo = [Statement("rollback to savepoint s", {}), Statement("release savepoint s", {})]
            together += [Statement("savepoint s", {}), explain, *undo]
        places.append(len(together))
        together.append(one)
    found = await transact(connection, [*together, Statement("commit", {})])
    for place, sql in explained.items():
        words = _words(sql)
        watch.seen[words] += 1
        for what in _too_much(found[place][0][0][0]["Plan"]):
            watch.add(words, what)
    return [found[place] for place in places]


def _words(statement: str) -> str:
    """A statement with lists of any length as one."""
    text = _SPACE.sub(" ", statement).strip()
    return re.sub(r"\((\?|%\(\w+\)s(::\w+)?)(, ?(\?|%\(\w+\)s(::\w+)?))+\)", "(…)", text)


def _sqlite(watch: Watch) -> dict[str, Any]:
    def connect(dbapi: Any, record: Any) -> None:
        ticks = record.info["ticks"] = [0]

        def tick() -> int:
            ticks[0] += 1
            return 0

        dbapi.run_async(lambda connection: connection.set_progress_handler(tick, _TICK))

    def before(conn: Connection, *_: Any) -> None:
        conn.connection.info["ticks"][0] = 0

    def after(conn: Connection, _cursor: Any, statement: str, given: Any, _context: Any, many: bool) -> None:  # noqa: FBT001 - SQLAlchemy calls it
        if not _OURS.match(statement):
            return
        words = _words(statement)
        watch.seen[words] += 1
        watch.examples.setdefault(words, (statement, given[0] if many else given))
        steps = conn.connection.info["ticks"][0] * _TICK // (len(given) if many else 1)
        if steps > MOST_INSTRUCTIONS:
            watch.add(words, f"took {steps:,} instructions with {given if not many else '…'}")

    return {"connect": connect, "before_cursor_execute": before, "after_cursor_execute": after}


def _explain_all(watch: Watch, path: str) -> None:
    """Ask for the plans, once the work is done."""
    with sqlite3.connect(path) as connection:
        tables = {
            name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")
        }
        for words, (statement, given) in watch.examples.items():
            names = tables - FIXED
            names |= {
                alias
                for table in names
                for alias in re.findall(rf"\b{table} as (\w+)", statement, re.IGNORECASE)
            }
            for *_, detail in connection.execute(f"explain query plan {statement}", given):
                scan = _SQLITE_SCAN.match(detail)
                if scan and scan[1] in names:
                    watch.add(words, detail)
    connection.close()


def _postgresql(watch: Watch) -> dict[str, Any]:
    def before(
        conn: Connection,
        _cursor: Any,
        statement: str,
        given: Any,
        _context: Any,
        many: bool,  # noqa: FBT001 - SQLAlchemy calls it
    ) -> None:
        words = _words(statement)
        if not _OURS.match(statement) or "pg_notify" in statement or "set_config" in statement:
            return
        watch.seen[words] += 1
        if words not in watch.findings and watch.seen[words] <= _EXPLAINED:
            for what in _too_much(_explained(conn, statement, given[0] if many else given)):
                watch.add(words, f"{what} with {'…' if many else given}"[:2000])

    return {"before_cursor_execute": before}


def _explained(conn: Connection, statement: str, given: Any) -> dict[str, Any]:
    cursor = cast("Any", conn.connection.dbapi_connection).cursor()
    try:
        cursor.execute("savepoint explained")
        cursor.execute(f"explain (analyze, format json) {statement}", given)
        ((found,),) = cursor.fetchall()
        cursor.execute("rollback to savepoint explained")
        cursor.execute("release savepoint explained")
    finally:
        cursor.close()
    plans = orjson.loads(found) if isinstance(found, (str, bytes)) else found
    return cast("dict[str, Any]", plans[0]["Plan"])


def _too_much(plan: dict[str, Any]) -> Iterator[str]:
    kind, table, loops = plan["Node Type"], plan.get("Relation Name", ""), plan["Actual Loops"]
    removed = sum(count for name, count in plan.items() if name.startswith("Rows Removed by"))
    rows = int((plan["Actual Rows"] + removed) * loops)
    if kind == "Seq Scan" and table not in FIXED and loops:
        yield f"scan of {table} ({rows:,} rows)"
    elif rows > MOST_ROWS:
        yield f"{kind} of {rows:,} rows of {table or plan.get('Index Name', 'an inner plan')}"
    for inner in plan.get("Plans", ()):
        yield from _too_much(inner)
