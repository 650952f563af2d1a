"""Core statements on tenant tables, in the one place that may write them.

They pass by the ORM's guard for speed, or because no ORM form exists; so each function here takes the tenant from
the unit of work and puts it into every statement and row. On PostgreSQL the policies stand under them as everywhere.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.operators import custom_op
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from hub_app.kernel.lookups import one_of, texts_for, texts_type
from hub_app.kernel.statements import Row, Statement, Writes, table_of
from hub_app.kernel.tenancy import PASS, READ_ONLY, SYSTEM, TENANT, TenancyError

Scalar = TypeVar("Scalar")
_PASSED = {"hub_pass": PASS}


async def insert(session: AsyncSession, model: type[SQLModel], rows: Sequence[Row]) -> None:
    """Insert rows: column name → value, the same columns in each, none left to a default."""
    writes = writes_of(session)
    writes.insert(model, rows)
    await run(session, writes)


async def insert_missing(session: AsyncSession, model: type[SQLModel], rows: Sequence[Row]) -> None:
    """Insert rows, leaving out those whose key is already there."""
    writes = writes_of(session)
    writes.insert(model, rows, missing=True)
    await run(session, writes)


async def update(session: AsyncSession, model: type[SQLModel], rows: Sequence[Row]) -> None:
    """Update one row of `model` for each of `rows`, found by tenant and id; every other column of the rows is written."""
    writes = writes_of(session)
    writes.update(model, rows)
    await run(session, writes)


async def add_up(
    session: AsyncSession, model: type[SQLModel], rows: Sequence[Row], *, counters: Sequence[str]
) -> None:
    """Insert roll-up rows; where the primary key is already there, add the counters to it."""
    writes = writes_of(session)
    writes.add_up(model, rows, counters=counters)
    await run(session, writes)


def writes_of(session: AsyncSession) -> Writes:
    """Statements for the session's tenant, to be handed to `run`."""
    tenant = cast("UUID | None", session.info.get(TENANT))
    if tenant is None and SYSTEM not in session.info:
        raise TenancyError("A session needs a tenant, or a reason for system work.")
    return Writes(_dialect(session), tenant)


async def run(session: AsyncSession, writes: Writes) -> None:
    """Run statements in the open transaction."""
    if session.info.get(READ_ONLY):
        raise TenancyError("A read session cannot write.")
    if writes.statements:
        await session.run_sync(_execute, writes.statements)


async def fetch(session: AsyncSession, statement: Statement) -> list[tuple[Any, ...]]:
    """Run a statement in the open transaction; what it gives back. System work only: it names no tenant."""
    if SYSTEM not in session.info:
        raise TenancyError("SQL text passes by the tenant guard.")
    return await session.run_sync(_fetch, statement)


def _fetch(session: orm.Session, statement: Statement) -> list[tuple[Any, ...]]:
    connection = orm.Session.connection(session)
    rows = connection.exec_driver_sql(statement.sql, statement.given).fetchall()
    return statement.values(connection.dialect.name, rows)


def _execute(session: orm.Session, statements: Sequence[Statement]) -> None:
    # By the class: HubSession refuses its connection to everybody else.
    connection = orm.Session.connection(session)
    for one in statements:
        connection.exec_driver_sql(one.sql, one.given)


async def select_by_key(
    session: AsyncSession,
    model: type[SQLModel],
    keys: Collection[tuple[UUID, UUID]],
    columns: Sequence[str],
    *,
    lock: bool = False,
) -> dict[UUID, sa.RowMapping]:
    """`columns` of the rows with these (tenant_id, id), by id. System work only: keys name their tenants.

    `lock` keeps the rows from being deleted until the transaction ends.
    """
    table = table_of(model)
    wanted = keys_of(session, keys)
    found = sa.and_(table.c.tenant_id == wanted.c.tenant_id, table.c.id == wanted.c.id)
    statement = sa.select(table.c.id, *(table.c[name] for name in columns)).join_from(wanted, table, found)
    if lock:
        # In one order everywhere, so that two who lock the same rows wait for each other instead of locking up.
        statement = statement.order_by(table.c.id).with_for_update(key_share=True, of=table)
    rows = (await session.execute(statement, execution_options=_PASSED)).mappings()
    return {cast("UUID", row["id"]): row for row in rows}


