"""Fields that were changed on both sides, and possible duplicates: what waits for a person's decision."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field, JsonValue, model_validator

from hub_app.crm.fields import FieldType
from hub_app.crm.schemas.integrations import SyncDirection
from hub_app.kernel.edits import Versioned
from hub_app.kernel.fields import Input, Json
from hub_app.sync.schemas import Choice

ConflictStatus = Literal["open", "resolved", "obsolete"]
DuplicateStatus = Literal["open", "merged", "dismissed"]


class ConflictField(BaseModel):
    """A field in conflict: its value here, at the CRM, and the one that both agreed on before."""

    field: str
    label: str
    type: FieldType
    hub: JsonValue
    crm: JsonValue
    base: JsonValue
    chosen: Literal["hub", "crm", "value"] | None = None


class ConflictOut(Versioned):
    """A record with fields in conflict. Nothing of them is overwritten on either side until somebody chooses."""

    id: UUID
    record_id: UUID
    record_name: str
    resource: str
    integration_id: UUID
    integration_name: str
    crm_provider: str
    sync_direction: SyncDirection
    status: ConflictStatus
    fields: list[ConflictField]
    resolved_by: str
    resolved_at: datetime | None
    created_at: datetime


class ChoiceIn(Input):
    """Whose value a field gets: the hub's, the CRM's, or the one in `value`."""

    take: Literal["hub", "crm", "value"]
    value: Json = None

    @model_validator(mode="after")
    def _value_belongs_to_take(self) -> Self:
        if self.take != "value" and self.value is not None:
            raise ValueError("a value is given with take: value alone")
        return self

    @property
    def choice(self) -> Choice:
        return Choice(take="source" if self.take == "crm" else self.take, value=self.value)


class ResolveIn(Input):
    """What is chosen, by field. The conflict stays open for the fields that are not named."""

    choices: Annotated[dict[str, ChoiceIn], Field(min_length=1, max_length=200)]


class ResolveAlikeIn(Input):
    """The same side for one field, in every open conflict of the same connection."""

    field: Annotated[str, Field(max_length=64)]
    take: Literal["hub", "crm"]


class Resolved(BaseModel):
    resolved: Annotated[int, Field(description="How many conflicts it was chosen in.")]


class DuplicateSide(BaseModel):
    """One of two records that may be the same."""

    id: UUID
    name: str
    email: str
    phone: str
    date: str
    status: str
    values: dict[str, Any]
    sources: list[str]
    created_at: datetime


class DuplicateOut(Versioned):
    """Two records that may be the same person or thing: because they share an e-mail address or a phone number, or have nearly the
    same name on the same date.
    """

    id: UUID
    resource: str
    why: Literal["email", "phone", "name_and_date"]
    score: int
    status: DuplicateStatus
    first: DuplicateSide
    second: DuplicateSide
    decided_by: str
    kept: Annotated[UUID | None, Field(description="Of merged ones, the record that stayed.")]
    created_at: datetime


class MergeIn(Input):
    """Which record stays, and for which fields it takes the other one's value."""

    keep: UUID
    take: Annotated[list[str], Field(max_length=200)] = Field(default_factory=list[str])


class ExactMatches(BaseModel):
    """How many records of a connection another CRM has, too: with the same e-mail address and name, one to one."""

    integration_id: UUID
    connection_name: str
    count: int
    more: Annotated[bool, Field(description="Whether there may be more than were counted.")]
    not_exact: Annotated[
        int,
        Field(
            description="Pairs with other CRMs that somebody has to look at: another name, or several records that fit."
        ),
    ]


class ExactMatchesList(BaseModel):
    items: list[ExactMatches]


class LinkIn(Input):
    """Whether the job only tells what it would link."""

    dry_run: bool = False
