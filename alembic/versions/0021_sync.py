"""Syncing: collections, connections, records with their history, jobs and what waits for people; accounts of CRMs."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from alembic import op
from hub_app.kernel import policies

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
MOMENT = sa.DateTime(timezone=True)
# In the order in which they refer to each other.
TABLES = [
    "sync_collection",
    "sync_connection",
    "sync_stream",
    "sync_record",
    "sync_data",
    "sync_link",
    "sync_reference",
    "sync_version",
    "sync_job",
    "sync_seen",
    "sync_log",
    "sync_intent",
    "sync_conflict",
    "sync_quarantine",
    "sync_duplicate",
    "sync_finding",
    "crm_account",
    "crm_file",
    "crm_file_piece",
]
# By name: the table, the columns, and for which rows.
INDEXES = [
    ("ix_sync_connection_due", "sync_connection", ["next_sync_at"], "next_sync_at is not null"),
    ("ix_sync_version_job", "sync_version", ["tenant_id", "job_id", "id"], None),
    ("ix_sync_version_record", "sync_version", ["tenant_id", "record_id", "id"], None),
    ("ix_crm_account_connector", "crm_account", ["tenant_id", "connector_id"], None),
    ("ix_crm_account_oauth", "crm_account", ["tenant_id", "oauth_connection_id"], None),
    ("uq_crm_account_inbound", "crm_account", ["inbound_digest"], "inbound_digest is not null"),
    ("ix_crm_file_connection", "crm_file", ["tenant_id", "connection_id", "id"], None),
    ("ix_crm_file_expires", "crm_file", ["tenant_id", "expires_at"], None),
    ("ix_sync_job_connection", "sync_job", ["tenant_id", "connection_id", "id"], None),
    ("ix_sync_job_due", "sync_job", ["due_at"], "status = 'pending'"),
    ("ix_sync_job_failed", "sync_job", ["finished_at", "tenant_id", "id"], "status = 'failed'"),
    ("ix_sync_job_leased", "sync_job", ["tenant_id"], "lease is not null"),
    ("ix_sync_job_tenant_due", "sync_job", ["tenant_id", "due_at"], "status = 'pending'"),
    ("ix_sync_job_tenant_failed", "sync_job", ["tenant_id", "finished_at", "id"], "status = 'failed'"),
    ("uq_sync_job_running", "sync_job", ["tenant_id", "connection_id"], "status = 'pending'"),
    (
        "ix_sync_record_archived",
        "sync_record",
        ["tenant_id", "collection_id", "id"],
        "archived_at is not null",
    ),
    ("ix_sync_record_collection", "sync_record", ["tenant_id", "collection_id", "id"], None),
    ("ix_sync_record_date", "sync_record", ["tenant_id", "collection_id", "date", "id"], None),
    ("ix_sync_record_email", "sync_record", ["tenant_id", "collection_id", "email", "id"], None),
    ("ix_sync_record_name", "sync_record", ["tenant_id", "collection_id", "name", "id", "search"], None),
    ("ix_sync_record_phone", "sync_record", ["tenant_id", "collection_id", "phone", "id"], None),
    ("ix_sync_record_status", "sync_record", ["tenant_id", "collection_id", "status", "id"], None),
    ("ix_sync_record_updated_at", "sync_record", ["tenant_id", "collection_id", "updated_at", "id"], None),
    ("ix_sync_record_value", "sync_record", ["tenant_id", "collection_id", "value", "id"], None),
    ("ix_sync_duplicate_second", "sync_duplicate", ["tenant_id", "second_id"], None),
    ("ix_sync_duplicate_status", "sync_duplicate", ["tenant_id", "collection_id", "status", "id"], None),
    ("ix_sync_finding_job", "sync_finding", ["tenant_id", "job_id", "kind", "id"], None),
    ("ix_sync_intent_job", "sync_intent", ["tenant_id", "job_id", "id"], None),
    ("ix_sync_intent_record", "sync_intent", ["tenant_id", "record_id", "id"], None),
    ("ix_sync_intent_stream", "sync_intent", ["tenant_id", "stream_id"], None),
    (
        "uq_sync_intent_under_way",
        "sync_intent",
        ["tenant_id", "stream_id", "record_id"],
        "status in ('sending', 'unknown')",
    ),
    ("ix_sync_link_away", "sync_link", ["tenant_id", "stream_id", "state"], "state <> 'linked'"),
    ("ix_sync_link_owing", "sync_link", ["tenant_id", "stream_id", "id"], "owes"),
    ("ix_sync_link_record", "sync_link", ["tenant_id", "record_id"], None),
    ("uq_sync_link_one_of_stream", "sync_link", ["tenant_id", "stream_id", "record_id"], "state = 'linked'"),
    ("ix_sync_log_job", "sync_log", ["tenant_id", "job_id", "id"], None),
    ("ix_sync_log_level", "sync_log", ["tenant_id", "job_id", "level", "id"], None),
    (
        "ix_sync_quarantine_connection",
        "sync_quarantine",
        ["tenant_id", "connection_id", "status", "id"],
        None,
    ),
    ("ix_sync_quarantine_settled", "sync_quarantine", ["tenant_id", "settled_by"], None),
    ("ix_sync_quarantine_status", "sync_quarantine", ["tenant_id", "status", "id"], None),
    ("ix_sync_quarantine_stream", "sync_quarantine", ["tenant_id", "stream_id", "status", "id"], None),
    ("ix_sync_reference_named", "sync_reference", ["tenant_id", "stream_id", "external_id"], None),
    ("ix_sync_reference_record", "sync_reference", ["tenant_id", "record_id"], None),
    ("ix_sync_reference_target", "sync_reference", ["tenant_id", "target_id"], None),
    ("ix_sync_seen_stream", "sync_seen", ["tenant_id", "stream_id"], None),
    ("ix_sync_conflict_connection", "sync_conflict", ["tenant_id", "connection_id", "status", "id"], None),
    ("ix_sync_conflict_link", "sync_conflict", ["tenant_id", "link_id"], None),
    ("ix_sync_conflict_record", "sync_conflict", ["tenant_id", "record_id", "id"], None),
    ("ix_sync_conflict_status", "sync_conflict", ["tenant_id", "status", "id"], None),
    ("uq_sync_conflict_open", "sync_conflict", ["tenant_id", "link_id"], "status = 'open'"),
]


def upgrade() -> None:
    _create_connections()
    _create_records()
    _create_jobs()
    _create_findings()
    _create_accounts()
    for name, table, columns, rows in INDEXES:
        where = None if rows is None else sa.text(rows)
        unique = name.startswith("uq_")
        op.create_index(name, table, columns, unique=unique, sqlite_where=where, postgresql_where=where)
    if op.get_context().dialect.name == "postgresql":
        for table in TABLES:
            for statement in policies.protect(table):
                op.execute(statement)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _create(
    table: str,
    *columns: sa.Column[object],
    parents: dict[str, str] | None = None,
    unique: list[list[str]] | None = None,
) -> None:
    """A tenant's table; `parents` are the tables that rows hang on, by the column that names their row."""
    tenant = sa.ForeignKey("tenant.id", name=op.f(f"fk_{table}_tenant_id_tenant"), ondelete="CASCADE")
    op.create_table(
        table,
        sa.Column("tenant_id", sa.Uuid(), tenant, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{table}")),
        *(
            sa.ForeignKeyConstraint(
                ["tenant_id", column],
                [f"{parent}.tenant_id", f"{parent}.id"],
                name=op.f(f"fk_{table}_tenant_id_{column}_{parent}"),
                ondelete="CASCADE",
            )
            for column, parent in (parents or {}).items()
        ),
        *(
            sa.UniqueConstraint("tenant_id", *names, name=op.f(f"uq_{table}_tenant_id_{'_'.join(names)}"))
            for names in unique or []
        ),
    )


def _of(kind: sa.types.TypeEngine[Any], name: str, *, null: bool) -> sa.Column[object]:
    return sa.Column(name, kind, nullable=null)


def _text(name: str, length: int, *, null: bool = False) -> sa.Column[object]:
    return _of(sa.String(length), name, null=null)


def _json(name: str, *, null: bool = False) -> sa.Column[object]:
    return _of(JSON, name, null=null)


def _moment(name: str, *, null: bool = False) -> sa.Column[object]:
    return _of(MOMENT, name, null=null)


def _uuid(name: str, *, null: bool = False) -> sa.Column[object]:
    return _of(sa.Uuid(), name, null=null)


def _int(name: str, *, null: bool = False) -> sa.Column[object]:
    return _of(sa.Integer(), name, null=null)


def _bool(name: str, *, null: bool = False) -> sa.Column[object]:
    return _of(sa.Boolean(), name, null=null)


def _float(name: str, *, null: bool = False) -> sa.Column[object]:
    return _of(sa.Float(), name, null=null)


def _bytes(name: str, *, null: bool = False) -> sa.Column[object]:
    return _of(sa.LargeBinary(), name, null=null)


def _create_connections() -> None:
    _create(
        "sync_collection",
        _text("family", 32),
        _text("name", 64),
        _json("fields"),
        _moment("updated_at"),
        unique=[["family", "name"]],
    )
    _create(
        "sync_connection",
        _text("family", 32),
        _text("provider", 64),
        _text("name", 100),
        _text("status", 16),
        _text("reason", 500),
        _text("account", 64),
        _text("direction", 8),
        _text("rule", 16),
        _text("deletions", 8),
        _moment("since", null=True),
        _bool("auto_sync"),
        _int("interval_minutes"),
        _moment("next_sync_at", null=True),
        _moment("last_sync_at", null=True),
        _text("last_sync_status", 16),
        _int("failures"),
        _moment("updated_at"),
        unique=[["family", "provider", "name"]],
    )
    _create(
        "sync_stream",
        _uuid("connection_id"),
        _uuid("collection_id"),
        _text("resource", 64),
        _int("position"),
        _json("mapping"),
        _int("mapping_version"),
        _moment("mark", null=True),
        _json("last_full"),
        _moment("last_full_at", null=True),
        _uuid("last_full_job_id", null=True),
        _text("account", 64),
        _moment("updated_at"),
        parents={"connection_id": "sync_connection", "collection_id": "sync_collection"},
        unique=[["connection_id", "resource"]],
    )


def _create_records() -> None:
    _create(
        "sync_record",
        _uuid("collection_id"),
        _int("version"),
        _text("name", 200),
        _text("email", 320),
        _text("phone", 64),
        _text("date", 32),
        _text("status", 100),
        _float("value"),
        _text("search", 1000),
        _moment("archived_at", null=True),
        _moment("updated_at"),
        parents={"collection_id": "sync_collection"},
    )
    _create(
        "sync_data",
        _json("contents"),
        _json("stamps"),
        _moment("stamped_at", null=True),
        parents={"id": "sync_record"},
    )
    _create(
        "sync_link",
        _uuid("stream_id"),
        _uuid("record_id"),
        _text("external_id", 200),
        _text("external_version", 100),
        _moment("modified", null=True),
        _bytes("payload_hash", null=True),
        _int("mapping_version"),
        _int("synced_version"),
        _json("base"),
        _json("base_hub"),
        _bool("owes"),
        _moment("pushed_at", null=True),
        _text("state", 8),
        _moment("gone_at", null=True),
        _int("gone_runs"),
        _moment("updated_at"),
        parents={"stream_id": "sync_stream", "record_id": "sync_record"},
        unique=[["stream_id", "external_id"]],
    )
    _create(
        "sync_reference",
        _uuid("record_id"),
        _text("field", 64),
        _uuid("stream_id"),
        _text("external_id", 200),
        _uuid("target_id", null=True),
        parents={"record_id": "sync_record", "stream_id": "sync_stream"},
    )
    _create(
        "sync_version",
        _uuid("record_id"),
        _int("number"),
        _text("kind", 16),
        _uuid("job_id", null=True),
        _text("made_by", 200),
        _uuid("link_id", null=True),
        _json("before"),
        _json("after"),
        _json("link_change", null=True),
        _json("stamps", null=True),
        _uuid("undone_by", null=True),
    )


def _create_jobs() -> None:
    _create(
        "sync_job",
        _text("status", 24),
        _bool("cancelling"),
        _int("starts"),
        _moment("due_at"),
        _uuid("lease", null=True),
        _text("started_by", 100),
        _moment("started_at", null=True),
        _moment("finished_at", null=True),
        _uuid("connection_id"),
        _text("type", 24),
        _text("trigger", 16),
        _json("config"),
        _bool("dry_run"),
        _json("checkpoint"),
        _json("counts"),
        _int("processed"),
        _int("total", null=True),
        _text("outcome", 16),
        _text("error", 500),
        _text("error_kind", 24),
        _uuid("undoes", null=True),
        _uuid("undone_by", null=True),
        _json("confirm"),
        parents={"connection_id": "sync_connection"},
    )
    _create(
        "sync_seen",
        _uuid("job_id"),
        _uuid("stream_id"),
        _int("page"),
        _json("external_ids"),
        parents={"job_id": "sync_job", "stream_id": "sync_stream"},
        unique=[["job_id", "stream_id", "page"]],
    )
    _create(
        "sync_log",
        _uuid("job_id"),
        _text("level", 8),
        _text("resource", 64),
        _text("external_id", 200),
        _uuid("record_id", null=True),
        _text("message", 500),
        _json("detail"),
        parents={"job_id": "sync_job"},
    )
    _create(
        "sync_intent",
        _uuid("stream_id"),
        _uuid("record_id"),
        _uuid("job_id"),
        _text("kind", 8),
        _text("external_id", 200),
        _text("status", 8),
        _json("sent"),
        _json("former"),
        _json("fields"),
        _int("version"),
        _int("mapping_version"),
        _text("error", 500),
        _moment("updated_at"),
        parents={"stream_id": "sync_stream", "record_id": "sync_record"},
    )


def _create_findings() -> None:
    _create(
        "sync_conflict",
        _uuid("record_id"),
        _uuid("link_id"),
        _uuid("connection_id"),
        _uuid("job_id", null=True),
        _json("fields"),
        _text("status", 12),
        _json("chosen"),
        _text("resolved_by", 100),
        _moment("resolved_at", null=True),
        _moment("updated_at"),
        parents={"record_id": "sync_record", "link_id": "sync_link"},
    )
    _create(
        "sync_quarantine",
        _uuid("stream_id"),
        _uuid("connection_id"),
        _text("external_id", 200),
        _text("reason", 500),
        _json("raw"),
        _bool("is_payload"),
        _uuid("job_id", null=True),
        _uuid("settled_by", null=True),
        _int("attempts"),
        _text("status", 12),
        _moment("updated_at"),
        parents={"stream_id": "sync_stream"},
        unique=[["stream_id", "external_id"]],
    )
    _create(
        "sync_duplicate",
        _uuid("collection_id"),
        _uuid("first_id"),
        _uuid("second_id"),
        _text("why", 16),
        _int("score"),
        _text("status", 12),
        _json("merged"),
        _text("decided_by", 100),
        _moment("updated_at"),
        parents={"first_id": "sync_record", "second_id": "sync_record"},
        unique=[["first_id", "second_id"]],
    )
    _create(
        "sync_finding",
        _uuid("job_id"),
        _text("kind", 16),
        _text("resource", 64),
        _text("external_id", 200),
        _uuid("record_id", null=True),
        _text("name", 300),
        _json("detail"),
        parents={"job_id": "sync_job"},
    )


def _create_accounts() -> None:
    _create(
        "crm_account",
        _text("auth_type", 16),
        _json("settings"),
        _bytes("secrets"),
        _json("hints"),
        _uuid("oauth_connection_id", null=True),
        _uuid("connector_id", null=True),
        _json("source"),
        _text("name", 200),
        _text("inbound_digest", 64, null=True),
        _text("inbound_hint", 16),
        _json("headers"),
        _moment("updated_at"),
        parents={"id": "sync_connection"},
    )
    _create(
        "crm_file",
        _uuid("connection_id"),
        _text("name", 200),
        _int("size"),
        _text("digest", 64),
        _int("pieces"),
        _text("feature", 16),
        _text("resource", 64),
        _json("layout"),
        _json("columns"),
        _moment("expires_at"),
        parents={"connection_id": "sync_connection"},
    )
    _create(
        "crm_file_piece",
        _uuid("file_id"),
        _int("number"),
        _bytes("content"),
        parents={"file_id": "crm_file"},
        unique=[["file_id", "number"]],
    )
