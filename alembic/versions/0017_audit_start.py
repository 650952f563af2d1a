"""Audit retention and filters: where a chain begins once its oldest entries have had their time, and triggers that let these go."""

import sqlalchemy as sa
from sqlmodel.sql.sqltypes import UTCDateTime

from alembic import op
from hub_app.kernel import policies

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

CHANGED = "audit entries are never changed"
PERSONS = "persons of the audit log are only erased"
STARTS = "the beginning of an audit log only moves on"
DROPPED = "exists (select 1 from audit_start where tenant_id = old.tenant_id and sequence >= old.sequence)"
UNNAMED = "not exists (select 1 from audit_entry where tenant_id = old.tenant_id and person = old.person)"
ONWARD = "new.tenant_id = old.tenant_id and new.sequence > old.sequence"
# By name, for SQLite: the table, what may be deleted, and the sentence.
DELETING = {
    "audit_entry_no_delete": ("audit_entry", DROPPED, CHANGED),
    "audit_person_no_delete": ("audit_person", UNNAMED, PERSONS),
}
SQLITE_STARTS = {
    "audit_start_grows": f"update on audit_start when not ({ONWARD})",
    "audit_start_no_delete": "delete on audit_start",
    "audit_start_no_replace": (
        "insert on audit_start when exists (select 1 from audit_start where rowid = new.rowid"
        " or tenant_id = new.tenant_id)"
    ),
}
INDEXES = {
    "ix_audit_entry_person": ["tenant_id", "person"],
    "ix_audit_entry_actor_id": ["tenant_id", "actor_id", "id"],
}
# Since 0012 another one serves whoever asks by tenant and person, and nobody asks otherwise.
UNUSED = "ix_audit_person_actor_id"


def upgrade() -> None:
    op.create_table(
        "audit_start",
        sa.Column("tenant_id", sa.Uuid(), primary_key=True),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("entry", sa.String(80), nullable=False),
        sa.Column("kept_from", UTCDateTime(), nullable=False),
        sa.Column("mac", sa.String(80), nullable=False),
    )
    for name, columns in INDEXES.items():
        op.create_index(name, "audit_entry", columns)
    op.drop_index(UNUSED, "audit_person")
    if op.get_context().dialect.name == "postgresql":
        for statement in policies.protect("audit_start"):
            op.execute(statement)
        guard("audit_entry", update="false", delete=DROPPED, sentence=CHANGED)
        guard("audit_person", update=erased(), delete=UNNAMED, sentence=PERSONS)
        guard("audit_start", update=ONWARD, delete="false", sentence=STARTS)
        for when, name in (("update or delete", "kept"), ("truncate", "not_emptied")):
            each = " for each row" if name == "kept" else ""
            op.execute(
                f"create trigger audit_start_{name} before {when} on audit_start{each} execute function audit_start_guard()"
            )
    else:
        for name, (table, allowed, sentence) in DELETING.items():
            replace_trigger(name, f"delete on {table} when not ({allowed})", sentence)
        for name, when in SQLITE_STARTS.items():
            op.execute(f"create trigger {name} before {when} begin select raise(abort, '{STARTS}'); end")


def downgrade() -> None:
    """What was dropped does not come back: a chain that no longer begins with its first entry will not verify."""
    if op.get_context().dialect.name == "postgresql":
        guard("audit_entry", update="false", delete="false", sentence=CHANGED)
        guard("audit_person", update=erased(), delete="false", sentence=PERSONS)
        op.drop_table("audit_start")
        op.execute("drop function audit_start_guard()")
    else:
        for name, (table, _, sentence) in DELETING.items():
            replace_trigger(name, f"delete on {table}", sentence)
        op.drop_table("audit_start")
    for name in INDEXES:
        op.drop_index(name, "audit_entry")
    op.create_index(UNUSED, "audit_person", ["actor_id"])


def erased() -> str:
    return (
        "new.tenant_id = old.tenant_id and new.person = old.person and new.created_at = old.created_at"
        " and coalesce(new.actor_id = old.actor_id, new.actor_id is null and old.actor_id is null)"
        " and new.name = '' and new.email = '' and new.ip = ''"
    )


def guard(table: str, *, update: str, delete: str, sentence: str) -> None:
    """The function of the table's triggers on PostgreSQL: what it lets through."""
    op.execute(
        f"create or replace function {table}_guard() returns trigger language plpgsql as $$ begin "
        f"if tg_op = 'UPDATE' then if {update} then return new; end if; end if; "
        f"if tg_op = 'DELETE' then if {delete} then return old; end if; end if; "
        f"raise exception '{sentence}'; end $$"
    )


def replace_trigger(name: str, when: str, sentence: str) -> None:
    op.execute(f"drop trigger {name}")
    op.execute(f"create trigger {name} before {when} begin select raise(abort, '{sentence}'); end")
