"""Plans: equal steps are kept once; runs refer to them and to their event, and know how many runs they come from."""

import hashlib
import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic.operations import BatchOperations
from sqlalchemy.dialects.postgresql import JSONB

from alembic import op
from hub_app.kernel import policies
from hub_app.kernel.ids import new_id

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
MOMENT = sa.DateTime(timezone=True)
PENDING = sa.text("status = 'pending'")
SCHEDULED = sa.text("next_run_at is not null")
CHUNK = 500

plan = sa.table(
    "plan",
    sa.column("tenant_id", sa.Uuid()),
    sa.column("id", sa.Uuid()),
    sa.column("steps", JSON),
    sa.column("version_id", sa.Uuid()),
    sa.column("not_started", sa.Integer()),
    sa.column("too_deep", sa.Integer()),
)
version = sa.table(
    "plan_version",
    sa.column("tenant_id", sa.Uuid()),
    sa.column("id", sa.Uuid()),
    sa.column("created_at", MOMENT),
    sa.column("plan_id", sa.Uuid()),
    sa.column("digest", sa.String()),
    sa.column("steps", JSON),
)
run = sa.table(
    "plan_run",
    sa.column("tenant_id", sa.Uuid()),
    sa.column("id", sa.Uuid()),
    sa.column("plan_id", sa.Uuid()),
    sa.column("steps", JSON),
    sa.column("version_id", sa.Uuid()),
    sa.column("event", sa.Text()),
    sa.column("event_id", sa.Uuid()),
    sa.column("depth", sa.Integer()),
)
happened = sa.table(
    "event",
    sa.column("tenant_id", sa.Uuid()),
    sa.column("id", sa.Uuid()),
    sa.column("type", sa.String()),
    sa.column("payload", sa.Text()),
)


def upgrade() -> None:
    op.add_column("event", sa.Column("depth", sa.Integer(), nullable=True))
    op.add_column("webhook_endpoint", sa.Column("depth", sa.Integer(), nullable=True))
    _create_versions()
    op.add_column("plan", sa.Column("version_id", sa.Uuid(), nullable=True))
    op.add_column("plan", sa.Column("not_started", sa.Integer(), nullable=True))
    op.add_column("plan", sa.Column("too_deep", sa.Integer(), nullable=True))
    op.add_column("plan", sa.Column("not_started_since", MOMENT, nullable=True))
    op.add_column("plan_run", sa.Column("version_id", sa.Uuid(), nullable=True))
    op.add_column("plan_run", sa.Column("event_id", sa.Uuid(), nullable=True))
    op.add_column("plan_run", sa.Column("depth", sa.Integer(), nullable=True))
    with _as_system() as connection:
        _store_once(connection)
        _refer_to_events(connection)
        connection.execute(sa.update(plan).values(not_started=0, too_deep=0))
        connection.execute(sa.update(run).values(depth=1))
    with _rebuilt("plan") as batch:
        batch.drop_column("steps")
        for name in ("version_id", "not_started", "too_deep"):
            batch.alter_column(name, nullable=False)
    with _rebuilt("plan_run") as batch:
        batch.drop_column("steps")
        batch.drop_column("event")
        for name in ("version_id", "depth"):
            batch.alter_column(name, nullable=False)
        batch.create_foreign_key(
            op.f("fk_plan_run_tenant_id_version_id_plan_version"),
            "plan_version",
            ["tenant_id", "version_id"],
            ["tenant_id", "id"],
            ondelete="CASCADE",
        )
    op.create_index("ix_plan_run_version", "plan_run", ["tenant_id", "version_id"])
    _make_immutable()


def downgrade() -> None:
    op.drop_index("ix_plan_run_version", "plan_run")
    op.add_column("plan", sa.Column("steps", JSON, nullable=True))
    op.add_column("plan_run", sa.Column("steps", JSON, nullable=True))
    op.add_column("plan_run", sa.Column("event", sa.Text(), nullable=True))
    with _as_system() as connection:
        _copy_back(connection)
        _copy_events(connection)
    with _rebuilt("plan_run") as batch:
        batch.drop_constraint(op.f("fk_plan_run_tenant_id_version_id_plan_version"), type_="foreignkey")
        for name in ("version_id", "event_id", "depth"):
            batch.drop_column(name)
        batch.alter_column("steps", nullable=False)
    with _rebuilt("plan") as batch:
        for name in ("version_id", "not_started", "too_deep", "not_started_since"):
            batch.drop_column(name)
        batch.alter_column("steps", nullable=False)
    op.drop_table("plan_version")
    op.drop_column("webhook_endpoint", "depth")
    op.drop_column("event", "depth")


def _create_versions() -> None:
    op.create_table(
        "plan_version",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("steps", JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "plan_id"],
            ["plan.tenant_id", "plan.id"],
            name=op.f("fk_plan_version_tenant_id_plan_id_plan"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_plan_version_tenant_id_tenant"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_plan_version")),
        sa.UniqueConstraint(
            "tenant_id", "plan_id", "digest", name=op.f("uq_plan_version_tenant_id_plan_id_digest")
        ),
    )
    if _is_postgresql():
        for statement in policies.protect("plan_version"):
            op.execute(statement)


def _make_immutable() -> None:
    if _is_postgresql():
        op.execute(f"revoke update on plan_version from {policies.APP}, {policies.SYSTEM}")
    else:
        op.execute(
            "create trigger plan_version_is_final before update on plan_version "
            "begin select raise(abort, 'A version of a plan is never changed.'); end"
        )


