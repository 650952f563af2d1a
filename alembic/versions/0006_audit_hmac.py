"""The audit log under a key: codes for entries, ends and persons, no people's data in summaries, triggers on all three.

Entries are chained anew, which takes a while for a large log. What did not verify before does not afterwards either:
an entry where the old chain broke, and an end that did not fit it, get nothing that would make them right.
"""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel.sql.sqltypes import UTCDateTime

from alembic import op
from hub_app.kernel import audit_mac, policies
from hub_app.kernel.audit_mac import Verdict
from hub_app.kernel.clock import utcnow
from hub_app.kernel.ids import new_id

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
INSTALLATION = UUID(int=0)
PAGE = 500

CHANGED = "audit entries are never changed"
SHRUNK = "the end of an audit log only grows"
PERSONS = "persons of the audit log are only erased"
GROWN = "new.tenant_id = old.tenant_id and new.sequence = old.sequence + 1"
ERASED = (
    "new.tenant_id = old.tenant_id and new.person = old.person and new.created_at = old.created_at"
    " and coalesce(new.actor_id = old.actor_id, new.actor_id is null and old.actor_id is null)"
    " and new.name = '' and new.email = '' and new.ip = ''"
)
# By name, for SQLite: when it fires, and its sentence. A REPLACE fires no trigger for the row that it deletes, and can
# name that row by its hidden number instead of its key.
SQLITE_TRIGGERS = {
    "audit_entry_no_update": ("update on audit_entry", CHANGED),
    "audit_entry_no_delete": ("delete on audit_entry", CHANGED),
    "audit_entry_no_replace": (
        (
            "insert on audit_entry when exists (select 1 from audit_entry where rowid = new.rowid"
            " or tenant_id = new.tenant_id and (id = new.id or sequence = new.sequence))"
        ),
        CHANGED,
    ),
    "audit_head_grows": (f"update on audit_head when not ({GROWN})", SHRUNK),
    "audit_head_no_delete": ("delete on audit_head", SHRUNK),
    "audit_head_no_replace": (
        (
            "insert on audit_head when exists (select 1 from audit_head where rowid = new.rowid"
            " or tenant_id = new.tenant_id)"
        ),
        SHRUNK,
    ),
    "audit_person_erased": (f"update on audit_person when not ({ERASED})", PERSONS),
    "audit_person_no_delete": ("delete on audit_person", PERSONS),
    "audit_person_no_replace": (
        (
            "insert on audit_person when exists (select 1 from audit_person where rowid = new.rowid"
            " or tenant_id = new.tenant_id and person = new.person)"
        ),
        PERSONS,
    ),
}
# By table, for PostgreSQL: the update that is allowed, and the sentence. An upsert there fires the update's trigger.
POSTGRESQL_TRIGGERS = {
    "audit_entry": ("false", CHANGED),
    "audit_head": (GROWN, SHRUNK),
    "audit_person": (ERASED, PERSONS),
}

ENTRY = sa.table(
    "audit_entry",
    sa.column("tenant_id", sa.Uuid()),
    sa.column("id", sa.Uuid()),
    sa.column("created_at", UTCDateTime()),
    sa.column("sequence", sa.BigInteger()),
    sa.column("actor_id", sa.Uuid()),
    *(sa.column(name, sa.String()) for name in ("person", "via", "action", "target_type", "target_id")),
    sa.column("summary", JSON),
    *(sa.column(name, sa.String()) for name in ("previous_hash", "hash", "previous", "mac")),
)
HEAD = sa.table(
    "audit_head",
    sa.column("tenant_id", sa.Uuid()),
    sa.column("sequence", sa.BigInteger()),
    *(sa.column(name, sa.String()) for name in ("hash", "mac")),
)
PERSON = sa.table(
    "audit_person",
    sa.column("tenant_id", sa.Uuid()),
    sa.column("actor_id", sa.Uuid()),
    *(sa.column(name, sa.String()) for name in ("person", "name", "email", "ip", "mac")),
    sa.column("created_at", UTCDateTime()),
)
TENANT = sa.table("tenant", sa.column("id", sa.Uuid()))


NEW = {"audit_entry": {"previous": 64, "mac": 80}, "audit_head": {"mac": 80}, "audit_person": {"mac": 80}}
OLD = {"audit_entry": {"previous_hash": 64, "hash": 64}, "audit_head": {"hash": 64}}
Columns = Mapping[str, Mapping[str, int]]


