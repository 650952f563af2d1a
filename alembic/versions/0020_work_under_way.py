"""Processes tell since when their oldest work is under way."""

import sqlalchemy as sa

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
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
