"""Processes tell since when their oldest work is under way; runs of plans are started once for an idempotency key."""

import sqlalchemy as sa

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

KEYED = sa.text("key is not null")


def upgrade() -> None:
    op.add_column("plan_run", sa.Column("key", sa.String(64), nullable=True))
    columns = ["tenant_id", "plan_id", "key"]
    op.create_index("ix_plan_run_key", "plan_run", columns, sqlite_where=KEYED, postgresql_where=KEYED)
    op.add_column("hub_process", sa.Column("busy_since", sa.DateTime(timezone=True), nullable=True))
    for name in ("asked", "answered"):
        # Those that run have been asked nothing.
        op.add_column("hub_process", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
        with op.batch_alter_table("hub_process") as batch:
            batch.alter_column(name, server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("hub_process") as batch:
        for name in ("answered", "asked", "busy_since"):
            batch.drop_column(name)
    op.drop_index("ix_plan_run_key", "plan_run")
    op.drop_column("plan_run", "key")
