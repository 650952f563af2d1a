"""The migration that puts the audit log under a key, on a database that an earlier version has filled."""

import hashlib
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import orjson
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col, select
from sqlmodel.sql.sqltypes import UTCDateTime

from hub_app.kernel import audit, audit_check, db, migrations
from hub_app.kernel.audit_check import Report
from hub_app.kernel.ids import new_id
from hub_app.kernel.settings import Settings
from hub_app.kernel.tables import AuditEntry, AuditPerson
from hub_app.kernel.tenancy import INSTALLATION
from tests.kernel.conftest import actor

pytestmark = pytest.mark.both_databases

BEFORE = "0005"
ACME, MALLET, EMPTY = new_id(), new_id(), new_id()
TYPES = {
    "tenant_id": sa.Uuid(),
    "id": sa.Uuid(),
    "actor_id": sa.Uuid(),
    "created_at": UTCDateTime(),
    "summary": db.JSON_TYPE,
}
ENTRY = sa.table(
    "audit_entry",
    *(
        sa.column(name, TYPES.get(name))
        for name in (
            "tenant_id",
            "id",
            "created_at",
            "sequence",
            "actor_id",
            "person",
            "via",
            "action",
            "target_type",
        )
    ),
    *(sa.column(name, TYPES.get(name)) for name in ("target_id", "summary", "previous_hash", "hash")),
)
HEAD = sa.table("audit_head", sa.column("tenant_id", sa.Uuid()), sa.column("sequence"), sa.column("hash"))
PERSON = sa.table(
    "audit_person",
    *(
        sa.column(name, TYPES.get(name))
        for name in ("tenant_id", "person", "actor_id", "name", "email", "ip", "created_at")
    ),
)
TENANT = sa.table(
    "tenant",
    sa.column("id", sa.Uuid()),
    sa.column("name"),
    sa.column("tier"),
    *(sa.column(name, UTCDateTime()) for name in ("created_at", "updated_at")),
)
TOLD = [
    ("installation.set_up", {"tenant": "Vera Lind Photography"}, {}),
    ("invitation.created", {"email": "vera@example.com", "role": "engineer"}, {"role": "engineer"}),
    ("user.updated", {"name": "Vera Lind"}, {"changed": ["name"]}),
    ("oauth.connection.connected", {"account": "vera@example.com", "name": "Slack"}, {"name": "Slack"}),
    ("oauth.authorization.other_account", {"reason": "another account (vera@example.com)"}, {}),
    (
        "webhook.endpoint.updated",
        {"url": "https://x.example", "description": "Ask Vera Lind"},
        {"changed": ["description", "url"], "url": "https://x.example"},
    ),
    ("oauth.app.updated", {"slug": "slack", "name": "Vera Lind's"}, {"slug": "slack", "changed": ["name"]}),
    ("job.cancelled", {"kind": "replay"}, {"kind": "replay"}),
]


async def fill(connection: AsyncConnection, tenant_id: UUID, count: int = 1200) -> None:
    """A chain as the earlier version wrote it: more than two of the migration's pages."""
    at, before = datetime(2025, 1, 1, 12, 0, 0, 123456, tzinfo=UTC), ""
    for n in range(2):
        await connection.execute(
            sa.insert(PERSON).values(
                tenant_id=tenant_id,
                person=f"{n}" * 64,
                actor_id=None,
                name=f"Vera {n}",
                email="",
                ip="192.0.2.1",
                created_at=at,
            )
        )
    rows = []
    for n in range(count):
        action, summary, _ = TOLD[n % len(TOLD)]
        row = SimpleNamespace(
            tenant_id=tenant_id,
            id=new_id(),
            created_at=at + timedelta(seconds=n),
            sequence=n + 1,
            actor_id=None,
            person=f"{n % 2}" * 64,
            via="browser",
            action=action,
            target_type="thing",
            target_id="",
            summary=summary,
            previous_hash=before,
        )
        before = row.hash = old_hash(row)
        rows.append(vars(row))
    await connection.execute(sa.insert(ENTRY), rows)
    await connection.execute(sa.insert(HEAD).values(tenant_id=tenant_id, sequence=count, hash=before))


def old_hash(row: Any) -> str:
    fields = {
        name: str(getattr(row, name))
        for name in ("action", "target_type", "target_id", "actor_id", "person", "via", "tenant_id", "id")
    }
    body = {
        **fields,
        "sequence": row.sequence,
        "created_at": row.created_at.isoformat(),
        "summary": row.summary,
        "previous_hash": row.previous_hash,
    }
    return hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()


