"""Tables of governance: consents that were given and revoked, how a tenant asks for them; requests for a person's data."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from hub_app.kernel.clock import utcnow
from hub_app.kernel.columns import json_column, time_of_change
from hub_app.kernel.tenancy import TenantOwned, TenantScoped, belongs_to
from hub_app.kernel.vault import SealedType


class ConsentGrant(TenantOwned, table=True):
    """A consent as it was given. Never changed, which database triggers see to: another one takes its place, or a revocation
    ends it. Erasing a person may empty `name`, `description` and `ip`, and replace `user_id` with `ip` gone.

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


class PrivacyRequest(TenantOwned, table=True):
    """Somebody's data is looked for (`preview`), exported, or erased. `person` says whose, sealed, and is empty once it ended;
    `counts` are numbers by table. `asked_by` is the member who asked.

    A preview can be confirmed, an export downloaded and an erasure that failed tried again until `expires_at`.
    """

    called = "Request"

    __table_args__ = (sa.Index("ix_privacy_request_expires", "tenant_id", "expires_at"),)

    kind: str = Field(max_length=16)
    status: str = Field(default="running", max_length=16)
    person: bytes = Field(default=b"", sa_type=SealedType)
    of_member: bool = False
    counts: dict[str, int] = json_column(dict)
    error: str = Field(default="", max_length=300)
    job_id: UUID
    asked_by: UUID
    finished_at: datetime | None = None
    expires_at: datetime


class PrivacyFile(TenantOwned, table=True):
    """A piece of an export, sealed; in the order of their numbers they are the file."""

    __table_args__ = (
        belongs_to("privacy_request", "request_id"),
        sa.UniqueConstraint("tenant_id", "request_id", "number"),
        sa.Index("ix_privacy_file_expires", "tenant_id", "expires_at"),
    )

    request_id: UUID
    number: int
    content: bytes = Field(default=b"", sa_type=SealedType)
    expires_at: datetime


class ErasedPerson(TenantScoped, table=True):
    """Somebody was erased: a keyed digest of the tenant and their e-mail address, so that no sync brings them back."""

    digest: str = Field(primary_key=True, max_length=80)
    created_at: datetime = Field(default_factory=utcnow)
