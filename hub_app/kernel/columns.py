"""Columns and indexes that many tables have."""

from collections.abc import Callable
from typing import Any, cast

import sqlalchemy as sa
from sqlmodel import Field

from hub_app.kernel.clock import utcnow
from hub_app.kernel.db import JSON_TYPE


def json_column(default: Callable[[], object] = lambda: None) -> Any:
    """A column of JSON; `default` makes what a new row has."""
    # SQLModel takes instances too, and says that it takes classes alone.
    return Field(default_factory=default, sa_type=cast("type[Any]", JSON_TYPE))


def time_of_change() -> Any:
    """When the row was last changed."""
    return Field(default_factory=utcnow, sa_column_kwargs={"onupdate": utcnow})


def partial_index(name: str, *columns: str, where: str, unique: bool = False) -> sa.Index:
    """An index of those rows alone for which `where` holds, in SQL that both databases read."""
    rows = sa.text(where)
    return sa.Index(name, *columns, unique=unique, sqlite_where=rows, postgresql_where=rows)