@pytest.fixture
async def former(database: Settings) -> Settings:
    """A database of the former version: two tenants with a log, one without, and the installation's log."""
    await migrations.downgrade(database, BEFORE)
    at = datetime(2025, 1, 1, tzinfo=UTC)
    async with db.current().engine.begin() as connection:
        for tenant_id in (ACME, MALLET, EMPTY):
            await connection.execute(
                sa.insert(TENANT).values(id=tenant_id, name="T", tier="free", created_at=at, updated_at=at)
            )
        await fill(connection, ACME)
        await fill(connection, MALLET, 3)
        await fill(connection, INSTALLATION, 2)
    return database


async def verify() -> Report:
    return await audit_check.verify([ACME, MALLET, EMPTY])


async def forge(*statements: sa.Executable) -> None:
    async with db.current().engine.begin() as connection:
        if db.current().dialect == "sqlite":
            for verb in ("update", "delete"):
                await connection.exec_driver_sql(f"drop trigger audit_entry_no_{verb}")
        for statement in statements:
            await connection.execute(statement)
        if db.current().dialect == "sqlite":
            for verb in ("update", "delete"):
                await connection.exec_driver_sql(
                    f"create trigger audit_entry_no_{verb} before {verb} on audit_entry begin select raise(abort, ''); end"
                )


async def test_an_old_log_is_chained_anew_without_peoples_data(former: Settings) -> None:
    await migrations.upgrade(former)
    assert (await verify()).whole
    async with db.system("a test looks") as session:
        rows = (
            await session.exec(
                select(AuditEntry).where(AuditEntry.tenant_id == ACME).order_by(col(AuditEntry.sequence))
            )
        ).all()
        people = (await session.exec(select(AuditPerson.name).where(AuditPerson.tenant_id == ACME))).all()
        notes = (
            await session.exec(
                select(AuditEntry.target_id).where(
                    AuditEntry.tenant_id == INSTALLATION, AuditEntry.action == audit.BEGUN
                )
            )
        ).all()
    assert [row.summary for row in rows] == [TOLD[n % len(TOLD)][2] for n in range(1200)]
    assert "Vera" not in str([row.model_dump() for row in rows])
    assert sorted(people) == ["Vera 0", "Vera 1"]
    assert sorted(notes) == sorted(map(str, (ACME, MALLET, EMPTY)))
    for tenant_id in (ACME, EMPTY, INSTALLATION):
        async with db.system("a test acts", write=True) as session:
            await audit.record(session, actor(tenant_id), "thing.changed")
    assert (await verify()).whole


async def test_the_old_log_comes_back_and_goes_again(former: Settings) -> None:
    await migrations.upgrade(former)
    await migrations.downgrade(former, BEFORE)
    async with db.current().engine.connect() as connection:
        rows = (
            await connection.execute(
                sa.select(ENTRY).where(ENTRY.c.tenant_id == ACME).order_by(ENTRY.c.sequence)
            )
        ).all()
        (head,) = (await connection.execute(sa.select(HEAD).where(HEAD.c.tenant_id == ACME))).all()
    assert len(rows) == 1200
    before = ""
    for row in rows:
        assert row.previous_hash == before
        assert row.hash == old_hash(row)
        before = row.hash
    assert (head.sequence, head.hash) == (1200, before)
    await migrations.upgrade(former)
    assert (await verify()).whole


BROKEN = {
    "an entry changed": ([sa.update(ENTRY).where(ENTRY.c.tenant_id == ACME, ENTRY.c.sequence == 700).values(via="x")], "Entry 700 "),
    "an entry deleted": ([sa.delete(ENTRY).where(ENTRY.c.tenant_id == ACME, ENTRY.c.sequence == 700)], "Entry 700 was removed"),
    "the tail cut": ([sa.delete(ENTRY).where(ENTRY.c.tenant_id == ACME, ENTRY.c.sequence > 1190)], "stops at entry 1,190"),
    "every entry deleted": ([sa.delete(ENTRY).where(ENTRY.c.tenant_id == ACME)], "Nothing is left"),
    "the head deleted": ([sa.delete(HEAD).where(HEAD.c.tenant_id == ACME)], "The mark of its end was removed"),
    "the person deleted": ([sa.delete(PERSON).where(PERSON.c.tenant_id == ACME, PERSON.c.name == "Vera 1")], "600 entries, the first of them entry 2"),
}  # fmt: skip


@pytest.mark.parametrize(("statements", "told"), BROKEN.values(), ids=BROKEN.keys())
async def test_a_log_that_was_changed_before_is_not_made_right(
    former: Settings, statements: list[sa.Executable], told: str
) -> None:
    if db.current().dialect == "postgresql":
        statements = [sa.text("set local session_replication_role = replica"), *statements]
    await forge(*statements)
    await migrations.upgrade(former)
    report = await verify()
    assert list(report.problems) == [ACME]
    assert any(told in problem for problem in report.problems[ACME]), report.problems
