"""Clients, projects and what else CRMs hold, as it is read and changed here."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field, model_validator

from hub_app.crm.fields import Column, Feature, FieldType
from hub_app.kernel.edits import Versioned
from hub_app.kernel.errors import BadRequest
from hub_app.kernel.fields import Input, Json

__all__ = [
    "MAX_FIELDS",
    "ChangeOut",
    "Feature",
    "FieldOut",
    "PastOut",
    "RecordDetail",
    "RecordIn",
    "RecordOut",
    "RecordPatch",
    "RecordQuery",
    "RelatedOut",
    "RestorationOut",
    "RestoreIn",
    "Sort",
    "SourceOut",
    "Values",
    "VersionOut",
]

Sort = Literal["name", "email", "phone", "date", "status", "value", "updated_at", "created_at"]
MAX_FIELDS = 200
Values = Annotated[
    dict[Annotated[str, Field(max_length=64)], Json],
    Field(max_length=MAX_FIELDS, description="By the field's key. A null empties a field."),
]


class RecordQuery(BaseModel):
    """Which records a list holds, and in which order."""

    resource: Feature = "clients"
    q: Annotated[
        str,
        Query(
            max_length=100,
            description="Words that are all in the name, the e-mail address or the company of a record or its people; or a phone number.",
        ),
    ] = ""
    status: Annotated[str, Query(max_length=100)] = ""
    date_from: date | None = None
    date_to: date | None = None
    archived: Annotated[bool, Query(description="Those in the archive instead.")] = False
    integration_id: Annotated[UUID | None, Query(description="Those that this CRM knows.")] = None
    sort: Sort = "created_at"
    order: Literal["asc", "desc"] = "desc"


class RecordIn(Input):
    """A record to make."""

    resource: Feature = "clients"
    fields: Values


class RecordPatch(Input):
    """The fields to change; the others stay."""

    fields: Values = Field(default_factory=dict[str, Any])

    @model_validator(mode="after")
    def _something(self) -> "RecordPatch":
        if not self.fields:
            raise BadRequest("No fields to update")
        return self


class RecordOut(Versioned):
    """A record: what lists show, and all of its values in `fields`. Empty texts, and a value of 0, stand for none."""

    id: UUID
    resource: str
    record_version: int
    name: str
    email: str
    phone: str
    date: str
    status: str
    value: float
    fields: dict[str, Any]
    integration_ids: list[UUID] = Field(
        default_factory=list[UUID], description="The CRMs that know it; in lists and on reading alone."
    )
    archived_at: datetime | None
    created_at: datetime
    updated_at: datetime


class FieldOut(BaseModel):
    """A field that records have."""

    key: str
    label: str
    type: FieldType
    column: Annotated[
        Column | None, Field(description="Of a list, if the field feeds one: lists can be sorted by these.")
    ] = None
    custom: bool


class SourceOut(BaseModel):
    """A CRM that knows a record, and by which id. `last_read_at` is when it was last seen there."""

    integration_id: UUID
    integration_name: str
    crm_provider: str
    crm_name: str
    external_id: str
    state: Literal["linked", "gone", "merged", "sent"]
    last_read_at: datetime
    changed_at_crm: datetime | None
    gone_at: datetime | None
    waits_to_be_sent: bool


class RelatedOut(BaseModel):
    """A record that this one names in `field`, or, with `direction` from, one that names this one. `id` is null as long as it has not
    been imported.
    """

    direction: Literal["to", "from"]
    field: str
    external_id: str
    id: UUID | None
    resource: str
    name: str
    date: str
    status: str
    value: float


class RecordDetail(RecordOut):
    """A record, with the fields that it may have, the CRMs that know it, and the records around it."""

    known_fields: list[FieldOut]
    sources: list[SourceOut]
    related: list[RelatedOut]


class ChangeOut(BaseModel):
    field: str
    label: str
    before: Any
    after: Any


class VersionOut(BaseModel):
    """A version of a record: what changed, and who did it, a person or a sync job."""

    id: UUID
    version: int
    kind: str
    at: datetime
    made_by: str
    job_id: UUID | None
    job_type: str
    integration_id: UUID | None
    integration_name: str
    crm_name: str
    changes: list[ChangeOut]
    undone: bool
    is_current: Annotated[bool, Field(description="The record is still as it was then.")]


class PastOut(Versioned):
    """A record as it was. The version `made_by` made it so; `fields` are its values then, `changes` those that differ from now: `before` is a
    field's value now, `after` the one that it had then. `earlier_id` and `later_id` are the versions beside it.
    """

    at: Annotated[datetime, Field(description="Since when the record was like this.")]
    made_by: VersionOut
    fields: dict[str, Any]
    archived_at: datetime | None
    changes: list[ChangeOut]
    earlier_id: UUID | None
    later_id: UUID | None


class RestoreIn(Input):
    """A version to go back to, whole or by some of its fields."""

    version_id: UUID
    fields: Annotated[
        list[Annotated[str, Field(max_length=64)]] | None,
        Field(
            min_length=1,
            max_length=MAX_FIELDS,
            description="The keys of the fields to restore. Without them the whole record is, which only a customer admin may do.",
        ),
    ] = None


class RestorationOut(Versioned):
    """What restoring a version would change: `before` is a field's value now, `after` the one that it had then."""

    version_id: UUID
    record_version: int
    at: datetime
    changes: list[ChangeOut]
    staying: Annotated[
        list[str], Field(description="Labels of fields that differ, too, and stay: only the CRM sets them.")
    ]
