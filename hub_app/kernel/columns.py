"""Columns that many tables have."""

from collections.abc import Callable
from typing import Any, cast

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
