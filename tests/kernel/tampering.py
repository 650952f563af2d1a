"""Somebody who may do anything in the database, but has not got Hub's key; and what they might do to the audit log."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncConnection

from hub_app.kernel import audit, db
from hub_app.kernel.tables import AuditEntry, AuditPerson

Attacks = Iterator[tuple[str, list[str]]]
"""Each with its name and its statements."""

OTHER = "'other'"
TABLES = ("audit_entry", "audit_head", "audit_person", "audit_start")


def literal(value: UUID) -> str:
    """An id as it stands in this database."""
    return f"'{value.hex if db.current().dialect == 'sqlite' else value}'"


@asynccontextmanager
async def by_hand() -> AsyncIterator[AsyncConnection]:
    """A connection on which no trigger fires; what was done is committed."""
    async with db.current().engine.connect() as connection:
        triggers: list[tuple[str, str]] = []
        if db.current().dialect == "sqlite":
            found = await connection.exec_driver_sql(
                "select name, sql from sqlite_master where type = 'trigger'"
            )
            triggers = [(str(row.name), str(row.sql)) for row in found]
            for name, _ in triggers:
                await connection.exec_driver_sql(f"drop trigger {name}")
        else:
            await connection.exec_driver_sql("set local session_replication_role = replica")
        yield connection
        for _, statement in triggers:
            await connection.exec_driver_sql(statement)
        await connection.commit()


async def forge(*statements: str) -> None:
    async with by_hand() as connection:
        for statement in statements:
            await connection.exec_driver_sql(statement)


async def keep() -> None:
    """Remember the audit log as it is."""
    await forge(*(f"create table kept_{table} as select * from {table}" for table in TABLES))


async def put_back(*tables: str) -> None:
    """Make the audit log, or these tables of it, what it was at `keep`."""
    for table in tables or TABLES:
        await forge(f"delete from {table}", f"insert into {table} select * from kept_{table}")


def attacks_on_entries(ours: UUID, theirs: UUID) -> Attacks:
    """Both tenants have ten entries; our fifth is Alice's."""
    mine = f"where tenant_id = {literal(ours)} and sequence"
    values = {
        "id": literal(uuid4()),
        "tenant_id": literal(uuid4()),
        "created_at": "'2020-01-01 00:00:00.000000'",
        "sequence": "99",
        "actor_id": literal(uuid4()),
        "person": f"(select person from audit_person where tenant_id = {literal(ours)} and name = 'Bob')",
        "summary": "'{\"n\": 5}'",
    }
    for column in AuditEntry.model_fields:
        yield (
            f"{column} changed",
            [f"update audit_entry set {column} = {values.get(column, OTHER)} {mine} = 5"],
        )
    swap = f"update audit_entry set sequence = {{}} {mine} = {{}}"
    yield "two swapped", [swap.format(*pair) for pair in ((99, 3), (3, 4), (4, 99))]
    for name, which in {
        "first": "= 1",
        "middle": "= 5",
        "tail": "> 7",
        "beginning": "< 4",
        "every": "> 0",
    }.items():
        yield f"{name} deleted", [f"delete from audit_entry {mine} {which}"]
    yield (
        "moved to another tenant",
        [f"update audit_entry set tenant_id = {literal(theirs)}, sequence = 11 {mine} = 10"],
    )
    place = "update audit_entry set tenant_id = {} where tenant_id = {} and sequence = 7"
    steps = ((uuid4(), ours), (ours, theirs))
    nowhere = steps[0][0]
    yield (
        "swapped between tenants",
        [place.format(literal(a), literal(b)) for a, b in (*steps, (theirs, nowhere))],
    )
    columns = list(AuditEntry.model_fields)
    copied = ["11" if c == "sequence" else literal(uuid4()) if c == "id" else c for c in columns]
    copy = f"insert into audit_entry ({', '.join(columns)}) select {', '.join(copied)} from audit_entry"
    yield "copied behind the end", [f"{copy} {mine} = 10"]


def attacks_on_ends(tenant_id: UUID, last: int, another: UUID) -> Attacks:
    """`last` is the number of the tenant's last entry. The log was kept."""
    mine = f"where tenant_id = {literal(tenant_id)}"
    cut = f"delete from audit_entry {mine} and sequence = {last}"
    set_back = f"update audit_head set sequence = {last - 1}, mac = {{}} {mine}"
    yield "end's code changed", [f"update audit_head set mac = '' {mine}"]
    yield "end's number changed", [f"update audit_head set sequence = sequence + 1 {mine}"]
    for name, code in {
        "its code": "mac",
        "none": "''",
        "another tenant's": f"(select mac from kept_audit_head where tenant_id = {literal(another)})",
        "the last entry's": f"(select mac from audit_entry {mine} and sequence = {last - 1})",
        "what the cut entry kept": f"(select previous from kept_audit_entry {mine} and sequence = {last})",
        "one made up": "'00000000:00'",
    }.items():
        yield f"cut, and the end set back with {name}", [cut, set_back.format(code)]
    yield "end deleted", [f"delete from audit_head {mine}"]
    yield "cut, and the end deleted", [cut, f"delete from audit_head {mine}"]
    gone = [f"delete from {table} {mine}" for table in TABLES]
    yield "entries and end deleted", gone[:2]
    yield "everything deleted", gone
    yield (
        "everything deleted, and the note of it",
        [*gone, f"delete from audit_entry where action = '{audit.BEGUN}'"],
    )
    yield "all logs deleted", [f"delete from {table}" for table in TABLES]


def attacks_on_persons(ours: UUID, theirs: UUID) -> Attacks:
    mine = f"where tenant_id = {literal(ours)} and name"
    values = {
        "tenant_id": literal(theirs),
        "actor_id": literal(uuid4()),
        "created_at": "'2020-01-01 00:00:00.000000'",
    }
    columns = list(AuditPerson.model_fields)
    for column in columns:
        yield (
            f"{column} changed",
            [f"update audit_person set {column} = {values.get(column, OTHER)} {mine} = 'Bob'"],
        )
    yield "emptied", [f"update audit_person set name = '', email = '', ip = '' {mine} = 'Bob'"]
    yield "deleted", [f"delete from audit_person {mine} = 'Bob'"]
    yield "everyone deleted", ["delete from audit_person"]
    copied = ["'somebody'" if c == "person" else c for c in columns]
    copy = f"insert into audit_person ({', '.join(columns)}) select {', '.join(copied)} from audit_person"
    yield "inserted", [f"{copy} {mine} = 'Bob'"]
    details = (
        f"{c} = (select {c} from kept_audit_person {mine} = 'Alice')" for c in ("name", "email", "ip", "mac")
    )
    yield "given another's details", [f"update audit_person set {', '.join(details)} {mine} = 'Bob'"]
