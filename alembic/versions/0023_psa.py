"""Tickets: the connected PSA, its members, work sessions, posts, templates, and how people write."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from alembic import op
from hub_app.kernel import policies

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
_MOMENT = sa.DateTime(timezone=True)
_PENDING = sa.text("status = 'pending'")
_ENDED = sa.text("status != 'pending'")
_TABLES = (
    "psa_connection",
    "psa_member_mapping",
    "work_session",
    "psa_post_log",
    "session_template",
    "note_template",
    "editor_settings",
)


def _owned(table: str) -> list[sa.schema.SchemaItem]:
    """What a tenant's table begins with."""
    tenant = sa.ForeignKey("tenant.id", name=op.f(f"fk_{table}_tenant_id_tenant"), ondelete="CASCADE")
    return [
        sa.Column("tenant_id", sa.Uuid(), tenant, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{table}")),
    ]


def _text(name: str, length: int | None = None, *, optional: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text() if length is None else sa.String(length), nullable=optional)


def _json(name: str) -> sa.Column[object]:
    return sa.Column(name, _JSON, nullable=False)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _moment(name: str, *, optional: bool = True) -> sa.Column[object]:
    return sa.Column(name, _MOMENT, nullable=optional)


def _of_connection(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", "connection_id"],
        ["psa_connection.tenant_id", "psa_connection.id"],
        name=op.f(f"fk_{table}_tenant_id_psa_connection"),
        ondelete="CASCADE",
    )


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=op.f(f"uq_{table}_{'_'.join(columns)}"))


def upgrade() -> None:
    _create_connections()
    _create_sessions()
    _create_posts()
    _create_templates()
    if op.get_context().dialect.name == "postgresql":
        for table in _TABLES:
            for statement in policies.protect(table):
                op.execute(statement)


def _create_connections() -> None:
    op.create_table(
        "psa_connection",
        *_owned("psa_connection"),
        _text("provider", 64),
        _text("display_name", 100),
        _text("site_url", 255),
        _text("company_id", 100),
        _json("settings"),
        sa.Column("secrets", sa.LargeBinary(), nullable=False),
        _json("hints"),
        _flag("is_active"),
        _text("error", 500),
        _text("server_version", 100),
        _moment("last_validated_at"),
        _moment("updated_at", optional=False),
        _unique("psa_connection", "tenant_id"),
    )
    op.create_table(
        "psa_member_mapping",
        *_owned("psa_member_mapping"),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        _text("member_id", 64),
        _text("member_identifier", 100),
        _text("member_name", 200),
        _text("member_email", 320),
        _text("matched_by", 16),
        _moment("updated_at", optional=False),
        _of_connection("psa_member_mapping"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["membership.tenant_id", "membership.user_id"],
            name=op.f("fk_psa_member_mapping_tenant_id_membership"),
            ondelete="CASCADE",
        ),
        _unique("psa_member_mapping", "tenant_id", "connection_id", "user_id"),
    )


def _create_sessions() -> None:
    op.create_table(
        "work_session",
        *_owned("work_session"),
        sa.Column("engineer_id", sa.Uuid()),
        _text("engineer", 100),
        _text("title", 200),
        _text("body"),
        sa.Column("steps_done", sa.Integer(), nullable=False),
        sa.Column("steps_total", sa.Integer(), nullable=False),
        _json("tags"),
        _text("status", 16),
        _moment("started_at", optional=False),
        _moment("ended_at"),
        sa.Column("worked_seconds", sa.Integer(), nullable=False),
        _moment("running_since"),
        sa.Column("psa_connection_id", sa.Uuid()),
        _text("psa_ticket_id", 64, optional=True),
        _json("ticket"),
        _moment("linked_at"),
        _moment("updated_at", optional=False),
    )
    for name, column in (("engineer", "engineer_id"), ("status", "status"), ("ticket", "psa_ticket_id")):
        op.create_index(f"ix_work_session_{name}", "work_session", ["tenant_id", column, "id"])
    op.create_index("ix_work_session_connection", "work_session", ["tenant_id", "psa_connection_id"])
    both = ["tenant_id", "engineer_id", "status", "id"]
    op.create_index("ix_work_session_engineer_status", "work_session", both)
    searched = ["tenant_id", "id", "title", "psa_ticket_id", "engineer_id", "status"]
    op.create_index("ix_work_session_search", "work_session", searched)


def _create_posts() -> None:
    table = "psa_post_log"
    op.create_table(
        table,
        *_owned(table),
        _text("status", 16),
        _flag("cancelling"),
        sa.Column("starts", sa.Integer(), nullable=False),
        _moment("due_at", optional=False),
        sa.Column("lease", sa.Uuid()),
        _text("started_by", 100),
        _moment("started_at"),
        _moment("finished_at"),
        sa.Column("session_id", sa.Uuid()),
        _text("session_title", 200),
        sa.Column("connection_id", sa.Uuid()),
        _text("provider", 64),
        sa.Column("engineer_id", sa.Uuid()),
        _text("ticket_id", 64),
        _text("ticket_summary", 300),
        _text("note_type", 32),
        _text("text"),
        _text("digest", 64),
        _text("reference", 16),
        _flag("notify"),
        _text("member_id", 64, optional=True),
        _text("member_name", 200),
        _text("board_id", 64),
        _text("status_before_id", 64),
        _text("status_before", 100),
        _text("status_after_id", 64),
        _text("status_after", 100),
        sa.Column("minutes", sa.Integer()),
        _text("note_state", 16),
        _text("time_state", 16),
        _text("status_state", 16),
        _text("external_note_id", 64),
        _text("external_time_id", 64),
        _flag("is_unknown"),
        _moment("sent_at"),
        _text("error_code", 16),
        _text("error", 500),
    )
    _index_posts("ix_psa_post_log_due", ["due_at"], _PENDING)
    _index_posts("ix_psa_post_log_tenant_due", ["tenant_id", "due_at"], _PENDING)
    _index_posts("uq_psa_post_log_open", ["tenant_id", "session_id"], _PENDING, unique=True)
    _index_posts("ix_psa_post_log_open", ["tenant_id", "id"], _PENDING)
    for name in ("session", "ticket", "engineer"):
        op.create_index(f"ix_{table}_{name}", table, ["tenant_id", f"{name}_id", "id"])
    _index_posts("ix_psa_post_log_status", ["tenant_id", "status", "id"], _ENDED)
    _index_posts("ix_psa_post_log_engineer_status", ["tenant_id", "engineer_id", "status", "id"], _ENDED)


def _index_posts(name: str, columns: list[str], where: sa.TextClause, *, unique: bool = False) -> None:
    op.create_index(name, "psa_post_log", columns, unique=unique, sqlite_where=where, postgresql_where=where)


def _create_templates() -> None:
    op.create_table(
        "session_template",
        *_owned("session_template"),
        _text("name", 100),
        _text("title", 200),
        _text("body"),
        _json("tags"),
        _moment("updated_at", optional=False),
    )
    op.create_table(
        "note_template",
        *_owned("note_template"),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        _text("board_id", 64),
        _text("board_name", 100),
        _text("note_type", 32),
        _text("text"),
        _moment("updated_at", optional=False),
        _of_connection("note_template"),
        _unique("note_template", "tenant_id", "connection_id", "board_id"),
    )
    op.create_table(
        "editor_settings",
        *_owned("editor_settings"),
        _text("toolbar", 16),
        _text("theme", 16),
        _json("snippets"),
        _moment("updated_at", optional=False),
        _unique("editor_settings", "tenant_id"),
    )


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.drop_table(table)