def upgrade() -> None:
    drop_triggers(("audit_entry_no_update", "audit_entry_no_delete"), ("audit_entry_is_append_only",))
    add(NEW)
    with data() as connection:
        chain_anew(connection)
    replace(OLD, by=NEW)
    if op.get_context().dialect.name == "postgresql":
        for table, (allowed, sentence) in POSTGRESQL_TRIGGERS.items():
            for statement in postgresql_triggers(table, allowed, sentence):
                op.execute(statement)
    else:
        for name, (when, sentence) in SQLITE_TRIGGERS.items():
            op.execute(f"create trigger {name} before {when} begin select raise(abort, '{sentence}'); end")


def downgrade() -> None:
    drop_triggers(tuple(SQLITE_TRIGGERS), tuple(f"{table}_guard" for table in POSTGRESQL_TRIGGERS))
    add(OLD)
    with data() as connection:
        chain_as_before(connection)
    replace(NEW, by=OLD)
    if op.get_context().dialect.name == "postgresql":
        op.execute(
            "create function audit_entry_is_append_only() returns trigger language plpgsql as "
            f"$$ begin raise exception '{CHANGED}'; end $$"
        )
        op.execute(
            "create trigger audit_entry_append_only before update or delete on audit_entry "
            "for each row execute function audit_entry_is_append_only()"
        )
    else:
        for name in ("audit_entry_no_update", "audit_entry_no_delete"):
            when, sentence = SQLITE_TRIGGERS[name]
            op.execute(f"create trigger {name} before {when} begin select raise(abort, '{sentence}'); end")


def postgresql_triggers(table: str, allowed: str, sentence: str) -> tuple[str, ...]:
    return (
        (
            f"create function {table}_guard() returns trigger language plpgsql as $$ begin "
            f"if tg_op = 'UPDATE' then if {allowed} then return new; end if; end if; "
            f"raise exception '{sentence}'; end $$"
        ),
        f"create trigger {table}_kept before update or delete on {table} for each row execute function {table}_guard()",
        f"create trigger {table}_not_emptied before truncate on {table} execute function {table}_guard()",
    )


def drop_triggers(on_sqlite: tuple[str, ...], functions: tuple[str, ...]) -> None:
    if op.get_context().dialect.name == "postgresql":
        for name in functions:
            op.execute(f"drop function {name} cascade")
    else:
        for name in on_sqlite:
            op.execute(f"drop trigger {name}")


def add(columns: Columns) -> None:
    for table, lengths in columns.items():
        for name, length in lengths.items():
            op.add_column(table, sa.Column(name, sa.String(length), nullable=True))


def replace(old: Columns, *, by: Columns) -> None:
    for table, lengths in by.items():
        with op.batch_alter_table(table) as batch:
            for name, length in lengths.items():
                batch.alter_column(name, existing_type=sa.String(length), nullable=False)
            for name in old.get(table, {}):
                batch.drop_column(name)
    for table in old.keys() - by.keys():
        with op.batch_alter_table(table) as batch:
            for name in old[table]:
                batch.drop_column(name)


@contextmanager
def data() -> Iterator[sa.Connection]:
    """The connection as one that sees every tenant's rows: the policies hold for their tables' owner too."""
    on_postgresql = op.get_context().dialect.name == "postgresql"
    if on_postgresql:
        op.execute(f"set local role {policies.SYSTEM}")
    yield op.get_bind()
    if on_postgresql:
        op.execute("reset role")


def chain_anew(connection: sa.Connection) -> None:
    tenants = known_tenants(connection)
    if not tenants:
        return  # Nothing to protect yet: no key is asked for.
    key = audit_mac.newest()
    for tenant_id in tenants:
        chain_tenant_anew(connection, tenant_id, key)
    prove_persons(connection, key)
    if INSTALLATION not in tenants:
        begin(connection, INSTALLATION, key)
    for tenant_id in tenants:
        if tenant_id != INSTALLATION:
            append_begun(connection, INSTALLATION, tenant_id, key)


def known_tenants(connection: sa.Connection) -> list[UUID]:
    columns = (ENTRY.c.tenant_id, HEAD.c.tenant_id, TENANT.c.id)
    return [row[0] for row in connection.execute(sa.union(*(sa.select(column) for column in columns)))]


