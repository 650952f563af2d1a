"""Password resets: a link that serves once and for an hour."""

import sqlalchemy as sa

from alembic import op
from hub_app.kernel import policies

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "password_reset",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=True),
        sa.Column("issued_by", sa.Uuid(), nullable=True),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["hub_user.id"],
            name=op.f("fk_password_reset_user_id_hub_user"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["issued_by"],
            ["hub_user.id"],
            name=op.f("fk_password_reset_issued_by_hub_user"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_password_reset_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_password_reset")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_password_reset_token_hash")),
    )
    for column in ("tenant_id", "issued_by", "expires_at"):
        op.create_index(f"ix_password_reset_{column}", "password_reset", [column])
    if op.get_context().dialect.name == "postgresql":
        # Above tenants, as login sessions are: no tenant's session may see it.
        op.execute(f"grant select, insert, update, delete on password_reset to {policies.SYSTEM}")


def downgrade() -> None:
    op.drop_table("password_reset")