def keys_of(session: AsyncSession, keys: Collection[tuple[UUID, UUID]]) -> sa.FromClause:
    """These (tenant_id, id) as a table to join with, in one parameter, however many. System work only.

    SQLite reads a whole table for `(tenant_id, id) IN (…)`; from these rows it looks each up in the key's index.
    """
    if SYSTEM not in session.info:
        raise TenancyError("Rows by foreign keys are for system work.")
    pairs = list(keys)
    if _dialect(session) == "postgresql":
        uuids = sa.ARRAY(sa.Uuid())
        columns = (sa.bindparam(None, [pair[i] for pair in pairs], uuids, unique=True) for i in range(2))
        names = (sa.column("tenant_id", sa.Uuid()), sa.column("id", sa.Uuid()))
        return sa.func.unnest(*columns).table_valued(*names, name="wanted").render_derived()
    rows = orjson.dumps([[part.hex for part in pair] for pair in pairs]).decode()
    each = sa.func.json_each(sa.bindparam(None, rows, sa.String(), unique=True)).table_valued("value")
    parts = (each.c.value.op("->>")(i) for i in range(2))
    tenant_id, row_id = (sa.type_coerce(part, sa.Uuid()) for part in parts)
    return sa.select(tenant_id.label("tenant_id"), row_id.label("id")).subquery("wanted")


def texts_of(session: AsyncSession, texts: Collection[str]) -> sa.FromClause:
    """These texts as a table with the column `text`, to be joined with, in one parameter, however many. What is looked up for
    each of them takes an index, where `IN` would have the database read all rows that match.
    """
    if _dialect(session) == "postgresql":
        given = sa.bindparam(None, list(texts), sa.ARRAY(sa.String()), unique=True)
        named = sa.func.unnest(given).table_valued(sa.column("text", sa.String()), name="wanted")
        return named.render_derived()
    rows = sa.bindparam(None, orjson.dumps(list(texts)).decode(), sa.String(), unique=True)
    each = sa.func.json_each(rows).table_valued("value")
    return sa.select(sa.type_coerce(each.c.value, sa.String()).label("text")).subquery("wanted")


def among(session: AsyncSession, column: object, texts: Collection[str]) -> sa.ColumnElement[bool]:
    """Whether a column holds one of these texts, in one parameter, however many: each is looked up in an index that has the
    column behind those which the statement compares. SQLite would read all rows of these instead for a join with the texts.
    """
    dialect = _dialect(session)
    return one_of(
        dialect, column, sa.bindparam(None, texts_for(dialect, texts), texts_type(dialect), unique=True)
    )


def unindexed(session: AsyncSession, column: object) -> Any:
    """The column in a form that leads SQLite to no index. PostgreSQL knows how often values occur, and gets the column itself."""
    plain = cast("sa.ColumnElement[Any]", column)
    if _dialect(session) == "postgresql":
        return plain
    plus = cast("Any", custom_op("+"))
    return sa.UnaryExpression(plain, operator=plus, type_=plain.type)


def holds(model: type[SQLModel], name: str) -> sa.ColumnElement[bool]:
    """Whether a column of truth values holds, in the words of a partial index: SQLite takes it for no others."""
    table = table_of(model)
    # Of no type: as a boolean it would be compared with 1.
    return sa.literal_column(f"{table.name}.{table.c[name].name}")


def along(session: AsyncSession, statement: SelectOfScalar[Scalar], column: object) -> SelectOfScalar[Scalar]:
    """The statement, for which SQLite takes the index that has the rows in the order of this column."""
    if _dialect(session) == "postgresql":
        return statement
    return statement.order_by(cast("sa.ColumnElement[Any]", column))


def _upserting(session: AsyncSession, table: sa.Table) -> "postgresql.Insert | sqlite.Insert":
    return postgresql.insert(table) if _dialect(session) == "postgresql" else sqlite.insert(table)


def _dialect(session: AsyncSession) -> str:
    return session.get_bind().dialect.name


def later(session: AsyncSession, column: object, by: timedelta) -> sa.ColumnElement[datetime]:
    """The moment in a column, so much later. SQLite keeps moments as text, of which it understands milliseconds."""
    moment = cast("sa.ColumnElement[datetime]", column)
    if _dialect(session) == "postgresql":
        return moment + by
    text = sa.func.strftime("%Y-%m-%d %H:%M:%f000", moment, f"{by.total_seconds():+.3f} seconds")
    return sa.type_coerce(text, moment.type)


async def claim_keys(
    session: AsyncSession, model: type[SQLModel], rows: Sequence[Row], *, key: str, value: str, now: datetime
) -> dict[object, UUID]:
    """Take unique keys that may run out (`expires_at`); the value each key stands for afterwards.

    A key that is free or has run out gets the row's value; one in force keeps its own. Another transaction that
    takes the same key is waited for, so both end with the same value.
    """
    table = table_of(model)
    expired = table.c.expires_at <= now
    held: dict[object, UUID] = {}
    for row in writes_of(session).stamped(model, rows):
        statement = _upserting(session, table).values(row)
        given = statement.excluded
        statement = statement.on_conflict_do_update(
            index_elements=list(table.primary_key.columns),
            set_={
                value: sa.case((expired, given[value]), else_=table.c[value]),
                "expires_at": sa.case((expired, given.expires_at), else_=table.c.expires_at),
            },
        ).returning(table.c[value])
        result = await session.execute(statement, execution_options=_PASSED)
        held[row[key]] = cast("UUID", result.scalar_one())
    return held
