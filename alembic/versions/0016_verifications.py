"""Verifications of the audit log, and since when a periodic task runs."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from alembic import op
from hub_app.kernel import policies

revision = "0016"
down_revision = "0014"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
MOMENT = sa.DateTime(timezone=True)
OPEN = sa.text("finished_at is null")


def upgrade() -> None:
    op.add_column("schedule", sa.Column("started_at", MOMENT, nullable=True))
    op.create_table(
        "audit_verification",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("started_at", MOMENT, nullable=True),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("problems", JSON, nullable=False),
        sa.Column("note", sa.String(1000), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_verification")),
    )
    op.create_index(
        "ix_audit_verification_open",
        "audit_verification",
        ["id"],
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    if op.get_context().dialect.name == "postgresql":
        # Above tenants: no tenant's session may see it.
        op.execute(f"grant select, insert, update, delete on audit_verification to {policies.SYSTEM}")


def downgrade() -> None:
    op.drop_table("audit_verification")
    op.drop_column("schedule", "started_at")
