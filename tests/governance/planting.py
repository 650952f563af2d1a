"""A person in every table that may hold one, found by reflection; and whatever of theirs is left anywhere in the database."""

import itertools
import json
import unicodedata
from collections.abc import AsyncIterator, Iterator
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import SQLModel

from hub_app.kernel import db, personal
from hub_app.kernel.clock import utcnow
from hub_app.kernel.ids import new_id
from hub_app.kernel.personal import Personal
from hub_app.kernel.tenancy import TenantScoped
from hub_app.kernel.vault import SealedType, get_vault

EMAIL, NAME, PHONE = "jqx.rhoe@client.example", "Jqxäne Rhoe", "+49 170 9998877"
WORDS = [NAME, PHONE]
# Of these nothing may be left, in any letters.
TRACES = ("jqx", "rhoe", "9998877")
_SPELLINGS = (
    EMAIL,
    EMAIL.upper(),
    "jqx%2Erhoe%40client.example",
    "jqx\\u002erhoe\\u0040client.example",
    "<b>jqx&#46;rhoe&#64;client.example</b>",
    unicodedata.normalize("NFD", NAME),
    "jqx%C3%A4ne+rhoe",
    "0170/999 88 77",
    "+491709998877",
)
_STATUS = {"job": "succeeded", "plan_run": "succeeded", "webhook_delivery": "pending"}
Row = dict[str, object]


async def plant(tenant_id: UUID, user_id: UUID) -> dict[str, Row]:
    """One row in every table of a tenant, with the person in every column that may hold one; by table. `user_id` is a member."""
    declared = {one.table.name: one for one in personal.tables()}
    spellings = itertools.cycle(_SPELLINGS)
    rows: dict[str, Row] = {}
    async with db.system("a test plants a person", write=True) as session:
        for model in _in_order():
            table = cast("sa.Table", sa.inspect(model).local_table)
            if table.name not in declared and table.name != "webhook_secret":
                continue
            row = _row(table, declared.get(table.name), tenant_id, user_id, rows, spellings)
            rows[table.name] = row
            session.add(model(**cast("dict[str, Any]", row)))
            await session.flush()
    return rows


def planted(rows: dict[str, Row]) -> Iterator[tuple[str, str]]:
    """Where the person was planted: table and column."""
    declared = {one.table.name: one for one in personal.tables()}
    for name in rows:
        if name in declared:
            yield from ((name, column) for column in _planted_columns(declared[name]))


async def left(*, without: UUID | None = None) -> list[str]:
    """Where anything of the person stands in the whole database, but for one tenant: in any column of any table, opened, but for
    keys that Hub made: these are letters at random, and some have the three of a trace.
    """
    found: list[str] = []
    async with db.current().engine.connect() as connection:
        for table in SQLModel.metadata.sorted_tables:
            for row in (await connection.execute(sa.select(table))).mappings():
                if without is not None and without in (row.get("tenant_id"), row.get("id")):
                    continue
                found += [
                    f"{table.name}.{column.name}"
                    for column in table.columns
                    if f"{table.name}.{column.name}" != "webhook_secret.secret"
                    and any(trace in text for text in _texts(table, column, row) for trace in TRACES)
                ]
    return found


async def rows_of(tenant_id: UUID) -> AsyncIterator[tuple[str, dict[str, object]]]:
    """Everything that a tenant has, but for its audit log's end, by table."""
    async with db.current().engine.connect() as connection:
        for table in SQLModel.metadata.sorted_tables:
            if "tenant_id" in table.c:
                statement = sa.select(table).where(table.c.tenant_id == tenant_id)
                for row in (await connection.execute(statement)).mappings():
                    yield table.name, dict(row)


def _planted_columns(declared: Personal) -> list[str]:
    """Those with what was written about somebody: the others say where a member was."""
    return [one for one in declared.searched if one not in declared.of_owner]


