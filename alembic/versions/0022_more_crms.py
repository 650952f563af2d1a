"""More CRMs: what an OAuth authorization is for, which job has merged two records, and when a source said that something is new,
and which fields it no longer tells of.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


_JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.add_column("oauth_flow", sa.Column("purpose", sa.String(32), nullable=False, server_default=""))
    op.add_column("oauth_flow", sa.Column("purpose_id", sa.Uuid()))
    with op.batch_alter_table("oauth_flow") as table:
        table.alter_column("purpose", server_default=None)
    op.add_column("sync_duplicate", sa.Column("job_id", sa.Uuid()))
    op.add_column("sync_connection", sa.Column("hinted_at", sa.DateTime(timezone=True)))
    op.add_column("sync_stream", sa.Column("lost", _JSON, nullable=False, server_default="{}"))
    with op.batch_alter_table("sync_stream") as table:
        table.alter_column("lost", server_default=None)
    of_job = sa.text("job_id is not null")
    op.create_index(
        "ix_sync_duplicate_job",
        "sync_duplicate",
        ["tenant_id", "job_id", "id"],
        sqlite_where=of_job,
        postgresql_where=of_job,
    )


def downgrade() -> None:
    op.drop_column("sync_stream", "lost")
    op.drop_column("sync_connection", "hinted_at")
    op.drop_index("ix_sync_duplicate_job", "sync_duplicate")
    op.drop_column("sync_duplicate", "job_id")
    with op.batch_alter_table("oauth_flow") as table:
        table.drop_column("purpose_id")
        table.drop_column("purpose")
