"""Tenants that are suspended, or about to be deleted, and what the operator filters them by.

The version before knows no suspended tenants. On the way back their work goes on, as if they were resumed.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel.sql.sqltypes import UTCDateTime

from alembic import op
from hub_app.kernel import policies

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

INDEXES = {"ix_tenant_state": ["state", "id"], "ix_tenant_tier": ["tier", "id"]}
# When work of suspended tenants is due (kernel/suspension.py), and how long tenants that are to be deleted are kept.
PARKED = datetime(9999, 1, 1, tzinfo=UTC)
GRACE = timedelta(days=7)
MOMENT = UTCDateTime()
TENANT = sa.table(
    "tenant",
    sa.column("id", sa.Uuid()),
    sa.column("state"),
    *(sa.column(name, MOMENT) for name in ("suspended_at", "delete_at")),
)
QUEUES = [
    sa.table(name, sa.column("tenant_id", sa.Uuid()), sa.column("status"), sa.column("due_at", MOMENT), *more)
    for name, more in {
        "job": [],
        "plan_run": [],
        "webhook_delivery": [sa.column("expires_at", MOMENT)],
    }.items()
]
ENDPOINT = sa.table("webhook_endpoint", sa.column("tenant_id", sa.Uuid()), sa.column("failing_since", MOMENT))


def upgrade() -> None:
    op.add_column("tenant", sa.Column("state", sa.String(16), nullable=False, server_default="active"))
    for moment in ("suspended_at", "delete_at"):
        op.add_column("tenant", sa.Column(moment, sa.DateTime(timezone=True), nullable=True))
    for name, columns in INDEXES.items():
        op.create_index(name, "tenant", columns)


def downgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        # The policies hold for the tables' owner too.
        op.execute(f"set role {policies.SYSTEM}")
    put_back(connection)
    if connection.dialect.name == "postgresql":
        op.execute("reset role")
    for name in INDEXES:
        op.drop_index(name, "tenant")
    for column in ("delete_at", "suspended_at", "state"):
        op.drop_column("tenant", column)


def put_back(connection: sa.Connection) -> None:
    """Make due what is parked. As when a tenant is resumed, no delivery has lived, and no endpoint has failed, while it was
    away.
    """
    now = datetime.now(UTC)
    for tenant in connection.execute(sa.select(TENANT).where(TENANT.c.state != "active")).all():
        began = tenant.suspended_at or (tenant.delete_at - GRACE if tenant.delete_at else now)
        for queue in QUEUES:
            values: dict[str, Any] = {
                "due_at": sa.case((queue.c.due_at == PARKED, now), else_=queue.c.due_at)
            }
            if "expires_at" in queue.c:
                values["expires_at"] = later(connection, queue.c.expires_at, now - began)
            mine = (queue.c.tenant_id == tenant.id, queue.c.status == "pending")
            connection.execute(sa.update(queue).where(*mine).values(values))
        failing = (ENDPOINT.c.tenant_id == tenant.id, ENDPOINT.c.failing_since.is_not(None))
        since = later(connection, ENDPOINT.c.failing_since, now - began)
        connection.execute(sa.update(ENDPOINT).where(*failing).values(failing_since=since))


def later(connection: sa.Connection, column: sa.ColumnClause[Any], by: timedelta) -> Any:
    if connection.dialect.name == "postgresql":
        return column + by
    text = sa.func.strftime("%Y-%m-%d %H:%M:%f000", column, f"{by.total_seconds():+.3f} seconds")
    return sa.type_coerce(text, MOMENT)