def chain_tenant_anew(connection: sa.Connection, tenant_id: UUID, key: audit_mac.Key) -> None:
    sequence, old, mac = 0, "", ""
    for page in entries(connection, tenant_id):
        for row in page:
            whole = (row.sequence, row.previous_hash, row.hash) == (sequence + 1, old, old_hash(row))
            if row.name is not None:
                row.person = audit_mac.person_id(tenant_id, row.who, row.name, row.email, row.ip, key)
            row.summary = without_people(row.action, row.summary)
            row.previous = audit_mac.link(audit_mac.head(tenant_id, sequence, mac, key) if whole else "")
            row.mac = audit_mac.entry(row, key)
            sequence, old, mac = row.sequence, row.hash, row.mac
        write(connection, page, "person", "summary", "previous", "mac")
    head = connection.execute(sa.select(HEAD).where(HEAD.c.tenant_id == tenant_id)).one_or_none()
    if sequence == 0 and (head is None or head.sequence == 0):
        begin(connection, tenant_id, key)
        if tenant_id != INSTALLATION:
            append_begun(connection, tenant_id, tenant_id, key)
    elif head is not None:
        fits = (head.sequence, head.hash) == (sequence, old)
        move_head(
            connection,
            tenant_id,
            head.sequence,
            audit_mac.head(tenant_id, sequence, mac, key) if fits else "",
        )


def chain_as_before(connection: sa.Connection) -> None:
    for tenant_id in known_tenants(connection):
        before = ""
        for page in entries(connection, tenant_id):
            for row in page:
                row.previous_hash = before
                before = row.hash = "" if audit_mac.of_entry(row, row.mac) is Verdict.WRONG else old_hash(row)
            write(connection, page, "previous_hash", "hash")
        connection.execute(sa.update(HEAD).where(HEAD.c.tenant_id == tenant_id).values(hash=before))


def entries(connection: sa.Connection, tenant_id: UUID) -> Iterator[list[Any]]:
    """A tenant's entries in their order, with the details of who acted; page by page, so that they may be written."""
    of_entry = sa.and_(PERSON.c.tenant_id == ENTRY.c.tenant_id, PERSON.c.person == ENTRY.c.person)
    details = (PERSON.c.actor_id.label("who"), PERSON.c.name, PERSON.c.email, PERSON.c.ip)
    statement = (
        sa.select(ENTRY, *details)
        .outerjoin_from(ENTRY, PERSON, of_entry)
        .order_by(ENTRY.c.sequence)
        .limit(PAGE)
    )
    after = -(2**63)
    while True:
        mine = statement.where(ENTRY.c.tenant_id == tenant_id, ENTRY.c.sequence > after)
        rows = connection.execute(mine).mappings().all()
        yield [SimpleNamespace(**row) for row in rows]
        if len(rows) < PAGE:
            return
        after = rows[-1]["sequence"]


def write(connection: sa.Connection, page: list[Any], *names: str) -> None:
    """Write these columns of a page's entries."""
    key = ("tenant_id", "id")
    statement = (
        sa.update(ENTRY)
        .where(*(ENTRY.c[name] == sa.bindparam(f"of_{name}") for name in key))
        .values({name: sa.bindparam(f"new_{name}") for name in names})
    )
    rows = [
        {f"of_{name}": getattr(row, name) for name in key}
        | {f"new_{name}": getattr(row, name) for name in names}
        for row in page
    ]
    if rows:
        connection.execute(statement, rows)


def old_hash(row: Any) -> str:
    """What stood in `hash` before: SHA-256 without a key."""
    names = ("action", "target_type", "target_id", "actor_id", "person", "via", "tenant_id", "id")
    body = {
        **{name: str(getattr(row, name)) for name in names},
        "sequence": row.sequence,
        "created_at": row.created_at.isoformat(),
        "summary": row.summary,
        "previous_hash": row.previous_hash,
    }
    return hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()