def _store_once(connection: sa.Connection) -> None:
    """Equal steps of a plan and of its runs become one version. Texts are compared in the database, which need not send
    every run's.
    """
    plans = connection.execute(sa.select(plan.c.tenant_id, plan.c.id, plan.c.steps)).all()
    for tenant_id, plan_id, steps in plans:
        known: dict[str, uuid.UUID] = {}
        current = _version(connection, known, tenant_id, plan_id, steps)
        its = (plan.c.tenant_id == tenant_id) & (plan.c.id == plan_id)
        connection.execute(sa.update(plan).where(its).values(version_id=current))
        of_plan = (run.c.tenant_id == tenant_id) & (run.c.plan_id == plan_id)
        as_text = sa.cast(run.c.steps, sa.Text())
        left = sa.select(as_text).where(of_plan, run.c.version_id.is_(None)).limit(1)
        while (text := connection.execute(left).scalar()) is not None:
            found = _version(connection, known, tenant_id, plan_id, json.loads(text))
            equal = sa.update(run).where(of_plan, run.c.version_id.is_(None), as_text == text)
            connection.execute(equal.values(version_id=found))


def _version(
    connection: sa.Connection,
    known: dict[str, uuid.UUID],
    tenant_id: uuid.UUID,
    plan_id: uuid.UUID,
    steps: object,
) -> uuid.UUID:
    digest = hashlib.sha256(json.dumps(steps, sort_keys=True).encode()).hexdigest()
    if digest not in known:
        known[digest] = new_id()
        row = {"tenant_id": tenant_id, "id": known[digest], "plan_id": plan_id, "digest": digest}
        connection.execute(sa.insert(version).values(**row, steps=steps, created_at=datetime.now(UTC)))
    return known[digest]


def _refer_to_events(connection: sa.Connection) -> None:
    """The copies of events give way to their ids."""
    for rows in _chunks(connection, [run.c.event], run.c.event.is_not(None)):
        for tenant_id, run_id, text in rows:
            its = (run.c.tenant_id == tenant_id) & (run.c.id == run_id)
            event_id = uuid.UUID(json.loads(text)["id"])
            connection.execute(sa.update(run).where(its).values(event_id=event_id))


def _copy_back(connection: sa.Connection) -> None:
    for table in (plan, run):
        of_version = (version.c.tenant_id == table.c.tenant_id) & (version.c.id == table.c.version_id)
        steps = sa.select(version.c.steps).where(of_version).scalar_subquery()
        connection.execute(sa.update(table).values(steps=steps))


def _copy_events(connection: sa.Connection) -> None:
    """Each run gets a copy of its event again, where that is still kept."""
    for rows in _chunks(connection, [run.c.event_id], run.c.event_id.is_not(None)):
        for tenant_id, run_id, event_id in rows:
            found = connection.execute(
                sa.select(happened.c.type, happened.c.payload).where(
                    happened.c.tenant_id == tenant_id, happened.c.id == event_id
                )
            ).one_or_none()
            if found is not None:
                text = f'{{"id":"{event_id}","type":{json.dumps(found.type)},"data":{found.payload}}}'
                its = (run.c.tenant_id == tenant_id) & (run.c.id == run_id)
                connection.execute(sa.update(run).where(its).values(event=text))


def _chunks(
    connection: sa.Connection, columns: list[sa.ColumnClause[object]], chosen: sa.ColumnElement[bool]
) -> Iterator[list[Any]]:
    """Rows of runs, a chunk at a time, by their ids: tenant, id and these columns."""
    key = sa.tuple_(run.c.tenant_id, run.c.id)
    after = (uuid.UUID(int=0), uuid.UUID(int=0))
    while True:
        statement = sa.select(run.c.tenant_id, run.c.id, *columns).where(chosen, key > after)
        rows: list[Any] = [*connection.execute(statement.order_by(run.c.tenant_id, run.c.id).limit(CHUNK))]
        if not rows:
            return
        yield rows
        after = (rows[-1][0], rows[-1][1])


@contextmanager
def _as_system() -> Iterator[sa.Connection]:
    """Data of all tenants: the policies hold for the tables' owner too."""
    if _is_postgresql():
        op.execute(f"set role {policies.SYSTEM}")
    yield op.get_bind()
    if _is_postgresql():
        op.execute("reset role")


@contextmanager
def _rebuilt(table: str) -> Iterator[BatchOperations]:
    """Changes of a table's columns. SQLite writes it anew, and its partial indexes are made again."""
    indexes = {
        "plan": [("ix_plan_due", ["next_run_at"], SCHEDULED)],
        "plan_run": [
            ("ix_plan_run_due", ["due_at"], PENDING),
            ("ix_plan_run_tenant_due", ["tenant_id", "due_at"], PENDING),
            ("ix_plan_run_waiting", ["tenant_id", "plan_id", "trigger"], PENDING),
        ],
    }[table]
    if not _is_postgresql():
        for name, _, _ in indexes:
            op.drop_index(name, table)
    with op.batch_alter_table(table) as batch:
        yield batch
    if not _is_postgresql():
        for name, columns, condition in indexes:
            op.create_index(name, table, columns, sqlite_where=condition)


def _is_postgresql() -> bool:
    return op.get_context().dialect.name == "postgresql"
