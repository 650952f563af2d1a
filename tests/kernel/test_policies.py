"""PostgreSQL's own wall, tried with the ORM's criterion taken away."""

import pytest
from sqlalchemy.exc import ProgrammingError
from sqlmodel import SQLModel

from hub_app.kernel import capabilities, db
from tests.kernel.conftest import Two

capabilities.load_tables()
TABLES = sorted(name for name, table in SQLModel.metadata.tables.items() if "tenant_id" in table.c)
OWNED = [name for name in TABLES if name not in {"login_session", "password_reset"}]

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)

TAKE_APP_ROLE = "select set_config('role', 'hub_app', true), set_config('hub.tenant_id', '{}', true)"


async def test_every_tenant_table_has_forced_policies(two: Two) -> None:
    assert two
    async with db.current().engine.connect() as connection:
        found = await connection.exec_driver_sql(
            "select c.relname from pg_class c where relrowsecurity and relforcerowsecurity and "
            "(select count(*) from pg_policies p where p.tablename = c.relname) >= 2"
        )
        protected = {row[0] for row in found}
    assert set(OWNED) <= protected


@pytest.mark.parametrize("table", OWNED)
async def test_without_a_tenant_nothing_is_seen(two: Two, table: str) -> None:
    assert two
    async with db.current().engine.connect() as connection:
        await connection.exec_driver_sql(TAKE_APP_ROLE.format(""))
        assert (await connection.exec_driver_sql(f"select count(*) from {table}")).scalar_one() == 0  # noqa: S608


async def test_raw_sql_sees_and_changes_its_own_tenant_only(two: Two) -> None:
    async with db.current().engine.connect() as connection:
        await connection.exec_driver_sql(TAKE_APP_ROLE.format(two.ours))
        ids = (await connection.exec_driver_sql("select id from webhook_endpoint")).scalars().all()
        assert ids == [two.our_endpoint]
        assert (await connection.exec_driver_sql("update webhook_endpoint set name = 'x'")).rowcount == 1
        assert (await connection.exec_driver_sql("delete from webhook_endpoint")).rowcount == 1
        assert (await connection.exec_driver_sql("select name from tenant")).scalars().all() == ["Acme"]


@pytest.mark.parametrize(
    "theft",
    [
        "update webhook_endpoint set tenant_id = '{theirs}'",
        "insert into event (tenant_id, id, created_at, type, payload) values ('{theirs}', '{ours}', now(), 'a', '')",
        "truncate webhook_endpoint",
        "alter table webhook_endpoint disable row level security",
        "select * from login_session",
        "select * from password_reset",
    ],
)
async def test_crossing_over_is_refused(two: Two, theft: str) -> None:
    async with db.current().engine.connect() as connection:
        await connection.exec_driver_sql(TAKE_APP_ROLE.format(two.ours))
        with pytest.raises(ProgrammingError):
            await connection.exec_driver_sql(theft.format(ours=two.ours, theirs=two.theirs))


async def test_the_role_and_tenant_end_with_the_transaction(two: Two) -> None:
    async with db.read(two.ours):
        pass
    async with db.current().engine.connect() as connection:
        statement = "select current_user || '/' || coalesce(current_setting('hub.tenant_id', true), '')"
        role, _, tenant = str((await connection.exec_driver_sql(statement)).scalar_one()).partition("/")
    assert role != "hub_app"
    assert not tenant
