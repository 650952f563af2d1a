"""Statements for the driver itself: SQL text with raw rows, without SQLAlchemy's work for each value.

What Hub writes a thousand times a second is built here, once for sessions (`kernel/bulk.py`) and for whole transactions in one
hop (`kernel/batch.py`). The tenant goes into every statement and row; on PostgreSQL the policies stand under them as everywhere.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any, cast
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlmodel import SQLModel

from hub_app.kernel.tenancy import TenancyError

Row = Mapping[str, object]
_Convert = Callable[[Any], Any]
_MOMENT = len("2026-01-31 12:00:00.000000")


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL in the driver's own style with its parameters, or with a list of them. `columns` are what it gives back."""

    sql: str
    given: Any
    columns: tuple[sa.types.TypeEngine[Any], ...] = ()

    @property
    def many(self) -> bool:
        return isinstance(self.given, list)

    def values(self, dialect: str, found: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
        """The rows that the driver gave, as Python's values."""
        plan = [_from_driver(dialect, one) for one in self.columns]
        return [
            tuple(v if v is None or c is None else c(v) for v, c in zip(row, plan, strict=True))
            for row in found
        ]


class Writes:
    """Statements in the order in which they were asked for. `tenant` None is system work: each row names its tenant."""

    def __init__(self, dialect: str, tenant: UUID | None) -> None:
        self.dialect = dialect
        self.statements: list[Statement] = []
        self._tenant = tenant

    def insert(self, model: type[SQLModel], rows: Sequence[Row], *, missing: bool = False) -> None:
        """Insert rows: column name → value, the same columns in each, none left to a default. With `missing`, those whose
        key is already there are left out.
        """
        self._insert(model, rows, " on conflict do nothing" if missing else "")

    def add_up(self, model: type[SQLModel], rows: Sequence[Row], *, counters: Sequence[str]) -> None:
        """Insert roll-up rows; where the primary key is already there, add the counters to it."""
        table = table_of(model)
        key = ", ".join(column.name for column in table.primary_key.columns)
        sums = ", ".join(f"{name} = {table.name}.{name} + excluded.{name}" for name in counters)
        self._insert(model, rows, f" on conflict ({key}) do update set {sums}")

    def update(
        self,
        model: type[SQLModel],
        rows: Sequence[Row],
        *,
        key: Sequence[str] = (),
        clear: Sequence[str] = (),
    ) -> None:
        """Update one row of `model` for each of `rows`, found by tenant, id and the columns in `key`.

        Every other column of the rows is written, and those in `clear` become NULL. A row whose `key` no longer matches (a
        lost lease) stays as it is.
        """
        if not rows:
            return
        table, stamped = table_of(model), self.stamped(model, rows)
        where = ("tenant_id", "id", *key)
        values = tuple(name for name in stamped[0] if name not in where)
        cleared = [f"{name} = null" for name in clear]
        if self.dialect == "postgresql":
            changes = ", ".join([*(f"{name} = r.{name}" for name in values), *cleared])
            found = " and ".join(f"t.{name} = r.{name}" for name in where)
            rows_of = _recordset(table, tuple(stamped[0]))
            self._with_rows(f"update {table.name} as t set {changes} from {rows_of} where {found}", stamped)
            return
        changes = ", ".join([*(f"{name} = ?" for name in values), *cleared])
        found = " and ".join(f"{name} = ?" for name in where)
        given = _raw(table, (*values, *where), stamped)
        self.statements.append(Statement(f"update {table.name} set {changes} where {found}", given))

    def _insert(self, model: type[SQLModel], rows: Sequence[Row], conflict: str) -> None:
        if not rows:
            return
        table, stamped = table_of(model), self.stamped(model, rows)
        names = tuple(stamped[0])
        into = f"insert into {table.name} ({', '.join(names)})"
        if self.dialect == "postgresql":
            source = f"select {', '.join(names)} from {_recordset(table, names)} where true"
            self._with_rows(f"{into} {source}{conflict}", stamped)
            return
        marks = ", ".join("?" * len(names))
        given = _raw(table, names, stamped)
        self.statements.append(Statement(f"{into} values ({marks}){conflict}", given))

    def _with_rows(self, sql: str, rows: Sequence[Row]) -> None:
        # Of all that a column may hold, JSON has no way for sealed bytes alone: PostgreSQL reads them as `\x…`.
        given = orjson.dumps(rows, default=lambda value: f"\\x{value.hex()}")
        self.statements.append(Statement(sql, {"rows": given.decode()}))

    def stamped(self, model: type[SQLModel], rows: Sequence[Row]) -> Sequence[Row]:
        """The rows with the tenant; TenancyError for a row of another one."""
        table, tenant = table_of(model), self._tenant
        if "tenant_id" not in table.c:
            return rows
        if tenant is None:
            if any(row.get("tenant_id") is None for row in rows):
                raise TenancyError(f"Rows of {table.name} need their tenant.")
            return rows
        if any(row.get("tenant_id", tenant) != tenant for row in rows):
            raise TenancyError(f"A row of {table.name} of another tenant cannot be written here.")
        return [{**row, "tenant_id": tenant} for row in rows]


def table_of(model: type[SQLModel]) -> sa.Table:
    return cast("sa.Table", sa.inspect(model).local_table)


def to_driver(dialect: str, value: object) -> object:
    """One parameter as the driver takes it."""
    if dialect == "postgresql":
        return value
    match value:
        case UUID():
            return value.hex
        case datetime():
            return _moment(value)
        case list() | tuple():
            return orjson.dumps([to_driver(dialect, one) for one in cast("list[object]", value)]).decode()
        case _:
            return value


@cache
def _recordset(table: sa.Table, names: tuple[str, ...]) -> str:
    """One JSON parameter as rows: less than half the client's time of executemany."""
    dialect = postgresql.dialect()
    typed = ", ".join(f"{name} {table.c[name].type.compile(dialect=dialect)}" for name in names)
    return f"json_to_recordset(cast(%(rows)s as json)) as r({typed})"


def _raw(table: sa.Table, names: tuple[str, ...], rows: Sequence[Row]) -> list[tuple[object, ...]]:
    """Rows as SQLite's driver takes them."""
    plan = _plan(table, names)
    return [tuple(_converted(row[name], convert) for name, convert in plan) for row in rows]


def _converted(value: object, convert: _Convert | None) -> object:
    return value if convert is None or value is None else convert(value)


@cache
def _plan(table: sa.Table, names: tuple[str, ...]) -> list[tuple[str, _Convert | None]]:
    return [(name, _to_sqlite(table.c[name].type)) for name in names]


def _to_sqlite(kind: sa.types.TypeEngine[Any]) -> _Convert | None:
    """How a column's values are written, as its SQLAlchemy type would have it."""
    plain = kind.impl_instance if isinstance(kind, sa.types.TypeDecorator) else kind
    if isinstance(plain, sa.Uuid):
        return _hex
    if isinstance(plain, sa.DateTime):
        return _moment
    if isinstance(plain, sa.JSON):
        return _json
    return None


# Of many rows that are written at once, most hold the same few ids and times.
@lru_cache(maxsize=4096)
def _hex(value: UUID) -> str:
    return value.hex


@lru_cache(maxsize=1024)
def _moment(value: datetime) -> str:
    # What follows the microseconds is the zone, which the column does not hold.
    return value.astimezone(UTC).isoformat(" ", "microseconds")[:_MOMENT]


def _json(value: object) -> str:
    return orjson.dumps(value).decode()


@cache
def _from_driver(dialect: str, kind: sa.types.TypeEngine[Any]) -> _Convert | None:
    plain = kind.impl_instance if isinstance(kind, sa.types.TypeDecorator) else kind
    if isinstance(plain, sa.DateTime):
        return _in_utc if dialect == "postgresql" else _from_text
    return UUID if dialect == "sqlite" and isinstance(plain, sa.Uuid) else None


def _in_utc(value: datetime) -> datetime:
    return value.astimezone(UTC)


def _from_text(value: str) -> datetime:
    return datetime.fromisoformat(value).replace(tzinfo=UTC)
