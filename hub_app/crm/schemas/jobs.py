"""Jobs of syncing a CRM: started, watched, taken back."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from hub_app.crm.fields import Feature
from hub_app.kernel.fields import Input

TriggerType = Literal["full_import", "incremental_sync", "export_to_crm"]
JobStatus = Literal[
    "pending", "running", "cancelling", "completed", "failed", "cancelled", "needs_confirmation"
]
JOB_TYPES: dict[str, str] = {"export": "export_to_crm", "mapping_update": "field_mapping_update"}
"""What the engine's types are called here, where that is something else."""


class JobConfig(Input):
    """What a job is for. `resources`: these alone. `create_missing`, of an export: records that the CRM does not have are made there."""

    resources: Annotated[list[Feature] | None, Field(max_length=5)] = None
    create_missing: bool = False


class SyncIn(Input):
    """A job to start."""

    job_type: TriggerType
    job_config: JobConfig = JobConfig()


class CheckIn(Input):
    """A check to start: of everything, or of a sample."""

    mode: Literal["full", "sample"] = "full"
    sample_size: Annotated[int, Field(ge=1, le=1000)] = 50
    resources: Annotated[list[Feature] | None, Field(max_length=5)] = None


class ConfirmIn(Input):
    """The digests of the lists that are confirmed, by resource, as the job shows them."""

    digests: Annotated[dict[Feature, str], Field(min_length=1, max_length=5)]


class UndoIn(Input):
    """Whether an undo only tells what it would do."""

    dry_run: bool = False


class SyncJobOut(BaseModel):
    """A job. `progress_percent` is null while it is not known how much there is. `counts` tell more, by resource."""

    id: UUID
    integration_id: UUID
    job_type: str
    job_status: JobStatus
    dry_run: bool
    job_config: dict[str, Any]
    trigger: str
    progress_percent: int | None
    records_processed: int
    records_total: int | None
    records_created: int
    records_updated: int
    records_unchanged: int
    records_skipped: int
    records_failed: int
    conflicts: int
    outcome: Literal["success", "partial", "failed"] | None
    counts: dict[str, dict[str, Any]]
    needs_confirmation: dict[str, dict[str, Any]]
    error_details: str | None
    file_id: Annotated[UUID | None, Field(description="The file that it imports, if any.")]
    undoes_job_id: UUID | None
    undone_by_job_id: UUID | None
    started_by: str
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None


class SyncJobAnswer(BaseModel):
    sync_job: SyncJobOut


class LogOut(BaseModel):
    """What a job has to say of a record, or of itself."""

    id: UUID
    level: str
    resource: str
    external_id: str
    record_id: UUID | None
    message: str
    detail: dict[str, Any]
    created_at: datetime


class FindingOut(BaseModel):
    """What a preview would do with a record, how a check found it to differ, or what an undo keeps."""

    id: UUID
    kind: str
    resource: str
    external_id: str
    record_id: UUID | None
    name: str
    detail: dict[str, Any]
