"""Selects that run for every page of a sync, made once: to build, guard and compile a statement takes ten times as long as SQLite
takes to answer it.
"""

from collections.abc import Callable, Collection
from typing import Any, cast

import orjson
import sqlalchemy as sa
from sqlalchemy.sql.util import find_tables
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel.statements import table_of
from hub_app.kernel.tenancy import PASS, tenant_of

OneOf = Callable[[object], sa.ColumnElement[bool]]
"""Whether a column holds one of the texts that `fetch` is given; a column of ids one of these in hex."""
Rows = sa.Select[*tuple[Any, ...]]
_PASSED = {"hub_pass": PASS}


def columns_of(model: type[SQLModel]) -> sa.ColumnCollection[str, sa.Column[Any]]:
    """A table's columns, as a `Lookup` has to name them: those of the model would bring the ORM into its statement."""
    return table_of(model).c


def other_of(model: type[SQLModel]) -> Any:
    """The same of another row of the table, whose tenant the statement has to compare itself."""
    return sa.alias(table_of(model)).c


class Lookup:
    """A select from tables of tenants. `make` is called once for each kind of database; its statement finds rows of the unit's
    tenant alone in each table that it reads from. Of an alias it has to say so itself.
    """

    def __init__(self, make: Callable[[OneOf], Rows]) -> None:
        self._make = make
        self._made: dict[str, Rows] = {}

    async def fetch(
        self, session: AsyncSession, texts: Collection[str] = (), **given: object
    ) -> list[tuple[Any, ...]]:
        """The rows, in the session's open transaction. `given` are the statement's own parameters by name."""
        dialect = session.get_bind().dialect.name
        made = self._made.get(dialect)
        if made is None:
            made = self._made[dialect] = self._of_tenant(dialect)
        if session.new or session.dirty:
            await session.flush()
        given |= {
            "tenant": tenant_of(session.sync_session),
            "texts": texts_for(dialect, texts),
        }
        found = await session.execute(made, given, execution_options=_PASSED)
        return [tuple(row) for row in found.all()]

    def _of_tenant(self, dialect: str) -> Rows:
        made = self._make(
            lambda column: one_of(dialect, column, sa.bindparam("texts", type_=texts_type(dialect)))
        )
        for table in set(cast("list[sa.Table]", find_tables(made))):
            made = made.where(table.c["tenant_id"] == sa.bindparam("tenant", type_=sa.Uuid()))
        return made


def texts_type(dialect: str) -> sa.types.TypeEngine[Any]:
    """The type of the one parameter that holds texts, however many."""
    return sa.ARRAY(sa.String()) if dialect == "postgresql" else sa.String()


def texts_for(dialect: str, texts: Collection[str]) -> object:
    """The texts as that parameter's value."""
    return list(texts) if dialect == "postgresql" else orjson.dumps(list(texts)).decode()


def one_of(dialect: str, column: object, given: sa.BindParameter[Any]) -> sa.ColumnElement[bool]:
    """Whether a column holds one of the texts in that parameter."""
    held: Any = column
    if dialect == "postgresql":
        is_id = isinstance(held.type, sa.Uuid)
        return held == sa.any_(sa.cast(given, sa.ARRAY(sa.Uuid())) if is_id else given)
    each = sa.func.json_each(given).table_valued("value")
    return held.in_(sa.select(sa.type_coerce(each.c.value, sa.String())))
