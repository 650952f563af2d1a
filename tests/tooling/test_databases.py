"""The fixtures themselves: a migrated database of each kind, clean in every test."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest
from sqlmodel import select

from hub_app.kernel import db
from hub_app.kernel.settings import Settings, get_settings
from hub_app.kernel.tables import AuditEntry
from tests import databases
from tests.databases import KeptPostgresql

pytestmark = pytest.mark.both_databases

_TENANT = "insert into tenant (id, name, tier, created_at, updated_at) values (gen_random_uuid(), 'Acme', 'free', now(), now())"


@pytest.mark.settings(webhook_max_retries=7)
@pytest.mark.parametrize("run", [1, 2])
async def test_database_is_migrated_and_clean(database: Settings, run: int) -> None:
    assert database is get_settings()
    assert database.webhook_max_retries == 7
    async with db.system("test") as session:
        assert (await session.exec(select(AuditEntry))).all() == [], f"run {run}"


def test_nothing_is_left_in_a_file_of_sqlite(tmp_path: Path) -> None:
    file = tmp_path / "hub.db"
    databases.clean_sqlite(file)
    with closing(sqlite3.connect(file)) as held:
        held.execute("pragma journal_mode = wal")
        held.execute(
            "insert into tenant (id, name, tier, created_at, updated_at) values (x'00', 'Acme', 'free', 0, 0)"
        )
        held.commit()
        # As of a process that was killed: what it wrote is still in its journal.
        assert Path(f"{file}-wal").stat().st_size > 0
        databases.clean_sqlite(file)
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("select count(*) from tenant").fetchone() == (0,)


@pytest.fixture
def kept() -> Iterator[KeptPostgresql]:
    kept = KeptPostgresql(f"hub_kept_{os.getpid()}")
    yield kept
    kept.drop()


@pytest.mark.parametrize(
    ("leave", "look"),
    [
        (_TENANT, "select 1 from tenant"),
        ("create table left_over ()", "select 1 from pg_tables where tablename = 'left_over'"),
        (
            "alter table tenant disable row level security",
            "select 1 from pg_class where relname = 'tenant' and not relrowsecurity",
        ),
        (
            "drop trigger audit_entry_kept on audit_entry",
            "select 1 where not exists (select from pg_trigger where tgname = 'audit_entry_kept')",
        ),
        (
            "do $$ begin execute format('alter database %I set random_page_cost = 7', current_database()); end $$",
            "select 1 where current_setting('random_page_cost') = '7'",
        ),
    ],
)
def test_nothing_is_left_in_a_kept_database(
    kept: KeptPostgresql, leave: LiteralString, look: LiteralString
) -> None:
    with kept.take() as address, psycopg.connect(address, autocommit=True) as connection:
        connection.execute(leave)
        with psycopg.connect(address) as other:
            assert other.execute(look).fetchall() == [(1,)]
        held = psycopg.connect(address)
        # As of a process that was killed, or that still runs.
        held.execute(_TENANT)
    with kept.take() as address, psycopg.connect(address, autocommit=True) as connection:
        assert connection.execute(look).fetchall() == []
    held.close()
