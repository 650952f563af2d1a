import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.engine import Connection
from sqlmodel import SQLModel

from hub_app.kernel import db, migrations
from hub_app.kernel.settings import Settings


async def test_models_and_migrations_do_not_drift(database: Settings) -> None:
    assert not await migrations.pending(database)

    def compare(connection: Connection) -> list[object]:
        options = {"compare_type": True, "compare_server_default": True}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), SQLModel.metadata))

    async with db.current().engine.connect() as connection:
        assert await connection.run_sync(compare) == []


async def test_down_and_up_again(database: Settings) -> None:
    await migrations.downgrade(database, "base")
    async with db.current().engine.connect() as connection:
        left = await connection.run_sync(lambda c: set(sa.inspect(c).get_table_names()))
    assert left <= {"alembic_version"}
    assert await migrations.pending(database)
    await migrations.upgrade(database)
    assert not await migrations.pending(database)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_upgrading_twice_changes_nothing(database: Settings) -> None:
    await migrations.upgrade(database)
    assert not await migrations.pending(database)
