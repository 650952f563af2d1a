"""Privacy: requests to export or erase a person, files of exports, marks of who was erased; events that were erased, and
consents of which what somebody wrote may be.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from alembic import op
from hub_app.kernel import policies

revision = "0015"
down_revision = "0017"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
MOMENT = sa.DateTime(timezone=True)
FINAL = "a consent is never changed, only erased"
KEPT = (
    "tenant_id",
    "id",
    "created_at",
    "consent_type",
    "resource_type",
    "resource_id",
    "policy_version",
    "source",
)
WRITTEN = ("name", "description")
OF_RUNS = sa.text("plan_run_id is not null")


def upgrade() -> None:
    op.add_column("event", sa.Column("erased_at", MOMENT, nullable=True))
    op.create_index(
        "ix_execution_plan_run",
        "execution",
        ["tenant_id", "plan_run_id", "id"],
        sqlite_where=OF_RUNS,
        postgresql_where=OF_RUNS,
    )
    _create_requests()
    _create_files()
    op.create_table(
        "erased_person",
        _of_tenant("erased_person"),
        sa.Column("digest", sa.String(80), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "digest", name=op.f("pk_erased_person")),
    )
    erased = [
        *(f"new.{one} = old.{one}" for one in KEPT),
        *(f"new.{one} in (old.{one}, '')" for one in (*WRITTEN, "ip")),
    ]
    _guard_consents(" and ".join(erased))
    if op.get_context().dialect.name == "postgresql":
        for table in ("privacy_request", "privacy_file", "erased_person"):
            for statement in policies.protect(table):
                op.execute(statement)


def downgrade() -> None:
    _guard_consents(" and ".join((*(f"new.{one} = old.{one}" for one in (*KEPT, *WRITTEN)), "new.ip = ''")))
    for table in ("erased_person", "privacy_file", "privacy_request"):
        op.drop_table(table)
    op.drop_index("ix_execution_plan_run", "execution")
    with op.batch_alter_table("event") as batch:
        batch.drop_column("erased_at")


def _guard_consents(erased: str) -> None:
    """Make this the only change of a consent."""
    if op.get_context().dialect.name == "postgresql":
        op.execute(
            "create or replace function consent_grant_guard() returns trigger language plpgsql as $$ begin "
            f"if {erased} then return new; end if; raise exception '{FINAL}'; end $$"
        )
    else:
        op.execute("drop trigger consent_grant_is_final")
        op.execute(
            f"create trigger consent_grant_is_final before update on consent_grant when not ({erased}) "
            f"begin select raise(abort, '{FINAL}'); end"
        )


def _of_tenant(table: str) -> sa.Column[object]:
    key = sa.ForeignKey("tenant.id", name=op.f(f"fk_{table}_tenant_id_tenant"), ondelete="CASCADE")
    return sa.Column("tenant_id", sa.Uuid(), key, nullable=False)


def _create_requests() -> None:
    op.create_table(
        "privacy_request",
        _of_tenant("privacy_request"),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("person", sa.LargeBinary(), nullable=False),
        sa.Column("of_member", sa.Boolean(), nullable=False),
        sa.Column("counts", JSON, nullable=False),
        sa.Column("error", sa.String(300), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_privacy_request")),
    )
    op.create_index("ix_privacy_request_expires", "privacy_request", ["tenant_id", "expires_at"])


def _create_files() -> None:
    op.create_table(
        "privacy_file",
        _of_tenant("privacy_file"),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "request_id"],
            ["privacy_request.tenant_id", "privacy_request.id"],
            name=op.f("fk_privacy_file_tenant_id_request_id_privacy_request"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_privacy_file")),
        sa.UniqueConstraint(
            "tenant_id", "request_id", "number", name=op.f("uq_privacy_file_tenant_id_request_id_number")
        ),
    )
    op.create_index("ix_privacy_file_expires", "privacy_file", ["tenant_id", "expires_at"])
