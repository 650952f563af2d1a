"""Connectors: what can be called, executions, plans and their runs."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from alembic import op
from hub_app.kernel import policies

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
PENDING = sa.text("status = 'pending'")
SCHEDULED = sa.text("next_run_at is not null")
# Those that others refer to last, so that they are dropped last.
TABLES = (
    "plan_run_step",
    "plan_run",
    "execution",
    "connector_credential",
    "connector_action",
    "cached_answer",
    "run_key",
    "plan",
    "connector",
)


def upgrade() -> None:
    op.create_table(
        "connector",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("display_name", sa.String(100), nullable=False),
        sa.Column("description", sa.String(1000), nullable=False),
        sa.Column("auth_type", sa.String(16), nullable=False),
        sa.Column("base_url", sa.String(2048), nullable=False),
        sa.Column("auth_header", sa.String(100), nullable=False),
        sa.Column("auth_prefix", sa.String(50), nullable=False),
        sa.Column("auth_query", sa.String(100), nullable=False),
        sa.Column("default_headers", JSON, nullable=False),
        sa.Column("oauth_client_id", sa.Uuid(), nullable=True),
        sa.Column("oauth_connection_id", sa.Uuid(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_connector_tenant_id_tenant"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_connector")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_connector_tenant_id_name")),
    )
    op.create_table(
        "plan",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("description", sa.String(1000), nullable=False),
        sa.Column("steps", JSON, nullable=False),
        sa.Column("cron", sa.String(100), nullable=False),
        sa.Column("every_minutes", sa.Integer(), nullable=True),
        sa.Column("timezone", sa.String(64), nullable=False),
        sa.Column("event_type", sa.String(100), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("next_run_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_plan_tenant_id_tenant"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_plan")),
    )
    with op.batch_alter_table("plan", schema=None) as batch_op:
        batch_op.create_index(
            "ix_plan_due", ["next_run_at"], unique=False, sqlite_where=SCHEDULED, postgresql_where=SCHEDULED
        )

    op.create_table(
        "run_key",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("execution_id", sa.Uuid(), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_run_key_tenant_id_tenant"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "key", name=op.f("pk_run_key")),
    )
    with op.batch_alter_table("run_key", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_run_key_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "cached_answer",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("connector_id", sa.Uuid(), nullable=False),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "connector_id"],
            ["connector.tenant_id", "connector.id"],
            name=op.f("fk_cached_answer_tenant_id_connector_id_connector"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_cached_answer_tenant_id_tenant"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_cached_answer")),
        sa.UniqueConstraint("tenant_id", "key", name=op.f("uq_cached_answer_tenant_id_key")),
    )
    with op.batch_alter_table("cached_answer", schema=None) as batch_op:
        batch_op.create_index("ix_cached_answer_connector", ["tenant_id", "connector_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_cached_answer_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "connector_action",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("connector_id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.String(64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("description", sa.String(1000), nullable=False),
        sa.Column("method", sa.String(8), nullable=False),
        sa.Column("endpoint", sa.String(1000), nullable=False),
        sa.Column("parameters", JSON, nullable=False),
        sa.Column("body", JSON, nullable=True),
        sa.Column("selection", sa.String(500), nullable=False),
        sa.Column("pagination", JSON, nullable=False),
        sa.Column("cache_seconds", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "connector_id"],
            ["connector.tenant_id", "connector.id"],
            name=op.f("fk_connector_action_tenant_id_connector_id_connector"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_connector_action_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_connector_action")),
        sa.UniqueConstraint(
            "tenant_id", "connector_id", "slug", name=op.f("uq_connector_action_tenant_id_connector_id_slug")
        ),
    )
    op.create_table(
        "connector_credential",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("connector_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.String(24), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("hint", sa.String(16), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_valid", sa.Boolean(), nullable=True),
        sa.Column("last_validated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(300), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "connector_id"],
            ["connector.tenant_id", "connector.id"],
            name=op.f("fk_connector_credential_tenant_id_connector_id_connector"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenant.id"],
            name=op.f("fk_connector_credential_tenant_id_tenant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_connector_credential")),
        sa.UniqueConstraint(
            "tenant_id",
            "connector_id",
            "type",
            name=op.f("uq_connector_credential_tenant_id_connector_id_type"),
        ),
    )
    op.create_table(
        "execution",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("connector_id", sa.Uuid(), nullable=False),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("plan_run_id", sa.Uuid(), nullable=True),
        sa.Column("trigger", sa.String(16), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.String(100), nullable=False),
        sa.Column("method", sa.String(8), nullable=False),
        sa.Column("url", sa.String(4096), nullable=False),
        sa.Column("request_headers", JSON, nullable=False),
        sa.Column("request_body", sa.Text(), nullable=False),
        sa.Column("status_code", sa.Integer(), nullable=True),
        sa.Column("response_headers", JSON, nullable=False),
        sa.Column("response_body", sa.Text(), nullable=False),
        sa.Column("truncated", sa.Boolean(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("cached", sa.Boolean(), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("error_kind", sa.String(24), nullable=False),
        sa.Column("error_detail", sa.String(500), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "connector_id"],
            ["connector.tenant_id", "connector.id"],
            name=op.f("fk_execution_tenant_id_connector_id_connector"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_execution_tenant_id_tenant"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_execution")),
    )
    with op.batch_alter_table("execution", schema=None) as batch_op:
        batch_op.create_index("ix_execution_connector", ["tenant_id", "connector_id", "id"], unique=False)

    op.create_table(
        "plan_run",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("steps", JSON, nullable=False),
        sa.Column("trigger", sa.String(16), nullable=False),
        sa.Column("input", JSON, nullable=False),
        sa.Column("event", sa.Text(), nullable=True),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("cancelling", sa.Boolean(), nullable=False),
        sa.Column("starts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(500), nullable=False),
        sa.Column("started_by", sa.String(100), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease", sa.Uuid(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "plan_id"],
            ["plan.tenant_id", "plan.id"],
            name=op.f("fk_plan_run_tenant_id_plan_id_plan"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_plan_run_tenant_id_tenant"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_plan_run")),
    )
    with op.batch_alter_table("plan_run", schema=None) as batch_op:
        batch_op.create_index(
            "ix_plan_run_due", ["due_at"], unique=False, sqlite_where=PENDING, postgresql_where=PENDING
        )
        batch_op.create_index("ix_plan_run_plan", ["tenant_id", "plan_id", "id"], unique=False)
        batch_op.create_index(
            "ix_plan_run_tenant_due",
            ["tenant_id", "due_at"],
            unique=False,
            sqlite_where=PENDING,
            postgresql_where=PENDING,
        )

    op.create_table(
        "plan_run_step",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(64), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("execution_id", sa.Uuid(), nullable=True),
        sa.Column("output", sa.Text(), nullable=True),
        sa.Column("error", sa.String(500), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "run_id"],
            ["plan_run.tenant_id", "plan_run.id"],
            name=op.f("fk_plan_run_step_tenant_id_run_id_plan_run"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_plan_run_step_tenant_id_tenant"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_plan_run_step")),
        sa.UniqueConstraint(
            "tenant_id", "run_id", "position", name=op.f("uq_plan_run_step_tenant_id_run_id_position")
        ),
    )
    if op.get_context().dialect.name == "postgresql":
        for table in TABLES:
            for statement in policies.protect(table):
                op.execute(statement)


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
