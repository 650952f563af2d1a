"""Core statements on tenant tables, in the one place that may write them.

They pass by the ORM's guard for speed, or because no ORM form exists; so each function here takes the tenant from
the unit of work and puts it into every statement and row. On PostgreSQL the policies stand under them as everywhere.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import cast
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel.tenancy import PASS, SYSTEM, TENANT, TenancyError

Row = Mapping[str, object]
_PASSED = {"hub_pass": PASS}


async def insert(session: AsyncSession, model: type[SQLModel], rows: Sequence[Row]) -> None:
    """Insert rows: column name → value, the same columns in each, none left to a default."""
    if not rows:
        return
    table = _table(model)
    stamped = _stamped(session, table, rows)
    if _dialect(session) != "postgresql":
        await session.execute(sa.insert(table), stamped, execution_options=_PASSED)
        return
    names = tuple(stamped[0])
    sql = f"insert into {table.name} ({', '.join(names)}) select {', '.join(names)} from {_recordset(table, names)}"
    await _execute_with_rows(session, sql, stamped)


async def update(
    session: AsyncSession,
    model: type[SQLModel],
    rows: Sequence[Row],
    *,
    key: Sequence[str] = (),
    clear: Sequence[str] = (),
) -> None:
    """Update one row of `model` for each of `rows`, found by tenant, id and the columns in `key`.

    Every other column of the rows is written, and those in `clear` become NULL. A row whose `key` no longer matches (a lost lease) stays as it is.
    """
    if not rows:
        return
    table = _table(model)
    stamped = _stamped(session, table, rows)
    where = ("tenant_id", "id", *key)
    values = tuple(name for name in stamped[0] if name not in where)
    if _dialect(session) == "postgresql":
        changes = [*(f"{name} = r.{name}" for name in values), *(f"{name} = null" for name in clear)]
        sql = (
            f"update {table.name} as t set {', '.join(changes)} "
            f"from {_recordset(table, tuple(stamped[0]))} where {' and '.join(f't.{n} = r.{n}' for n in where)}"
        )
        await _execute_with_rows(session, sql, stamped)
        return
    statement = (
        sa.update(table)
        .where(*(table.c[name] == sa.bindparam(f"of_{name}") for name in where))
        .values(
            {**{name: sa.bindparam(f"new_{name}") for name in values}, **{name: sa.null() for name in clear}}
        )
    )
    parameters = [
        {f"of_{n}": row[n] for n in where} | {f"new_{n}": row[n] for n in values} for row in stamped
    ]
    await session.execute(statement, parameters, execution_options=_PASSED)


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
    table = _table(model)
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


async def insert_missing(session: AsyncSession, model: type[SQLModel], rows: Sequence[Row]) -> None:
    """Insert rows, leaving out those whose key is already there."""
    if rows:
        table = _table(model)
        statement = _upserting(session, table).on_conflict_do_nothing()
        await session.execute(statement, _stamped(session, table, rows), execution_options=_PASSED)


async def add_up(
    session: AsyncSession, model: type[SQLModel], rows: Sequence[Row], *, counters: Sequence[str]
) -> None:
    """Insert roll-up rows; where the primary key is already there, add the counters to it."""
    if not rows:
        return
    table = _table(model)
    statement = _upserting(session, table)
    statement = statement.on_conflict_do_update(
        index_elements=list(table.primary_key.columns),
        set_={name: table.c[name] + statement.excluded[name] for name in counters},
    )
    await session.execute(statement, _stamped(session, table, rows), execution_options=_PASSED)


def _upserting(session: AsyncSession, table: sa.Table) -> "postgresql.Insert | sqlite.Insert":
    return postgresql.insert(table) if _dialect(session) == "postgresql" else sqlite.insert(table)


def _dialect(session: AsyncSession) -> str:
    return session.get_bind().dialect.name


@cache
def _recordset(table: sa.Table, names: tuple[str, ...]) -> str:
    """One JSON parameter as rows: less than half the client's time of executemany (facts/kernel.md §5)."""
    dialect = postgresql.dialect()
    typed = ", ".join(f"{name} {table.c[name].type.compile(dialect=dialect)}" for name in names)
    return f"json_to_recordset(cast(:rows as json)) as r({typed})"


async def _execute_with_rows(session: AsyncSession, sql: str, rows: Sequence[Row]) -> None:
    values = {"rows": orjson.dumps(rows).decode()}
    await session.execute(sa.text(sql), values, execution_options=_PASSED)


def _table(model: type[SQLModel]) -> sa.Table:
    return cast("sa.Table", sa.inspect(model).local_table)


def _stamped(session: AsyncSession, table: sa.Table, rows: Sequence[Row]) -> list[dict[str, object]]:
    """The rows with the unit's tenant; TenancyError for a row of another one."""
    if "tenant_id" not in table.c:
        return [dict(row) for row in rows]
    tenant = cast("UUID | None", session.info.get(TENANT))
    if tenant is None:
        if SYSTEM not in session.info or any(row.get("tenant_id") is None for row in rows):
            raise TenancyError(f"Rows of {table.name} need their tenant.")
        return [dict(row) for row in rows]
    if any(row.get("tenant_id", tenant) != tenant for row in rows):
        raise TenancyError(f"A row of {table.name} of another tenant cannot be written here.")
    return [{**row, "tenant_id": tenant} for row in rows]


async def claim_keys(
    session: AsyncSession, model: type[SQLModel], rows: Sequence[Row], *, key: str, value: str, now: datetime
) -> dict[object, UUID]:
    """Take unique keys that may run out (`expires_at`); the value each key stands for afterwards.

    A key that is free or has run out gets the row's value; one in force keeps its own. Another transaction that
    takes the same key is waited for, so both end with the same value.
    """
    table = _table(model)
    expired = table.c.expires_at <= now
    held: dict[object, UUID] = {}
    for row in _stamped(session, table, rows):
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
