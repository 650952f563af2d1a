"""Verifications of the audit log get a code under Hub's key; those that there are are taken as they are. And an index leads
from an event to the runs that wait for it.
"""

from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel.sql.sqltypes import UTCDateTime

from alembic import op
from hub_app.kernel import audit_mac

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
PENDING = sa.text("status = 'pending'")
VERIFICATION = sa.table(
    "audit_verification",
    sa.column("id", sa.Uuid()),
    sa.column("asked_by", sa.Uuid()),
    sa.column("entries", sa.BigInteger()),
    sa.column("problems", JSON),
    *(sa.column(name, UTCDateTime()) for name in ("created_at", "started_at", "finished_at")),
    *(sa.column(name, sa.String()) for name in ("source", "outcome", "note", "mac")),
)


def upgrade() -> None:
    op.add_column("audit_verification", sa.Column("mac", sa.String(80), nullable=True))
    prove(op.get_bind())
    with op.batch_alter_table("audit_verification") as batch:
        batch.alter_column("mac", existing_type=sa.String(80), nullable=False)
    op.create_index(
        "ix_plan_run_event",
        "plan_run",
        ["tenant_id", "event_id"],
        sqlite_where=PENDING,
        postgresql_where=PENDING,
    )


def prove(connection: sa.Connection) -> None:
    rows = connection.execute(sa.select(VERIFICATION)).mappings().all()
    if not rows:
        return  # No key is asked for.
    key = audit_mac.newest()
    for values in rows:
        row: Any = SimpleNamespace(**values)
        code = audit_mac.verification(row, key)
        connection.execute(sa.update(VERIFICATION).where(VERIFICATION.c.id == row.id).values(mac=code))


def downgrade() -> None:
    op.drop_index("ix_plan_run_event", "plan_run")
    with op.batch_alter_table("audit_verification") as batch:
        batch.drop_column("mac")
