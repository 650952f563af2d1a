"""Consents: given, revoked, and how a tenant asks. What is connected already gets one with the source `upgrade`."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel.sql.sqltypes import UTCDateTime
from yarl import URL

from alembic import op
from hub_app.kernel import policies
from hub_app.kernel.ids import new_id

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
MOMENT = sa.DateTime(timezone=True)
CHUNK = 500
TABLES = ("consent_grant", "consent_revocation", "consent_setting")
SENTENCE = "a consent is never changed, only erased"
# By table: the columns that nothing changes, and those that erasing a person may empty.
KEPT = {
    "consent_grant": ("tenant_id", "id", "created_at", "consent_type", "resource_type", "resource_id", "policy_version", "source"),
    "consent_revocation": ("tenant_id", "id", "created_at", "grant_id"),
}  # fmt: skip
EMPTIED = {"consent_grant": ("name", "description", "ip"), "consent_revocation": ("ip",)}


def upgrade() -> None:
    _create()
    op.add_column("oauth_flow", sa.Column("consent", JSON, nullable=True))
    op.add_column("oauth_client", sa.Column("connector_id", sa.Uuid(), nullable=True))
    with _as_system() as connection:
        _cover_clients(connection)
        _grant(connection, "connector", _connectors())
        _grant(connection, "oauth_connection", _connections())
    _make_final()


def downgrade() -> None:
    op.drop_column("oauth_client", "connector_id")
    op.drop_column("oauth_flow", "consent")
    for table in reversed(TABLES):
        op.drop_table(table)
    if _is_postgresql():
        for table in KEPT:
            op.execute(f"drop function {table}_guard() cascade")


def _create() -> None:
    op.create_table(
        "consent_grant",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("consent_type", sa.String(16), nullable=False),
        sa.Column("resource_type", sa.String(64), nullable=False),
        sa.Column("resource_id", sa.String(200), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("description", sa.String(1000), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(8), nullable=False),
        sa.Column("ip", sa.String(64), nullable=False),
        _of_tenant("consent_grant"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_consent_grant")),
    )
    for name, *columns in (
        ("resource", "resource_id", "consent_type"),
        ("user", "user_id", "consent_type"),
        ("type", "consent_type"),
    ):
        op.create_index(f"ix_consent_grant_{name}", "consent_grant", ["tenant_id", *columns, "id"])
    op.create_table(
        "consent_revocation",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("grant_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("ip", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "grant_id"],
            ["consent_grant.tenant_id", "consent_grant.id"],
            name=op.f("fk_consent_revocation_tenant_id_grant_id_consent_grant"),
            ondelete="CASCADE",
        ),
        _of_tenant("consent_revocation"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_consent_revocation")),
        sa.UniqueConstraint("tenant_id", "grant_id", name=op.f("uq_consent_revocation_tenant_id_grant_id")),
    )
    op.create_table(
        "consent_setting",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("ask_explicitly", sa.Boolean(), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        _of_tenant("consent_setting"),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_consent_setting")),
    )
    if _is_postgresql():
        for table in TABLES:
            for statement in policies.protect(table):
                op.execute(statement)


def _of_tenant(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id"], ["tenant.id"], name=op.f(f"fk_{table}_tenant_id_tenant"), ondelete="CASCADE"
    )


def _make_final() -> None:
    """Nothing of a consent is changed, but for what names a person, when that one is erased."""
    for table, columns in KEPT.items():
        same = [f"new.{name} = old.{name}" for name in columns]
        emptied = [f"(new.{name} = old.{name} or new.{name} = '')" for name in EMPTIED[table]]
        equal = "is not distinct from" if _is_postgresql() else "is"
        # Whoever gave it is replaced with their address gone.
        erased = " and ".join([*same, *emptied, f"(new.user_id {equal} old.user_id or new.ip = '')"])
        if _is_postgresql():
            op.execute(
                f"create function {table}_guard() returns trigger language plpgsql as $$ begin "
                f"if {erased} then return new; end if; raise exception '{SENTENCE}'; end $$"
            )
            op.execute(
                f"create trigger {table}_is_final before update on {table} "
                f"for each row execute function {table}_guard()"
            )
        else:
            op.execute(
                f"create trigger {table}_is_final before update on {table} when not ({erased}) "
                f"begin select raise(abort, '{SENTENCE}'); end"
            )


def _cover_clients(connection: sa.Connection) -> None:
    """The consent to a connector covers the OAuth client that is its own."""
    clients = sa.table(
        "oauth_client", *(sa.column(one, sa.Uuid()) for one in ("tenant_id", "id", "connector_id"))
    )
    connectors = sa.table(
        "connector", *(sa.column(one, sa.Uuid()) for one in ("tenant_id", "id", "oauth_client_id"))
    )
    its = (connectors.c.tenant_id == clients.c.tenant_id) & (connectors.c.oauth_client_id == clients.c.id)
    found = sa.select(connectors.c.id).where(its).limit(1).scalar_subquery()
    connection.execute(sa.update(clients).values(connector_id=found))


def _connectors() -> sa.Select[Any, Any, Any, Any]:
    table = sa.table(
        "connector",
        *(sa.column(one, sa.Uuid()) for one in ("tenant_id", "id")),
        *(sa.column(one, sa.String()) for one in ("display_name", "base_url")),
    )
    return sa.select(
        table.c.tenant_id, table.c.id, table.c.display_name.label("name"), table.c.base_url.label("place")
    )


def _connections() -> sa.Select[Any, Any, Any, Any]:
    table = sa.table(
        "oauth_connection", *(sa.column(one, sa.Uuid()) for one in ("tenant_id", "id", "app_id"))
    )
    app = sa.table("oauth_app", sa.column("id", sa.Uuid()), sa.column("name", sa.String()))
    named = sa.select(table.c.tenant_id, table.c.id, app.c.name, app.c.name.label("place"))
    return named.join_from(table, app, app.c.id == table.c.app_id)


def _grant(connection: sa.Connection, kind: str, statement: sa.Select[Any, Any, Any, Any]) -> None:
    grants = sa.table(
        "consent_grant",
        *(sa.column(one, sa.Uuid()) for one in ("tenant_id", "id", "user_id")),
        sa.column("created_at", UTCDateTime()),
        sa.column("policy_version", sa.Integer()),
        *(
            sa.column(one, sa.String())
            for one in ("consent_type", "resource_type", "resource_id", "name", "description", "source", "ip")
        ),
    )
    now = datetime.now(UTC)
    for page in _pages(connection, statement):
        made = [
            {
                "tenant_id": one.tenant_id, "id": new_id(), "user_id": None, "created_at": now, "policy_version": 1,
                "consent_type": "THIRD_PARTY", "resource_type": kind, "resource_id": str(one.id),
                "name": one.name, "description": f"It was connected to {_host(one.place)} before Hub asked for consent.",
                "source": "upgrade", "ip": "",
            }
            for one in page
        ]  # fmt: skip
        connection.execute(sa.insert(grants), made)


def _pages(connection: sa.Connection, statement: sa.Select[Any, Any, Any, Any]) -> Iterator[list[Any]]:
    tenant, row = statement.selected_columns.tenant_id, statement.selected_columns.id
    after = (uuid.UUID(int=0), uuid.UUID(int=0))
    while True:
        wanted = statement.where(sa.tuple_(tenant, row) > after).order_by(tenant, row).limit(CHUNK)
        found: list[Any] = [*connection.execute(wanted)]
        if not found:
            return
        yield found
        after = (found[-1].tenant_id, found[-1].id)


def _host(place: str) -> str:
    try:
        return URL(place).host or place
    except ValueError:
        return place


@contextmanager
def _as_system() -> Iterator[sa.Connection]:
    """Data of all tenants: the policies hold for the tables' owner too."""
    if _is_postgresql():
        op.execute(f"set role {policies.SYSTEM}")
    yield op.get_bind()
    if _is_postgresql():
        op.execute("reset role")


def _is_postgresql() -> bool:
    return op.get_context().dialect.name == "postgresql"
