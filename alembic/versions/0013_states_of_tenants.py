"""Tenants that are suspended, or about to be deleted, and what the operator filters them by."""

import sqlalchemy as sa

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

INDEXES = {"ix_tenant_state": ["state", "id"], "ix_tenant_tier": ["tier", "id"]}


def upgrade() -> None:
    op.add_column("tenant", sa.Column("state", sa.String(16), nullable=False, server_default="active"))
    for moment in ("suspended_at", "delete_at"):
        op.add_column("tenant", sa.Column(moment, sa.DateTime(timezone=True), nullable=True))
    for name, columns in INDEXES.items():
        op.create_index(name, "tenant", columns)


def downgrade() -> None:
    for name in INDEXES:
        op.drop_index(name, "tenant")
    for column in ("delete_at", "suspended_at", "state"):
        op.drop_column("tenant", column)
