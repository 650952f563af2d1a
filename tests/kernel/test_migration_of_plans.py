"""Plans and their runs on the way to stored versions and back, with data, on each database."""

import json
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from sqlalchemy.dialects.postgresql import JSONB

from hub_app.kernel import db, migrations
from hub_app.kernel.ids import new_id
from hub_app.kernel.settings import Settings

pytestmark = pytest.mark.both_databases

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
JSON = sa.JSON().with_variant(JSONB(), "postgresql")
_SCRIPTS = ScriptDirectory.from_config(migrations.config())
BEFORE = str(_SCRIPTS.get_revision("0007").down_revision)
ONE = [
    {"id": "a", "action": "it", "params": {"n": 1.5, "text": "ä"}},
    {"id": "b", "action": "it", "params": {}},
]
OTHER = [{"id": "c", "action": "it", "params": {}}]
# Equal, but for the order in which the fields were written.
ONE_AGAIN = [dict(reversed(step.items())) for step in ONE]


def table(name: str, *columns: str) -> sa.TableClause:
    kinds: dict[str, sa.types.TypeEngine[object]] = {"steps": JSON, "input": JSON}  # type: ignore[dict-item]
    ids = ("id", "tenant_id", "plan_id", "run_id", "version_id", "event_id")
    moments = ("created_at", "updated_at", "due_at")

    def kind(column: str) -> sa.types.TypeEngine[object]:
        if column in ids:
            return sa.Uuid()  # type: ignore[return-value]
        return sa.DateTime(timezone=True) if column in moments else kinds.get(column, sa.types.NullType())  # type: ignore[return-value]

    return sa.table(name, *(sa.column(one, kind(one)) for one in columns))


async def put(name: str, /, **values: object) -> None:
    async with db.current().engine.begin() as connection:
        await connection.execute(sa.insert(table(name, *values)).values(**values))


async def rows(name: str, *columns: str) -> list[Any]:
    found = table(name, *columns)
    async with db.current().engine.connect() as connection:
        result = await connection.execute(sa.select(*found.c).order_by(*list(found.c)[:1]))
        return [tuple(row) for row in result]


async def put_run(tenant: UUID, plan: UUID, steps: object, **more: object) -> UUID:
    run_id = new_id()
    given: dict[str, object] = {
        "status": "pending", "position": 0, "cancelling": False, "starts": 0, "error": "", "started_by": "Erin",
        "trigger": "event", "input": {}, "due_at": NOW, "created_at": NOW,
    }  # fmt: skip
    await put("plan_run", tenant_id=tenant, id=run_id, plan_id=plan, steps=steps, **(given | more))
    return run_id


@pytest.fixture
async def before(database: Settings) -> AsyncGenerator[Settings]:
    """A database as the first edition left it."""
    await migrations.downgrade(database, BEFORE)
    yield database
    # For those who look at it afterwards.
    await db.current().engine.dispose()


async def test_runs_steps_become_versions_and_come_back(before: Settings) -> None:
    tenant, plan, event = new_id(), new_id(), new_id()
    await put("tenant", id=tenant, name="Acme", tier="free", created_at=NOW, **await more_of_tenant())
    of_plan: dict[str, object] = {
        "name": "Nightly", "description": "", "cron": "", "timezone": "UTC", "event_type": "order.placed",
        "is_active": True, "created_at": NOW, "updated_at": NOW,
    }  # fmt: skip
    await put("plan", tenant_id=tenant, id=plan, steps=ONE, **of_plan)
    await put("event", tenant_id=tenant, id=event, created_at=NOW, type="order.placed", payload='{"n":1}')
    text = f'{{"id":"{event}","type":"order.placed","data":{{"n":1}}}}'
    first = await put_run(tenant, plan, ONE, event=text)
    second = await put_run(tenant, plan, ONE_AGAIN, trigger="manual")
    third = await put_run(tenant, plan, OTHER)
    step = {"position": 0, "step": "a", "status": "succeeded", "attempts": 1, "error": "", "created_at": NOW}
    await put("plan_run_step", tenant_id=tenant, id=new_id(), run_id=first, **step)
    await migrations.upgrade(before)

    versions = dict(await rows("plan_version", "id", "steps"))
    assert len(versions) == 2
    runs = {row[0]: row[1:] for row in await rows("plan_run", "id", "version_id", "event_id", "depth")}
    ((current, not_started),) = await rows("plan", "version_id", "not_started")
    assert (runs[first], runs[second][0]) == ((current, event, 1), current)
    assert [versions[runs[one][0]] for one in (first, second, third)] == [ONE, ONE, OTHER]
    assert (not_started, await rows("plan_run_step", "run_id")) == (0, [(first,)])

    await migrations.downgrade(before, BEFORE)
    back = {row[0]: row[1:] for row in await rows("plan_run", "id", "steps", "event")}
    assert [back[one][0] for one in (first, second, third)] == [ONE, ONE, OTHER]
    assert json.loads(str(back[first][1])) == json.loads(text)
    assert (back[third][1], await rows("plan", "steps")) == (None, [(ONE,)])
    await migrations.upgrade(before)
    assert len(await rows("plan_version", "id")) == 2


async def more_of_tenant() -> dict[str, object]:
    """What else a tenant's row must have."""
    async with db.current().engine.connect() as connection:
        columns = await connection.run_sync(lambda c: sa.inspect(c).get_columns("tenant"))
    needed = [one["name"] for one in columns if not one["nullable"]]
    return {name: NOW for name in needed if name == "updated_at"}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_indexes_keep_their_conditions(before: Settings) -> None:
    """SQLite writes a table anew for each change."""

    async def conditions() -> dict[str, bool]:
        statement = "select name, sql from sqlite_master where tbl_name in ('plan', 'plan_run') and sql like 'create index%'"
        async with db.current().engine.connect() as connection:
            return {
                name: " where " in sql.lower() for name, sql in await connection.execute(sa.text(statement))
            }

    was = await conditions()
    await migrations.upgrade(before)
    now = await conditions()
    assert {name: now[name] for name in was} == was
    assert now["ix_plan_run_waiting"]
    await migrations.downgrade(before, BEFORE)
    assert await conditions() == was