def without_people(action: str, summary: dict[str, object]) -> dict[str, object]:
    """The summary as it would be written today: names of fields in place of what people typed."""
    match action.split("."):
        case ["installation", "set_up"]:
            return {}
        case ["invitation", *_]:
            gone = {"email"}
        case ["oauth", "connection", _]:
            gone = {"account"}
        case ["oauth", "authorization", _]:
            gone = {"reason"}
        case (
            ["user" | "tenant" | "token", "updated"]
            | ["oauth", "app", "updated"]
            | ["webhook", "endpoint", "updated"]
        ):
            kept = {name: summary[name] for name in ("slug", "url", "headers") if name in summary}
            return {**kept, "changed": sorted(summary.keys() - {"slug"})}
        case _:
            return summary
    return {name: value for name, value in summary.items() if name not in gone}


def prove_persons(connection: sa.Connection, key: audit_mac.Key) -> None:
    """Name the persons anew, with the new key, as the entries do already; and give each its code."""
    while (
        rows := connection.execute(sa.select(PERSON).where(PERSON.c.mac.is_(None)).limit(PAGE))
        .mappings()
        .all()
    ):
        for values in rows:
            row: Any = SimpleNamespace(**values)
            mine = (PERSON.c.tenant_id == row.tenant_id, PERSON.c.person == row.person)
            row.person = audit_mac.person_id(row.tenant_id, row.actor_id, row.name, row.email, row.ip, key)
            same = (PERSON.c.tenant_id == row.tenant_id, PERSON.c.person == row.person)
            if row.person != values["person"] and connection.execute(sa.select(PERSON).where(*same)).first():
                # The same details under two names: SECRET_KEY was exchanged in between.
                connection.execute(sa.delete(PERSON).where(*mine))
                continue
            mac = audit_mac.person(row, key)
            connection.execute(sa.update(PERSON).where(*mine).values(person=row.person, mac=mac))


def begin(connection: sa.Connection, tenant_id: UUID, key: audit_mac.Key) -> None:
    connection.execute(sa.delete(HEAD).where(HEAD.c.tenant_id == tenant_id))
    mac = audit_mac.head(tenant_id, 0, "", key)
    connection.execute(sa.insert(HEAD).values(tenant_id=tenant_id, sequence=0, hash="", mac=mac))


def append_begun(connection: sa.Connection, chain: UUID, tenant_id: UUID, key: audit_mac.Key) -> None:
    """Note in a chain that a tenant's chain was begun, as `audit.begin` does."""
    head = connection.execute(sa.select(HEAD).where(HEAD.c.tenant_id == chain)).one_or_none()
    if head is None:
        # Entries without an end, which was removed: nothing makes that right.
        last = sa.select(sa.func.max(ENTRY.c.sequence)).where(ENTRY.c.tenant_id == chain)
        sequence = connection.execute(last).scalar_one()
        connection.execute(sa.insert(HEAD).values(tenant_id=chain, sequence=sequence, hash="", mac=""))
        head = connection.execute(sa.select(HEAD).where(HEAD.c.tenant_id == chain)).one()
    row: Any = SimpleNamespace(
        tenant_id=chain,
        id=new_id(),
        created_at=utcnow(),
        sequence=head.sequence + 1,
        actor_id=None,
        person=migration_itself(connection, chain, key),
        via="system",
        action="audit.begun",
        target_type="tenant",
        target_id=str(tenant_id),
        summary={},
        previous=audit_mac.link(head.mac),
    )
    mac = audit_mac.entry(row, key)
    connection.execute(sa.insert(ENTRY).values(**vars(row), previous_hash="", hash="", mac=mac))
    move_head(connection, chain, row.sequence, audit_mac.head(chain, row.sequence, mac, key))


def migration_itself(connection: sa.Connection, tenant_id: UUID, key: audit_mac.Key) -> str:
    details = {"name": "Migration 0006", "email": "", "ip": ""}
    person = audit_mac.person_id(tenant_id, None, **details, key=key)
    known = sa.select(PERSON.c.person).where(PERSON.c.tenant_id == tenant_id, PERSON.c.person == person)
    if connection.execute(known).first() is None:
        row: Any = SimpleNamespace(
            tenant_id=tenant_id, person=person, actor_id=None, **details, created_at=utcnow()
        )
        connection.execute(sa.insert(PERSON).values(**vars(row), mac=audit_mac.person(row, key)))
    return person


def move_head(connection: sa.Connection, tenant_id: UUID, sequence: int, mac: str) -> None:
    mine = HEAD.c.tenant_id == tenant_id
    connection.execute(sa.update(HEAD).where(mine).values(sequence=sequence, mac=mac))
