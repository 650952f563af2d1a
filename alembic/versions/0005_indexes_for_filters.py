"""An index for each filter that is offered, and for everything that is cleaned up."""

import sqlalchemy as sa

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

PENDING = sa.text("status = 'pending'")
LEASED = sa.text("lease is not null")
INDEXES: dict[str, dict[str, list[str]]] = {
    "api_usage": {
        "ix_api_usage_token": ["tenant_id", "token_id", "minute", "route", "status_class"],
        "ix_api_usage_route": ["tenant_id", "route", "minute", "token_id", "status_class"],
        "ix_api_usage_token_route": ["tenant_id", "token_id", "route", "minute", "status_class"],
    },
    "event": {"ix_event_type": ["tenant_id", "type", "id"]},
    "execution": {
        "ix_execution_connector_outcome": ["tenant_id", "connector_id", "failed", "trigger", "id"],
        "ix_execution_connector_action": ["tenant_id", "connector_id", "action", "failed", "trigger", "id"],
        "ix_execution_outcome": ["tenant_id", "failed", "trigger", "id"],
        "ix_execution_action": ["tenant_id", "action", "failed", "trigger", "id"],
    },
    "invitation": {"ix_invitation_expires_at": ["expires_at"]},
    "job": {
        "ix_job_waiting": ["tenant_id", "id"],
        "ix_job_family": ["tenant_id", "family", "id"],
        "ix_job_finished": ["tenant_id", "finished_at"],
    },
    "login_session": {
        "ix_login_session_tenant_id": ["tenant_id"],
        "ix_login_session_expires_at": ["expires_at"],
        "ix_login_session_last_seen_at": ["last_seen_at"],
    },
    "plan_run": {"ix_plan_run_waiting": ["tenant_id", "plan_id", "trigger"]},
    "webhook_delivery": {
        "ix_webhook_delivery_status": ["tenant_id", "endpoint_id", "status", "id"],
        "ix_webhook_delivery_type": ["tenant_id", "endpoint_id", "event_type", "status", "id"],
        "ix_webhook_delivery_leased": ["tenant_id", "endpoint_id", "id"],
    },
    "webhook_hour": {"ix_webhook_hour_hour": ["hour"]},
    "webhook_secret": {"ix_webhook_secret_expires_at": ["expires_at"]},
}
WHERE = {
    "ix_job_waiting": PENDING,
    "ix_plan_run_waiting": PENDING,
    "ix_webhook_delivery_leased": LEASED,
}


def upgrade() -> None:
    op.add_column("execution", sa.Column("failed", sa.Boolean(), nullable=False, server_default=sa.false()))
    if op.get_context().dialect.name == "postgresql":
        # An update would meet the policies, and find nothing.
        op.execute("alter table execution alter column failed drop default")
        op.execute("alter table execution alter column failed type boolean using error_kind <> ''")
    else:
        op.execute("update execution set failed = true where error_kind <> ''")
    with op.batch_alter_table("execution", schema=None) as batch_op:
        batch_op.alter_column("failed", server_default=None)
    for table, indexes in INDEXES.items():
        for name, columns in indexes.items():
            where = WHERE.get(name)
            op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    for table, indexes in INDEXES.items():
        for name in indexes:
            op.drop_index(name, table_name=table)
    with op.batch_alter_table("execution", schema=None) as batch_op:
        batch_op.drop_column("failed")
