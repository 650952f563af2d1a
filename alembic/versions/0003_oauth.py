"""OAuth: the catalogue of apps, tenants' own clients, connections, authorizations under way."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from alembic import op
from hub_app.kernel import policies

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
MOMENT = sa.DateTime(timezone=True)
ONE_PROVIDER = "(app_id is null) <> (client_id is null)"


def provider() -> list[sa.Column[object]]:
    return [
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("authorize_url", sa.String(2048), nullable=False),
        sa.Column("token_url", sa.String(2048), nullable=False),
        sa.Column("revoke_url", sa.String(2048), nullable=False),
        sa.Column("userinfo_url", sa.String(2048), nullable=False),
        sa.Column("issuer", sa.String(2048), nullable=False),
        sa.Column("client_id", sa.String(500), nullable=False),
        sa.Column("client_secret", sa.LargeBinary(), nullable=False),
        sa.Column("secret_hint", sa.String(16), nullable=False),
        sa.Column("scopes", JSON, nullable=False),
        sa.Column("default_scopes", JSON, nullable=False),
        sa.Column("scope_parameter", sa.String(50), nullable=False),
        sa.Column("scope_separator", sa.String(4), nullable=False),
        sa.Column("pkce", sa.Boolean(), nullable=False),
        sa.Column("client_auth", sa.String(8), nullable=False),
        sa.Column("token_body", sa.String(8), nullable=False),
        sa.Column("token_path", sa.String(100), nullable=False),
        sa.Column("revocation", sa.String(16), nullable=False),
        sa.Column("extra_params", JSON, nullable=False),
        sa.Column("expired_errors", JSON, nullable=False),
        sa.Column("kept_values", JSON, nullable=False),
        sa.Column("account_id", sa.String(300), nullable=False),
        sa.Column("account_name", sa.String(300), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
    ]


def owned(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f(f"fk_{table}_tenant_id_tenant"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{table}")),
    ]


def reference(table: str, column: str, other: str, other_column: str = "id") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        [f"{other}.tenant_id", f"{other}.{other_column}"],
        name=op.f(f"fk_{table}_tenant_id_{column}_{other}"),
        ondelete="CASCADE",
    )


def of_provider(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("app_id", sa.Uuid(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["app_id"], ["oauth_app.id"], name=op.f(f"fk_{table}_app_id_oauth_app"), ondelete="CASCADE"
        ),
        reference(table, "client_id", "oauth_client"),
        sa.CheckConstraint(ONE_PROVIDER, name=op.f(f"ck_{table}_one_provider")),
    ]


def upgrade() -> None:
    op.create_table(
        "oauth_app",
        sa.Column("id", sa.Uuid(), nullable=False),
        *provider(),
        sa.Column("slug", sa.String(64), nullable=False),
        sa.Column("logo", sa.String(64), nullable=False),
        sa.Column("note", sa.String(500), nullable=False),
        sa.Column("docs_url", sa.String(2048), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_oauth_app")),
        sa.UniqueConstraint("slug", name=op.f("uq_oauth_app_slug")),
    )
    op.create_table("oauth_client", *owned("oauth_client"), *provider())
    op.create_table(
        "oauth_connection",
        *owned("oauth_connection"),
        *of_provider("oauth_connection"),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("account_id", sa.String(200), nullable=False),
        sa.Column("account_name", sa.String(200), nullable=False),
        sa.Column("scopes_asked", JSON, nullable=False),
        sa.Column("scopes_granted", JSON, nullable=False),
        sa.Column("access_token", sa.LargeBinary(), nullable=False),
        sa.Column("refresh_token", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=True),
        sa.Column("refresh_expires_at", MOMENT, nullable=True),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("connected_at", MOMENT, nullable=False),
        sa.Column("last_refreshed_at", MOMENT, nullable=True),
        sa.Column("last_error", sa.String(500), nullable=False),
        sa.Column("kept", JSON, nullable=False),
        sa.Column("lease", sa.Uuid(), nullable=True),
        sa.Column("lease_until", MOMENT, nullable=True),
        sa.Column("retry_at", MOMENT, nullable=True),
        reference("oauth_connection", "user_id", "membership", "user_id"),
        sa.UniqueConstraint("tenant_id", "client_id", name=op.f("uq_oauth_connection_tenant_id_client_id")),
    )
    with op.batch_alter_table("oauth_connection", schema=None) as batch_op:
        batch_op.create_index("ix_oauth_connection_user", ["tenant_id", "user_id", "id"])
        batch_op.create_index(batch_op.f("ix_oauth_connection_app_id"), ["app_id"])
        batch_op.create_index(batch_op.f("ix_oauth_connection_expires_at"), ["expires_at"])
    op.create_table(
        "oauth_flow",
        *owned("oauth_flow"),
        *of_provider("oauth_flow"),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("state_hash", sa.String(64), nullable=False),
        sa.Column("verifier", sa.LargeBinary(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("scopes", JSON, nullable=False),
        sa.Column("redirect_uri", sa.String(2048), nullable=False),
        sa.Column("return_to", sa.String(500), nullable=False),
        sa.Column("message", sa.String(500), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        reference("oauth_flow", "user_id", "membership", "user_id"),
        reference("oauth_flow", "connection_id", "oauth_connection"),
        sa.UniqueConstraint("state_hash", name=op.f("uq_oauth_flow_state_hash")),
    )
    with op.batch_alter_table("oauth_flow", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_oauth_flow_app_id"), ["app_id"])
        batch_op.create_index(batch_op.f("ix_oauth_flow_expires_at"), ["expires_at"])
    if op.get_context().dialect.name == "postgresql":
        op.execute(f"grant select on oauth_app to {policies.APP}")
        op.execute(f"grant select, insert, update, delete on oauth_app to {policies.SYSTEM}")
        for table in ("oauth_client", "oauth_connection", "oauth_flow"):
            for statement in policies.protect(table):
                op.execute(statement)


def downgrade() -> None:
    for table in ("oauth_flow", "oauth_connection", "oauth_client", "oauth_app"):
        op.drop_table(table)
