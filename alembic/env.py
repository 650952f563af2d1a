"""Alembic's environment. Hub calls it through `hub_app/kernel/migrations.py`, which hands over the connection."""

from typing import Literal

import sqlalchemy as sa
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

from alembic import context
from hub_app.kernel import capabilities
from hub_app.kernel.vault import SealedType

capabilities.load_tables()


def render_item(kind: str, item: object, _context: object) -> str | Literal[False]:
    """Column types as plain SQLAlchemy, so that a revision does not depend on code that may change."""
    if kind != "type":
        return False
    if isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if isinstance(item, AutoString):
        return f"sa.String({item.length or ''})"
    if isinstance(item, SealedType):
        return "sa.LargeBinary()"
    if isinstance(item, sa.JSON):
        return "JSON"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    compare_type=True,
    compare_server_default=True,
    transaction_per_migration=True,
    render_item=render_item,
)
with context.begin_transaction():
    context.run_migrations()
