from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection
from sqlmodel import SQLModel, select

from hub_app.connectors.tables import Connector, ConnectorAction
from hub_app.identity.tables import Tenant
from hub_app.kernel import audit_results, db, migrations, suspension
from hub_app.kernel.clock import utcnow
from hub_app.kernel.settings import Settings
from hub_app.kernel.tables import AuditVerification, Job
from hub_app.webhooks.tables import WebhookDelivery
from tests import people
from tests.operation import failing

pytestmark = pytest.mark.both_databases


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


async def test_a_default_that_every_patch_would_write_becomes_the_apis_own(database: Settings) -> None:
    """Nobody can tell who typed the others: they stay (docs/decisions/0017)."""
    optional: dict[str, object] = {"name": "private", "in": "body", "required": False, "default": False}
    required: dict[str, object] = {"name": "kind", "in": "body", "required": True, "default": "a"}
    asked: dict[str, object] = {"name": "page", "in": "query", "required": False, "default": 1}
    stored = {"PATCH": [optional, required, asked], "POST": [optional]}
    await _put_actions(stored)
    before = ScriptDirectory.from_config(migrations.config()).get_revision("0009").down_revision
    await migrations.downgrade(database, str(before))
    assert await _parameters() == stored
    await migrations.upgrade(database)
    moved = {**optional, "default": None, "api_default": False}
    assert await _parameters() == {"PATCH": [moved, required, asked], "POST": [optional]}
    await migrations.downgrade(database, str(before))
    assert await _parameters() == stored
    await migrations.upgrade(database)


async def _put_actions(parameters: Mapping[str, Sequence[dict[str, object]]]) -> None:
    """A connector of Acme with an action of each method."""
    tenant_id = (await people.seed()).adam.actor.tenant_id
    fields: dict[str, Any] = {
        "auth_type": "none",
        "base_url": "https://a.example",
        "auth_header": "",
        "auth_prefix": "",
    }
    connector = Connector(tenant_id=tenant_id, name="shop", display_name="Shop", **fields)
    async with db.begin(tenant_id) as session:
        session.add(connector)
        await session.flush()
        for method, given in parameters.items():
            action = ConnectorAction(
                tenant_id=tenant_id,
                connector_id=connector.id,
                slug=method.lower(),
                name=method,
                method=method,
                endpoint="/",
                parameters=list(given),
            )
            session.add(action)


async def _parameters() -> dict[str, object]:
    async with db.system("a test reads every tenant's actions") as session:
        found = await session.exec(select(ConnectorAction.method, ConnectorAction.parameters))
        return dict[str, object](found.all())


async def test_verifications_of_before_get_a_code_that_holds(database: Settings) -> None:
    await migrations.downgrade(database, "0018")
    moment = "'2026-01-01 00:00:00.000001'"
    columns = "id, created_at, source, outcome, started_at, finished_at, entries, problems, note"
    values = f"'{'01' * 16}', {moment}, 'command', 'changed', {moment}, null, 7, '{{\"a\": [\"b\"]}}', ''"
    async with db.current().engine.begin() as connection:
        await connection.exec_driver_sql(f"insert into audit_verification ({columns}) values ({values})")  # noqa: S608
    await migrations.upgrade(database)
    async with db.system("a test reads verifications") as session:
        (row,) = (await session.exec(select(AuditVerification))).all()
    assert audit_results.is_genuine(row)
    row.problems = {}
    assert not audit_results.is_genuine(row)
    async with db.current().engine.connect() as connection:
        indexes = await connection.run_sync(lambda c: sa.inspect(c).get_indexes("audit_verification"))
    assert [one["name"] for one in indexes] == ["ix_audit_verification_open"]
    options = indexes[0].get("dialect_options", {})
    assert any(name.endswith("_where") for name in options)


async def test_the_way_back_to_before_suspensions_leaves_no_work_parked(database: Settings) -> None:
    """The version before knows of no suspended tenant: whatever waits for one would wait for ever there."""
    everyone = await people.seed()
    acme, mallet = everyone.alice, everyone.mallory
    long_ago, expires = utcnow() - timedelta(days=3), utcnow() + timedelta(hours=1)
    jobs_of = {person.tenant_id: await failing.job_of(person) for person in (acme, mallet)}
    await failing.deliveries_of(acme, 1)
    async with db.system("work waits for its tenant", write=True) as session:
        tenant = await session.get_one(Tenant, acme.tenant_id)
        tenant.state, tenant.suspended_at = "suspended", long_ago
        (sent,) = (await session.exec(select(WebhookDelivery))).all()
        sent.status, sent.due_at, sent.expires_at = "pending", suspension.PARKED, expires
        for job in (await session.exec(select(Job))).all():
            job.status, job.finished_at = "pending", None
            # The other one is merely due much later.
            job.due_at = suspension.PARKED if job.tenant_id == acme.tenant_id else expires
            session.add(job)
        session.add_all([tenant, sent])
    await migrations.downgrade(database, "0012")
    await migrations.upgrade(database)
    async with db.system("a test looks") as session:
        due = dict((await session.exec(select(Job.id, Job.due_at))).all())
        (sent,) = (await session.exec(select(WebhookDelivery))).all()
        states = set((await session.exec(select(Tenant.state))).all())
    assert states == {"active"}
    assert due[jobs_of[acme.tenant_id]] <= utcnow()
    assert due[jobs_of[mallet.tenant_id]] == expires
    assert sent.due_at <= utcnow()
    assert abs(sent.expires_at - expires - timedelta(days=3)) < timedelta(minutes=5)
