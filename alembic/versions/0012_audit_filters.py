"""Filtering the audit log: indexes for who acted, and on what."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_audit_entry_actor": ("audit_entry", ["tenant_id", "actor_id", "action", "id"]),
    "ix_audit_entry_target": ("audit_entry", ["tenant_id", "target_id", "id"]),
    "ix_audit_person_newest": ("audit_person", ["tenant_id", "actor_id", "created_at"]),
}


def upgrade() -> None:
    for name, (table, columns) in INDEXES.items():
        op.create_index(name, table, columns)


def downgrade() -> None:
    for name, (table, _) in INDEXES.items():
        op.drop_index(name, table)