def _in_order() -> Iterator[type[TenantScoped]]:
    models = {m.local_table: m.class_ for m in SQLModel._sa_registry.mappers}  # noqa: SLF001 - it has no public name
    for table in SQLModel.metadata.sorted_tables:
        if table in models and issubclass(models[table], TenantScoped):
            yield models[table]


def _row(
    table: sa.Table,
    declared: Personal | None,
    tenant_id: UUID,
    user_id: UUID,
    rows: dict[str, Row],
    spellings: Iterator[str],
) -> Row:
    row: Row = {"tenant_id": tenant_id}
    parents = {
        column: rows[constraint.referred_table.name]["id"]
        for constraint in table.foreign_key_constraints
        for column in constraint.column_keys
        if column != "tenant_id" and constraint.referred_table.name in rows
    }
    searched = _planted_columns(declared) if declared else []
    for column in table.columns:
        if column.name in row:
            continue
        if column.name == "user_id":
            row["user_id"] = user_id
        elif column.name in parents:
            row[column.name] = parents[column.name]
        elif column.name not in searched:
            row[column.name] = _plain(table, column)
    # A run's execution names it without a foreign key.
    if table.name == "plan_run" and "execution" in rows:
        row["id"] = rows["execution"]["plan_run_id"]
    for name in searched:
        row[name] = _with_person(table, table.c[name], row, next(spellings))
    return row


def _plain(table: sa.Table, column: sa.Column[Any]) -> object:
    kind = _kind(column)
    if column.name in {"id", "plan_run_id", "version_id", "app_id"}:
        return None if column.name == "app_id" else new_id()
    if column.name == "status":
        return _STATUS.get(table.name, "x")
    if column.nullable:
        return None
    if isinstance(kind, sa.String):
        some = new_id().hex[-min(kind.length or 8, 8) :]
        return "x" if column.name in {"trigger", "kind", "family"} else some
    usual = {
        sa.Uuid: new_id(),
        sa.Boolean: False,
        sa.Integer: 1,
        sa.Float: 1.0,
        sa.DateTime: utcnow(),
        sa.LargeBinary: b"",
        sa.JSON: [],
    }
    return next(value for type_, value in usual.items() if isinstance(kind, type_))


def _with_person(table: sa.Table, column: sa.Column[Any], row: Row, spelled: str) -> object:
    length = getattr(_kind(column), "length", None)
    text = spelled if length is None or len(spelled) <= length else EMAIL
    if isinstance(column.type, SealedType):
        tenant_id, row_id = cast("UUID", row["tenant_id"]), cast("UUID", row["id"])
        return get_vault().seal(text, tenant_id=tenant_id, table=table.name, row_id=row_id, field=column.name)
    if isinstance(_kind(column), sa.JSON):
        if table.name == "plan_version":
            return [{"id": "a", "integration_id": str(new_id()), "action": "b", "params": {"to": text}}]
        if column.name == "parameters":
            return [{"name": "to", "default": text}]
        return {"to": {text: [text, 491709998877]}}
    if column.name == "payload":
        return json.dumps({"e\u002dmail": EMAIL, "n": NAME}).replace("@", "\\u0040")
    return text


def _kind(column: sa.Column[Any]) -> object:
    return column.type.impl_instance if isinstance(column.type, sa.types.TypeDecorator) else column.type


def _texts(table: sa.Table, column: sa.Column[Any], row: Any) -> Iterator[str]:
    value = row[column.name]
    if isinstance(value, bytes):
        if value and isinstance(column.type, SealedType) and "tenant_id" in table.c:
            value = get_vault().open(
                value,
                tenant_id=row["tenant_id"],
                table=table.name,
                row_id=row["id"],
                field=column.name,
            )
        else:
            value = value.decode(errors="replace")
    text = value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
    for one in (text, text.replace(" ", "").replace("/", "")):
        yield unicodedata.normalize("NFKC", one).casefold()
