"""What operators see: the processes that are alive, and how queues stand."""

import sqlalchemy as sa

from alembic import op
from hub_app.kernel import policies

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
LEASED = sa.text("lease is not null")
FAILED = sa.text("status = 'failed'")
NOT_DELIVERED = sa.text("status in ('failed', 'expired')")
BY_TIME = ["finished_at", "tenant_id", "id"]
BY_TENANT = ["tenant_id", "finished_at", "id"]
# By name: the table, the columns, and for which rows.
INDEXES = {
    "ix_job_leased": ("job", ["tenant_id"], LEASED),
    "ix_job_failed": ("job", BY_TIME, FAILED),
    "ix_job_tenant_failed": ("job", BY_TENANT, FAILED),
    "ix_plan_run_leased": ("plan_run", ["tenant_id"], LEASED),
    "ix_plan_run_failed": ("plan_run", BY_TIME, FAILED),
    "ix_plan_run_tenant_failed": ("plan_run", BY_TENANT, FAILED),
    "ix_webhook_delivery_failed": ("webhook_delivery", BY_TIME, NOT_DELIVERED),
    "ix_webhook_delivery_tenant_failed": ("webhook_delivery", BY_TENANT, NOT_DELIVERED),
    "ix_webhook_endpoint_id": ("webhook_endpoint", ["id"], None),
}


def upgrade() -> None:
    for name, (table, columns, rows) in INDEXES.items():
        op.create_index(name, table, columns, sqlite_where=rows, postgresql_where=rows)
    op.create_table(
        "hub_process",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("host", sa.String(64), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hub_process")),
    )
    op.create_index("ix_hub_process_seen_at", "hub_process", ["seen_at"])
    if op.get_context().dialect.name == "postgresql":
        # Above tenants: no tenant's session may see it.
        op.execute(f"grant select, insert, update, delete on hub_process to {policies.SYSTEM}")


def downgrade() -> None:
    op.drop_table("hub_process")
    for name, (table, _, _) in INDEXES.items():
        op.drop_index(name, table)
