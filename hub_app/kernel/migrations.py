"""Schema migrations by Alembic, run by Hub itself at start and by `python -m hub_app migrate`."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import sqlalchemy as sa
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncConnection

from alembic import command
from hub_app.kernel import capabilities, db, engines
from hub_app.kernel.settings import Settings

_SCRIPTS = Path(__file__).parents[2] / "alembic"
# Any number that is Hub's own: several processes that start together migrate one after the other.
_ADVISORY_LOCK = 7_204_115
_OLDEST_POSTGRESQL = 160000
_FACTS = {
    "sqlite": "select sqlite_version() as version, page_count * page_size as size from pragma_page_count(), pragma_page_size()",
    "postgresql": "select current_setting('server_version') as version, pg_database_size(current_database()) as size",
}


class DatabaseTooOld(RuntimeError):
    """PostgreSQL below 16 cannot grant roles the way the policies need."""


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration for Hub's scripts, on this connection."""
    alembic = Config()
    alembic.set_main_option("script_location", str(_SCRIPTS))
    alembic.set_main_option("path_separator", "os")
    alembic.attributes["connection"] = connection
    return alembic


async def upgrade(settings: Settings, revision: str = "head") -> None:
    """Bring the database to `revision`; nothing happens when it is there already."""
    await _on_connection(settings, lambda c: c.run_sync(lambda s: command.upgrade(config(s), revision)))


async def downgrade(settings: Settings, revision: str) -> None:
    """Take the database back to `revision` (`base`: empty)."""
    await _on_connection(settings, lambda c: c.run_sync(lambda s: command.downgrade(config(s), revision)))


async def pending(settings: Settings) -> bool:
    """Whether the database lacks a migration that this version needs."""
    heads = set(ScriptDirectory.from_config(config()).get_heads())
    found: list[bool] = []

    def look(connection: Connection) -> None:
        found.append(set(MigrationContext.configure(connection).get_current_heads()) != heads)

    await _on_connection(settings, lambda c: c.run_sync(look))
    return found[0]


@dataclass(frozen=True, slots=True)
class Facts:
    """What the connected database is. `revision` is the schema that it has, `expected` the one that this version needs."""

    kind: str
    version: str
    size: int
    revision: str
    expected: str


async def facts() -> Facts:
    """What is connected, for operators. SQLAlchemyError when it does not answer."""
    statement = _FACTS[db.current().dialect]
    async with db.current().engine.connect() as connection:
        found = (await connection.exec_driver_sql(statement)).mappings().one()
        revision = await _revision(connection)
    kind = "SQLite" if db.current().dialect == "sqlite" else "PostgreSQL"
    return Facts(kind, found["version"], found["size"], revision, _head())


async def is_current() -> bool:
    """Whether the connected database has the schema that this version needs. SQLAlchemyError when it does not answer."""
    async with db.current().engine.connect() as connection:
        return await _revision(connection) == _head()


async def _revision(connection: AsyncConnection) -> str:
    found = (await connection.exec_driver_sql("select version_num from alembic_version")).scalars().all()
    return ", ".join(sorted(found))


@cache
def _head() -> str:
    return ", ".join(sorted(ScriptDirectory.from_config(config()).get_heads()))


async def _on_connection(settings: Settings, work: Callable[[AsyncConnection], Awaitable[None]]) -> None:
    capabilities.load_tables()
    url = settings.sqlalchemy_url()
    if url.get_backend_name() == "sqlite" and url.database:
        Path(url.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = engines.make_engine(url, foreign_keys=False)
    try:
        async with engine.connect() as connection:
            if url.get_backend_name() == "postgresql":
                await _prepare_postgresql(connection)
                await work(connection)
                await connection.commit()
            else:
                await connection.execution_options(hub_write=True)
                await work(connection)
                await connection.commit()
                broken = (await connection.exec_driver_sql("PRAGMA foreign_key_check")).first()
                if broken is not None:
                    raise RuntimeError(f"After the migration a foreign key does not hold: {tuple(broken)}")
    finally:
        await engine.dispose()


async def _prepare_postgresql(connection: AsyncConnection) -> None:
    version = int((await connection.execute(sa.text("show server_version_num"))).scalar_one())
    if version < _OLDEST_POSTGRESQL:
        raise DatabaseTooOld("Hub needs PostgreSQL 16 or newer. Upgrade the server, then start again.")
    # Held by the session, not the transaction; released when the connection closes.
    await connection.execute(sa.text("select pg_advisory_lock(:key)"), {"key": _ADVISORY_LOCK})
    await connection.commit()
