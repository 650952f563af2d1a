"""More CRMs: what an OAuth authorization is for, which job has merged two records, and when a source said that something is new,
and which fields it no longer tells of;
exports of everything.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from alembic import op
from hub_app.kernel import policies

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


_JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


_MOMENT = sa.DateTime(timezone=True)


def _owned(table: str) -> list[sa.schema.SchemaItem]:
    """What a tenant's table begins with."""
    tenant = sa.ForeignKey("tenant.id", name=op.f(f"fk_{table}_tenant_id_tenant"), ondelete="CASCADE")
    return [
        sa.Column("tenant_id", sa.Uuid(), tenant, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{table}")),
    ]


def _create_exports() -> None:
    op.create_table(
        "crm_export",
        *_owned("crm_export"),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("asked_by", sa.String(100), nullable=False),
        sa.Column("made_of", _MOMENT),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("pieces", sa.Integer(), nullable=False),
        sa.Column("counts", _JSON, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
    )
    op.create_index("ix_crm_export_expires", "crm_export", ["tenant_id", "expires_at"])
    op.create_table(
        "crm_export_piece",
        *_owned("crm_export_piece"),
        sa.Column("export_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "export_id"],
            ["crm_export.tenant_id", "crm_export.id"],
            name=op.f("fk_crm_export_piece_tenant_id_export_id_crm_export"),
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint(
            "tenant_id", "export_id", "number", name=op.f("uq_crm_export_piece_tenant_id_export_id_number")
        ),
    )
    if op.get_context().dialect.name == "postgresql":
        for table in ("crm_export", "crm_export_piece"):
            for statement in policies.protect(table):
                op.execute(statement)


def upgrade() -> None:
    _create_exports()
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
    op.drop_table("crm_export_piece")
    op.drop_table("crm_export")
    op.drop_column("sync_stream", "lost")
    op.drop_column("sync_connection", "hinted_at")
    op.drop_index("ix_sync_duplicate_job", "sync_duplicate")
    op.drop_column("sync_duplicate", "job_id")
    with op.batch_alter_table("oauth_flow") as table:
        table.drop_column("purpose_id")
        table.drop_column("purpose")
