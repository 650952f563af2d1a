"""Tables of governance: consents that were given and revoked, and how a tenant asks for them."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from hub_app.kernel.columns import time_of_change
from hub_app.kernel.tenancy import TenantOwned, TenantScoped, belongs_to


class ConsentGrant(TenantOwned, table=True):
    """A consent as it was given. Never changed, which database triggers see to: another one takes its place, or a revocation
    ends it. Erasing a person empties `ip` and replaces `user_id`.

    `user_id` is whoever gave it, with no foreign key: consents outlive their people. None for what was connected before Hub
    asked. `name` is what the thing was called then, "" where Hub does not know it.
    """

    called = "Consent"

    __table_args__ = (
        sa.Index("ix_consent_grant_resource", "tenant_id", "resource_id", "consent_type", "id"),
        sa.Index("ix_consent_grant_user", "tenant_id", "user_id", "consent_type", "id"),
        sa.Index("ix_consent_grant_type", "tenant_id", "consent_type", "id"),
    )

    user_id: UUID | None = None
    consent_type: str = Field(max_length=16)
    resource_type: str = Field(max_length=64)
    resource_id: str = Field(max_length=200)
    name: str = Field(default="", max_length=200)
    description: str = Field(default="", max_length=1000)
    policy_version: int
    source: str = Field(max_length=8)
    ip: str = Field(default="", max_length=64)


class ConsentRevocation(TenantOwned, table=True):
    """The end of a consent, one at most, as unchangeable as the consent."""

    __table_args__ = (belongs_to("consent_grant", "grant_id"), sa.UniqueConstraint("tenant_id", "grant_id"))

    grant_id: UUID
    user_id: UUID | None = None
    ip: str = Field(default="", max_length=64)


class ConsentSetting(TenantScoped, table=True):
    """How a tenant asks: with `ask_explicitly` a REST call that connects something must say that there is consent."""

    ask_explicitly: bool = False
    updated_at: datetime = time_of_change()
