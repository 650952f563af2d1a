"""Plans and their runs."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import orjson
from pydantic import BaseModel, Field, JsonValue, StringConstraints, field_validator, model_validator

from hub_app.apiclient.templates import MAX_EXPRESSIONS
from hub_app.connectors.schemas.actions import Description, Omitted, Slug, check_omitted
from hub_app.kernel.edits import Versioned
from hub_app.kernel.fields import Input, Json, Name, Patch, Text
from hub_app.kernel.validation import matching
from hub_app.plans import schedule, templates

MAX_STEPS = 50
MAX_INPUT = 256 * 1024
MAX_SIZE = 256 * 1024
RunStatus = Literal["waiting", "running", "cancelling", "succeeded", "failed", "cancelled"]
StepStatus = Literal["waiting", "running", "retrying", "succeeded", "failed", "skipped"]
RunTrigger = Literal["manual", "schedule", "event"]
_EVENT_TYPE = "must be words of letters A to Z, digits and underscores, joined by dots, such as task.created"
EventTypeName = Annotated[str, matching(r"^[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*$", _EVENT_TYPE, most=100)]
EventTypeOrNone = Annotated[str, matching(r"^([A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*)?$", _EVENT_TYPE, most=100)]
StepId = Annotated[
    str,
    matching(
        r"^[A-Za-z_][A-Za-z0-9_]*$",
        "must begin with a letter or an underscore, and may contain only letters A to Z, digits and underscores",
        most=64,
    ),
]


class Step(Input):
    """A call of an action. Texts in `params` may refer to what is known then, by JMESPath and nothing more:
    `{{ steps.list_items.data[0].id }}`, `{{ input.name }}`, `{{ event.data.order }}`.

    `null` in `params` is sent as `null` in a JSON body, and not at all elsewhere; `omit` names parameters that are left
    out though they have a default. When it fails: `stop` ends the run, `continue` goes on with the next step, `retry` tries up to `retries` times
    more (after 5, 10, 20 … seconds) and then stops.
    """

    id: StepId
    integration_id: UUID
    action: Slug
    params: Annotated[dict[Text, Json], Field(max_length=200)] = Field(default_factory=dict[Text, Json])
    omit: Omitted = Field(default_factory=list[str])
    on_error: Literal["stop", "continue", "retry"] = "stop"
    retries: int = Field(default=3, ge=1, le=10)

    @model_validator(mode="after")
    def _given_or_omitted(self) -> "Step":
        check_omitted(self.params, self.omit)
        return self


class Schedule(Input):
    """When a plan runs by itself: `cron` (five fields, in `timezone`) or `every_minutes`. `{}` is no schedule."""

    cron: Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)] = ""
    every_minutes: int | None = Field(default=None, ge=1, le=44_640)
    timezone: Annotated[str, StringConstraints(max_length=64)] = "UTC"

    @model_validator(mode="after")
    def _one_of_both(self) -> "Schedule":
        if bool(self.cron) == (self.every_minutes is not None) and self.model_fields_set:
            raise ValueError("takes either cron or every_minutes")
        return self

    @field_validator("cron")
    @classmethod
    def _cron(cls, value: str) -> str:
        schedule.check(value, "UTC")
        return value

    @field_validator("timezone")
    @classmethod
    def _timezone(cls, value: str) -> str:
        schedule.check("", value)
        return value


def stored(steps: Sequence[Step]) -> list[dict[str, object]]:
    """Steps as they are kept."""
    return [step.model_dump(mode="json") for step in steps]


def kept(steps: Sequence[Mapping[str, object]]) -> list[Step]:
    """The steps that were `stored`. They were checked then: to do it again takes a tenth of a second for the largest."""
    return [
        Step.model_construct(**{**one, "integration_id": UUID(str(one["integration_id"]))})  # type: ignore[arg-type]
        for one in steps
    ]


def _in_order(steps: list[Step]) -> list[Step]:
    """Not too much, each id once, and no step refers to one that comes later."""
    size = len(orjson.dumps(stored(steps)))
    if size > MAX_SIZE:
        raise ValueError(
            f"are {size / 1024:,.0f} KiB of JSON together, and may be {MAX_SIZE // 1024} KiB. Let a step fetch what"
            " is large, or split the plan"
        )
    known: list[str] = []
    left = MAX_EXPRESSIONS
    for step in steps:
        if step.id in known:
            raise ValueError(f"the step {step.id!r} appears more than once")
        try:
            left = templates.check(dict(step.params), known, left)
        except ValueError as error:
            raise ValueError(f"the step {step.id!r}: {error}") from None
        known.append(step.id)
    return steps


Steps = Annotated[list[Step], Field(min_length=1, max_length=MAX_STEPS)]


class PlanIn(Input):
    name: Name
    description: Description = ""
    steps: Steps
    schedule: Schedule | None = None
    event_type: EventTypeName | None = None
    is_active: bool = True

    _steps = field_validator("steps")(_in_order)


class PlanPatch(Patch):
    """A partial change. A null takes the schedule or the event type away; so do `schedule: {}` and `event_type: ""`."""

    nullable = frozenset({"schedule", "event_type"})

    name: Name | None = None
    description: Description | None = None
    steps: Steps | None = None
    schedule: Schedule | None = None
    event_type: EventTypeOrNone | None = None
    is_active: bool | None = None

    @field_validator("steps")
    @classmethod
    def _steps_in_order(cls, value: list[Step] | None) -> list[Step] | None:
        return value if value is None else _in_order(value)


class PlanOut(Versioned):
    """A plan. `not_started` counts what should have started it since `not_started_since` and did not, because too many runs
    waited already; `too_deep` of them because they came from a chain of runs that was long enough.
    """

    id: UUID
    name: str
    description: str
    steps: list[Step]
    schedule: Schedule | None
    event_type: str | None
    is_active: bool
    next_run_at: datetime | None
    not_started: int
    too_deep: int
    not_started_since: datetime | None
    created_at: datetime
    updated_at: datetime


class PlanRunIn(Input):
    """What the plan's steps may refer to as `input`."""

    input: Annotated[dict[Text, Json], Field(max_length=100)] = Field(default_factory=dict[Text, Json])

    @field_validator("input")
    @classmethod
    def _not_too_large(cls, value: dict[str, JsonValue]) -> dict[str, JsonValue]:
        if len(orjson.dumps(value)) > MAX_INPUT:
            raise ValueError(f"must be at most {MAX_INPUT // 1024} KiB of JSON")
        return value


class PlanRunStepOut(BaseModel):
    id: str
    integration_id: UUID
    action: str
    status: StepStatus
    attempts: int
    execution_id: UUID | None
    error: str
    started_at: datetime | None
    finished_at: datetime | None


class PlanRunOut(BaseModel):
    """A run of a plan with its steps, in order. `event_id` is the event that started it; `depth` tells how many runs it
    comes from, itself included.
    """

    id: UUID
    plan_id: UUID
    status: RunStatus
    trigger: RunTrigger
    event_id: UUID | None
    depth: int
    input: dict[str, JsonValue]
    steps: list[PlanRunStepOut]
    error: str
    started_by: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
