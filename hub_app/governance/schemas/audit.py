"""What goes in and out of the audit log."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, JsonValue, StringConstraints

from hub_app.kernel.audit_runs import Outcome, Source
from hub_app.kernel.fields import Input, Moment

ExportFormat = Literal["csv", "jsonl"]
Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


class AuditOut(BaseModel):
    """One audited act. The actor's name, e-mail and address are empty once the person was erased; `summary` names what
    changed, never the values. `mac` is the code that proves the entry.
    """

    id: UUID
    sequence: int
    created_at: datetime
    actor_id: UUID | None
    actor_name: str
    actor_email: str
    ip: str
    via: str
    action: str
    target_type: str
    target_id: str
    summary: dict[str, JsonValue]
    mac: str


class AuditFilter(Input):
    """`action` is one act, or what several begin with (`webhook.endpoint`). `since` is included, `until` is not."""

    actor_id: UUID | None = None
    action: Word | None = None
    target_id: Annotated[str, Field(max_length=64)] | None = None
    since: Moment | None = None
    until: Moment | None = None


class Finding(BaseModel):
    """What is wrong with one log. `tenant_id` is null for the installation's own."""

    tenant_id: UUID | None
    log: str
    sentences: list[str]


class VerificationOut(BaseModel):
    """One verification of every log. `whole`: nothing was changed. `changed`: `findings`, or `note`, say what was.
    `unchecked`: some rows name a key that Hub does not have. `failed`: it did not come to an end, and says nothing.
    `forged`: Hub did not write this result, or not like this; nothing else is told of it, and its `source` is `unknown`.
    """

    id: UUID
    created_at: datetime
    source: Source | Literal["unknown"]
    asked_by: UUID | None
    asked_by_name: str
    outcome: Outcome | Literal["forged"]
    started_at: datetime | None
    finished_at: datetime | None
    entries: int
    findings: list[Finding]
    note: str


class OwnVerification(BaseModel):
    """When the tenant's own log was last verified. `whole` is null while that is not known, such as before the first time."""

    verified_at: datetime | None
    whole: bool | None
    findings: list[str]
