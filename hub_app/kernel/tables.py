"""The kernel's own tables: the installation's marks, periodic tasks, jobs, the audit log."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from hub_app.kernel.clock import utcnow
from hub_app.kernel.columns import json_column
from hub_app.kernel.leases import LeasedWork, due_indexes, operators_indexes
from hub_app.kernel.tenancy import InstallationOwned, Table, TenantOwned, TenantScoped

_PENDING = sa.text("status = 'pending'")
_OPEN = sa.text("finished_at is null")


class Installation(Table, table=True):
    """Facts about this installation, by name (`key_check`: a known text sealed with its encryption key)."""

    name: str = Field(primary_key=True, max_length=64)
    value: str


class Schedule(Table, table=True):
    """A periodic task and when it is due: whichever process moves `due_at` first runs it. It runs while `started_at` is
    later than `finished_at`, or was cut off.
    """

    name: str = Field(primary_key=True, max_length=64)
    due_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    error: str = Field(default="", max_length=300)


class HubProcess(InstallationOwned, table=True):
    """A process of this installation that runs, and when it last said so (kernel/processes.py).

    `busy_since` is when its oldest work that was under way then had begun. `asked` counts how often it was asked for that,
    `answered` those that it has heard of.
    """

    role: str = Field(max_length=16)
    host: str = Field(max_length=64)
    pid: int
    seen_at: datetime = Field(index=True)
    busy_since: datetime | None = None
    asked: int = 0
    answered: int = 0


class Job(LeasedWork, table=True):
    """Long work that someone started (kernel/jobs.py). `checkpoint` is where the next step goes on."""

    called = "Job"

    __table_args__ = (
        *due_indexes("job"),
        *operators_indexes("job"),
        sa.Index("ix_job_waiting", "tenant_id", "id", sqlite_where=_PENDING, postgresql_where=_PENDING),
        sa.Index("ix_job_family", "tenant_id", "family", "id"),
        sa.Index("ix_job_finished", "tenant_id", "finished_at"),
    )

    kind: str = Field(max_length=64)
    family: str = Field(max_length=32)
    title: str = Field(max_length=200)
    href: str = Field(default="", max_length=300)
    arguments: dict[str, object] = json_column(dict)
    checkpoint: dict[str, object] = json_column(dict)
    done: int = 0
    total: int | None = None
    result: str = Field(default="", max_length=300)


class AuditEntry(TenantOwned, table=True):
    """One audited act. Never changed: database triggers refuse it.

    Who it was lies in `audit_person`, so that erasing a person leaves the chain whole. `previous` is the link to the
    end that the chain had (kernel/audit_mac.py); `mac` covers every other column.
    """

    __table_args__ = (
        sa.UniqueConstraint("tenant_id", "sequence"),
        sa.Index("ix_audit_entry_person", "tenant_id", "person"),
        sa.Index("ix_audit_entry_actor_id", "tenant_id", "actor_id", "id"),
        sa.Index("ix_audit_entry_tenant_id_action_id", "tenant_id", "action", "id"),
        sa.Index("ix_audit_entry_actor", "tenant_id", "actor_id", "action", "id"),
        sa.Index("ix_audit_entry_target", "tenant_id", "target_id", "id"),
    )

    # No foreign key: entries outlive their tenant.
    tenant_id: UUID = Field(primary_key=True)
    sequence: int = Field(sa_type=sa.BigInteger)
    actor_id: UUID | None = None
    person: str = Field(max_length=64)
    via: str = Field(max_length=16)
    action: str = Field(max_length=100)
    target_type: str = Field(default="", max_length=64)
    target_id: str = Field(default="", max_length=64)
    summary: dict[str, object] = json_column(dict)
    previous: str = Field(max_length=64)
    mac: str = Field(max_length=80)


class AuditPerson(TenantScoped, table=True):
    """Personal data that entries refer to by a keyed hash. Erasure empties the three fields and makes `mac` a tombstone's;
    database triggers refuse any other change.
    """

    __table_args__ = (sa.Index("ix_audit_person_newest", "tenant_id", "actor_id", "created_at"),)

    tenant_id: UUID = Field(primary_key=True)
    person: str = Field(primary_key=True, max_length=64)
    actor_id: UUID | None = None
    name: str
    email: str
    ip: str = Field(max_length=64)
    created_at: datetime = Field(default_factory=utcnow)
    mac: str = Field(max_length=80)


class AuditHead(TenantScoped, table=True):
    """The end of a tenant's chain: the last entry's number, and a code over that entry's. Its row is locked while an entry
    is added.
    """

    tenant_id: UUID = Field(primary_key=True)
    sequence: int = Field(default=0, sa_type=sa.BigInteger)
    mac: str = Field(default="", max_length=80)


class AuditStart(TenantScoped, table=True):
    """Where a tenant's chain begins once its oldest entries had their time (kernel/audit_retention.py): the number and code
    of the last one that was dropped, 0 and "" when none was, and since when entries are kept; under a code of its own.
    Database triggers let entries be deleted up to there, and let it only grow.
    """

    tenant_id: UUID = Field(primary_key=True)
    sequence: int = Field(sa_type=sa.BigInteger)
    entry: str = Field(max_length=80)
    kept_from: datetime
    mac: str = Field(max_length=80)


class AuditVerification(InstallationOwned, table=True):
    """One verification of every chain (kernel/audit_runs.py). `outcome` is `waiting`, `running`, then `whole`, `changed`,
    `unchecked` (rows name keys that are not here) or `failed`; `problems` are sentences by tenant, `note` one about all.
    `mac` covers every other column (kernel/audit_results.py).
    """

    __table_args__ = (
        sa.Index("ix_audit_verification_open", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    source: str = Field(max_length=16)
    asked_by: UUID | None = None
    outcome: str = Field(default="waiting", max_length=16)
    started_at: datetime | None = None
    finished_at: datetime | None = None
    entries: int = Field(default=0, sa_type=sa.BigInteger)
    problems: dict[str, list[str]] = json_column(dict)
    note: str = Field(default="", max_length=1000)
    mac: str = Field(default="", max_length=80)
