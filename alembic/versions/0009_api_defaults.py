"""What an API takes by itself is no default of Hub's (docs/decisions/0017).

Nothing tells a default that a document named from one that somebody typed. In an optional body parameter of a PATCH no
default can be meant to be sent: it would overwrite the field with every change of another one.
"""

from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
Parameter = dict[str, object]
ACTION = sa.table(
    "connector_action",
    sa.column("tenant_id", sa.Uuid()),
    sa.column("id", sa.Uuid()),
    sa.column("method", sa.String()),
    sa.column("parameters", JSON),
)


def upgrade() -> None:
    change(lambda method, one: moved(one, "default", "api_default") if overwrites(method, one) else one)


def downgrade() -> None:
    def former(method: str, one: Parameter) -> Parameter:
        found = moved(one, "api_default", "default") if overwrites(method, one) else one
        return {name: value for name, value in found.items() if name != "api_default"}

    change(former)


def overwrites(method: str, one: Parameter) -> bool:
    return method == "PATCH" and one.get("in") == "body" and not one.get("required")


def moved(one: Parameter, source: str, to: str) -> Parameter:
    """The parameter with what it has under one name under the other, unless there is something already."""
    if one.get(source) is None or one.get(to) is not None:
        return one
    return {**one, source: None, to: one[source]}


def change(made: Callable[[str, Parameter], Parameter]) -> None:
    """Change the parameters of all actions."""
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        # The policies hold for the tables' owner too.
        op.execute("set local role hub_system")
    rows = connection.execute(sa.select(ACTION)).all()
    for row in rows:
        parameters = [made(row.method, one) for one in row.parameters]
        if parameters != row.parameters:
            here = (ACTION.c.tenant_id == row.tenant_id) & (ACTION.c.id == row.id)
            connection.execute(sa.update(ACTION).where(here).values(parameters=parameters))
    if connection.dialect.name == "postgresql":
        op.execute("reset role")
