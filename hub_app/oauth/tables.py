"""Tables of OAuth: providers' apps, connections with their tokens, authorizations under way."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from hub_app.kernel.clock import utcnow
from hub_app.kernel.columns import json_column, time_of_change
from hub_app.kernel.tenancy import InstallationOwned, TenantOwned, belongs_to
from hub_app.kernel.vault import SealedType

_ONE_PROVIDER = "(app_id is null) <> (client_id is null)"


def _of_member() -> sa.ForeignKeyConstraint:
    """A user takes along what hangs on their membership."""
    return sa.ForeignKeyConstraint(
        ["tenant_id", "user_id"], ["membership.tenant_id", "membership.user_id"], ondelete="CASCADE"
    )


class ProviderFields(SQLModel):
    """How to talk to a provider: its addresses, our registration there, and its quirks (hub_app/oauth/provider.py)."""

    name: str = Field(max_length=100)
    authorize_url: str = Field(default="", max_length=2048)
    token_url: str = Field(default="", max_length=2048)
    revoke_url: str = Field(default="", max_length=2048)
    userinfo_url: str = Field(default="", max_length=2048)
    issuer: str = Field(default="", max_length=2048)
    client_id: str = Field(default="", max_length=500)
    client_secret: bytes = Field(default=b"", sa_type=SealedType)
    secret_hint: str = Field(default="", max_length=16)
    scopes: dict[str, str] = json_column(dict)
    default_scopes: list[str] = json_column(list)
    scope_parameter: str = Field(default="scope", max_length=50)
    scope_separator: str = Field(default=" ", max_length=4)
    pkce: bool = True
    client_auth: str = Field(default="basic", max_length=8)
    token_body: str = Field(default="form", max_length=8)
    token_path: str = Field(default="", max_length=100)
    revocation: str = Field(default="rfc7009", max_length=16)
    extra_params: dict[str, str] = json_column(dict)
    expired_errors: list[str] = json_column(list)
    kept_values: list[str] = json_column(list)
    account_id: str = Field(default="", max_length=300)
    account_name: str = Field(default="", max_length=300)


class OauthApp(ProviderFields, InstallationOwned, table=True):
    """An entry of the operator's catalogue. Above tenants: a tenant's session may read it, and no more."""

    slug: str = Field(unique=True, max_length=64)
    logo: str = Field(default="", max_length=64)
    note: str = Field(default="", max_length=500)
    docs_url: str = Field(default="", max_length=2048)
    enabled: bool = True
    updated_at: datetime = time_of_change()


class OauthClient(ProviderFields, TenantOwned, table=True):
    """A tenant's own registration with a provider, made for a custom connector; `api_host` is where that one calls.

    `connector_id` is the connector (there is no foreign key: OAuth knows none), the consent to which covers its connection.
    """

    called = "OAuth client"

    api_host: str | None = Field(default=None, max_length=300)
    connector_id: UUID | None = None
    updated_at: datetime = time_of_change()


class OauthConnection(TenantOwned, table=True):
    """Access to an account, with its tokens: through an app for the user who connected it, or through a tenant's client,
    which has one at most.

    `connected_at` is when somebody last allowed the access: what was read before may be another account's. Whoever
    refreshes it holds `lease` until `lease_until`; after a failure nobody tries before `retry_at`. `hosts` are those that
    its tokens were given for (service/hosts.py); `unread` is an answer in which Hub found no tokens (service/unread.py).
    """

    called = "OAuth connection"

    __table_args__ = (
        _of_member(),
        belongs_to("oauth_client", "client_id"),
        sa.CheckConstraint(_ONE_PROVIDER, name="one_provider"),
        sa.UniqueConstraint("tenant_id", "client_id"),
        sa.Index("ix_oauth_connection_user", "tenant_id", "user_id", "id"),
    )

    app_id: UUID | None = Field(default=None, foreign_key="oauth_app.id", ondelete="CASCADE", index=True)
    client_id: UUID | None = None
    user_id: UUID | None = None
    account_id: str = Field(default="", max_length=200)
    account_name: str = Field(default="", max_length=200)
    scopes_asked: list[str] = json_column(list)
    scopes_granted: list[str] = json_column(list)
    access_token: bytes = Field(default=b"", sa_type=SealedType)
    refresh_token: bytes = Field(default=b"", sa_type=SealedType)
    expires_at: datetime | None = Field(default=None, index=True)
    refresh_expires_at: datetime | None = None
    status: str = Field(default="connected", max_length=16)
    connected_at: datetime = Field(default_factory=utcnow)
    last_refreshed_at: datetime | None = None
    last_error: str = Field(default="", max_length=500)
    kept: dict[str, str] = json_column(dict)
    lease: UUID | None = None
    lease_until: datetime | None = None
    retry_at: datetime | None = None
    hosts: dict[str, str] | None = json_column()
    unread: bytes | None = Field(default=None, sa_type=SealedType)
    unread_at: datetime | None = None
    updated_at: datetime = time_of_change()


class OauthFlow(TenantOwned, table=True):
    """One authorization under way. The `state` is kept as its SHA-256 only; it serves once, until `expires_at`.

    `hosts` are those at which it began, `consent` is what was agreed to then, `purpose` and `purpose_id` what the account is for, if it
    is for another capability's thing. `message` says what went wrong, for the page on which its user ends.
    """

    __table_args__ = (
        _of_member(),
        belongs_to("oauth_client", "client_id"),
        belongs_to("oauth_connection", "connection_id"),
        sa.CheckConstraint(_ONE_PROVIDER, name="one_provider"),
    )

    state_hash: str = Field(unique=True, max_length=64)
    verifier: bytes = Field(default=b"", sa_type=SealedType)
    app_id: UUID | None = Field(default=None, foreign_key="oauth_app.id", ondelete="CASCADE", index=True)
    client_id: UUID | None = None
    connection_id: UUID | None = None
    user_id: UUID
    session_id: UUID | None = None
    scopes: list[str] = json_column(list)
    redirect_uri: str = Field(max_length=2048)
    return_to: str = Field(default="", max_length=500)
    hosts: dict[str, str] | None = json_column()
    consent: dict[str, str] | None = json_column()
    purpose: str = Field(default="", max_length=32)
    purpose_id: UUID | None = None
    message: str = Field(default="", max_length=500)
    expires_at: datetime = Field(index=True)
    used_at: datetime | None = None
