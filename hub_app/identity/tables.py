"""Tables of identity. Users and login sessions stand above tenants; all else belongs to one."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from hub_app.kernel.clock import utcnow
from hub_app.kernel.columns import json_column, time_of_change
from hub_app.kernel.ids import new_id
from hub_app.kernel.tenancy import Table, TenantOwned, TenantScoped

ACTIVE = "active"
SUSPENDED = "suspended"
DELETING = "deleting"
EMPTYING = "emptying"


class Tenant(Table, table=True):
    """A customer of this installation. Everything it owns goes with it.

    `state` is ACTIVE, SUSPENDED, DELETING (until `delete_at` it can be restored), or EMPTYING (it cannot). In all but the
    first, nobody can use it and its work waits. `suspended_at` stays set while a suspended one is to be deleted.
    """

    __table_args__ = (sa.Index("ix_tenant_state", "state", "id"), sa.Index("ix_tenant_tier", "tier", "id"))

    id: UUID = Field(default_factory=new_id, primary_key=True)
    name: str = Field(max_length=100)
    tier: str = Field(max_length=20)
    state: str = Field(default=ACTIVE, max_length=16, sa_column_kwargs={"server_default": ACTIVE})
    suspended_at: datetime | None = None
    delete_at: datetime | None = None
    created_at: datetime = Field(default_factory=utcnow)
    updated_at: datetime = time_of_change()


class User(Table, table=True):
    """A person with a password. `email` is kept in lower case."""

    __tablename__ = "hub_user"  # pyright: ignore[reportAssignmentType] - `user` is a reserved word

    id: UUID = Field(default_factory=new_id, primary_key=True)
    email: str = Field(unique=True, max_length=254)
    name: str = Field(max_length=100)
    password_hash: str = Field(max_length=256)
    is_operator: bool = False
    created_at: datetime = Field(default_factory=utcnow)
    updated_at: datetime = time_of_change()


class Membership(TenantOwned, table=True):
    """A user in a tenant, with a role."""

    __table_args__ = (sa.UniqueConstraint("tenant_id", "user_id"),)

    user_id: UUID = Field(foreign_key="hub_user.id", ondelete="CASCADE", index=True)
    role: str = Field(max_length=20)
    updated_at: datetime = time_of_change()


class Invitation(TenantOwned, table=True):
    """A single-use link into a tenant. The link's secret is kept as its SHA-256 only."""

    called = "Invitation"

    email: str = Field(max_length=254)
    role: str = Field(max_length=20)
    token_hash: str = Field(unique=True, max_length=64)
    invited_by: UUID
    expires_at: datetime = Field(index=True)


class LoginSession(Table, table=True):
    """A signed-in browser. The cookie's token is kept as its SHA-256 only."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    user_id: UUID = Field(foreign_key="hub_user.id", ondelete="CASCADE", index=True)
    tenant_id: UUID | None = Field(default=None, foreign_key="tenant.id", ondelete="SET NULL", index=True)
    token_hash: str = Field(unique=True, max_length=64)
    ip: str = Field(max_length=64)
    user_agent: str = Field(max_length=300)
    created_at: datetime = Field(default_factory=utcnow)
    last_seen_at: datetime = Field(default_factory=utcnow, index=True)
    expires_at: datetime = Field(index=True)


class PasswordReset(Table, table=True):
    """A single-use link that sets an account's password. Its secret is kept as SHA-256 only.

    `tenant_id` is the tenant whose owner issued it, NULL for the operator's; `issued_by` is NULL for the command line.
    """

    user_id: UUID = Field(foreign_key="hub_user.id", ondelete="CASCADE", primary_key=True)
    tenant_id: UUID | None = Field(default=None, foreign_key="tenant.id", ondelete="CASCADE", index=True)
    issued_by: UUID | None = Field(default=None, foreign_key="hub_user.id", ondelete="CASCADE", index=True)
    token_hash: str = Field(unique=True, max_length=64)
    created_at: datetime = Field(default_factory=utcnow)
    expires_at: datetime = Field(index=True)


class ApiToken(TenantOwned, table=True):
    """A personal access token. Its secret is kept as SHA-256 only; after a rotation the old one may still hold."""

    called = "Token"

    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"], ["membership.tenant_id", "membership.user_id"], ondelete="CASCADE"
        ),
    )

    user_id: UUID
    name: str = Field(max_length=100)
    token_hash: str = Field(unique=True, max_length=64)
    hint: str = Field(max_length=16)
    scopes: list[str] = json_column(list)
    active: bool = True
    expires_at: datetime
    last_used_at: datetime | None = None
    last_used_ip: str = Field(default="", max_length=64)
    old_token_hash: str | None = Field(default=None, unique=True, max_length=64)
    old_expires_at: datetime | None = None
    updated_at: datetime = time_of_change()


class ApiUsage(TenantScoped, table=True):
    """REST calls per token, route, status class and minute. `token_id` is all zeros for calls with the cookie."""

    __table_args__ = (
        sa.Index("ix_api_usage_token", "tenant_id", "token_id", "minute", "route", "status_class"),
        sa.Index("ix_api_usage_route", "tenant_id", "route", "minute", "token_id", "status_class"),
        sa.Index("ix_api_usage_token_route", "tenant_id", "token_id", "route", "minute", "status_class"),
    )

    minute: datetime = Field(primary_key=True)
    token_id: UUID = Field(primary_key=True)
    route: str = Field(primary_key=True, max_length=200)
    status_class: int = Field(primary_key=True)
    requests: int
