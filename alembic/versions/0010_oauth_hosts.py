"""OAuth: the hosts that tokens were given for, and answers that could not be read."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from yarl import URL

from alembic import op
from hub_app.kernel import policies

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
ADDRESSES = ("authorize_url", "token_url", "revoke_url", "userinfo_url")


def upgrade() -> None:
    op.add_column("oauth_client", sa.Column("api_host", sa.String(300), nullable=True))
    op.add_column("oauth_connection", sa.Column("hosts", JSON, nullable=True))
    op.add_column("oauth_connection", sa.Column("unread", sa.LargeBinary(), nullable=True))
    op.add_column("oauth_connection", sa.Column("unread_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("oauth_flow", sa.Column("hosts", JSON, nullable=True))
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        # The policies hold for the tables' owner too.
        op.execute(f"set role {policies.SYSTEM}")
    _fill(connection)
    if connection.dialect.name == "postgresql":
        op.execute("reset role")


def _fill(connection: sa.Connection) -> None:
    apps, clients, connectors = _table("oauth_app"), _table("oauth_client"), _table("connector")
    for app in connection.execute(sa.select(apps)).mappings():
        _remember(connection, "app_id", app["id"], None, _hosts(app, ""))
    bases = {
        (one["tenant_id"], one["oauth_client_id"]): one["base_url"]
        for one in connection.execute(sa.select(connectors)).mappings()
    }
    for client in connection.execute(sa.select(clients)).mappings():
        api_host = _host(bases.get((client["tenant_id"], client["id"]), ""))
        of_client = (clients.c.tenant_id == client["tenant_id"]) & (clients.c.id == client["id"])
        connection.execute(sa.update(clients).where(of_client).values(api_host=api_host or None))
        _remember(connection, "client_id", client["id"], client["tenant_id"], _hosts(client, api_host))


def downgrade() -> None:
    op.drop_column("oauth_flow", "hosts")
    for name in ("unread_at", "unread", "hosts"):
        op.drop_column("oauth_connection", name)
    op.drop_column("oauth_client", "api_host")


def _remember(
    connection: sa.Connection, through: str, value: object, tenant_id: object, hosts: dict[str, str]
) -> None:
    """What is there was given for the hosts of this moment."""
    for name in ("oauth_connection", "oauth_flow"):
        table = _table(name)
        found = table.c[through] == value
        if tenant_id is not None:
            found &= table.c.tenant_id == tenant_id
        connection.execute(sa.update(table).where(found).values(hosts=hosts))


def _hosts(row: sa.RowMapping, api_host: str) -> dict[str, str]:
    return {**{name: _host(row[name]) for name in ADDRESSES}, "issuer": row["issuer"], "api": api_host}


def _host(url: str) -> str:
    """As service/hosts.py writes it."""
    try:
        return str(URL(url.replace("{client_id}", "client")).origin()) if url else ""
    except ValueError:
        return url


def _table(name: str) -> sa.TableClause:
    columns = {
        "oauth_app": ("id", *ADDRESSES, "issuer"),
        "oauth_client": ("tenant_id", "id", *ADDRESSES, "issuer", "api_host"),
        "connector": ("tenant_id", "oauth_client_id", "base_url"),
        "oauth_connection": ("tenant_id", "app_id", "client_id", "hosts"),
        "oauth_flow": ("tenant_id", "app_id", "client_id", "hosts"),
    }[name]
    kinds: dict[str, sa.types.TypeEngine[object]] = {"hosts": JSON}  # type: ignore[dict-item]
    ids = ("id", "tenant_id", "app_id", "client_id", "oauth_client_id")
    return sa.table(
        name,
        *(sa.column(one, sa.Uuid() if one in ids else kinds.get(one, sa.String())) for one in columns),
    )
