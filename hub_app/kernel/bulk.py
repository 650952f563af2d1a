"""Core statements on tenant tables, in the one place that may write them.

They pass by the ORM's guard for speed, or because no ORM form exists; so each function here takes the tenant from
the unit of work and puts it into every statement and row. On PostgreSQL the policies stand under them as everywhere.
"""

from collections.abc import Mapping, Sequence
from typing import cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel.tenancy import PASS, SYSTEM, TENANT, TenancyError

Row = Mapping[str, object]
_PASSED = {"hub_pass": PASS}


async def insert(session: AsyncSession, model: type[SQLModel], rows: Sequence[Row]) -> None:
    """Insert rows (column name → value, every column without a server default given)."""
    if rows:
        table = _table(model)
        await session.execute(sa.insert(table), _stamped(session, table, rows), execution_options=_PASSED)


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
    dialect = session.get_bind().dialect.name
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


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
