"""Tables of governance."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from hub_app.kernel.clock import utcnow
from hub_app.kernel.columns import json_column
from hub_app.kernel.tenancy import TenantOwned, TenantScoped, belongs_to
from hub_app.kernel.vault import SealedType


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
