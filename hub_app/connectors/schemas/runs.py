"""Runs of actions, tests, and the executions that are kept of them."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field, JsonValue, StringConstraints, model_validator

from hub_app.apiclient.errors import Kind
from hub_app.connectors.schemas.actions import Method, Omitted, Slug, check_omitted
from hub_app.kernel.fields import Input, Moment
from hub_app.kernel.validation import NO_SPACES, matching

Trigger = Literal["run", "test", "plan"]
Outcome = Literal["succeeded", "failed"]
Key = Annotated[str, matching(r"^[\x21-\x7e]+$", NO_SPACES, most=200)]
"""An `Idempotency-Key`."""


class RunIn(Input):
    """What to run an action with. `null` in `params` is sent as `null` in a JSON body, and not at all elsewhere. `omit`
    names parameters that are left out though they have a default. `fresh` passes by the cache.
    """

    params: Annotated[dict[str, JsonValue], Field(max_length=200)] = Field(
        default_factory=dict[str, JsonValue]
    )
    omit: Omitted = Field(default_factory=list[str])
    fresh: bool = False

    @model_validator(mode="after")
    def _given_or_omitted(self) -> Self:
        check_omitted(self.params, self.omit)
        return self


class RunError(BaseModel):
    """Why a run failed: `params` or `credential` when no call could be made; `rate_limited` when the API had asked to wait;
    `dns`, `connect`, `tls`, `timeout`, `refused_address`, `too_large` or `protocol` when no usable response came; `status` for a
    response that is no success, `auth` for a refused credential; `invalid_json`, `pagination` or `selection` when what is
    wanted is not in the response.
    """

    kind: Kind
    detail: str
    retry_after: float | None = Field(default=None, exclude=True)


class RunOut(BaseModel):
    """What came of a run. `data` is what the action's JMESPath selected from the response; `more` tells that a limit ended
    reading before the API's last page.
    """

    execution_id: UUID
    ok: bool
    status_code: int | None
    data: JsonValue
    cached: bool
    pages: int
    more: bool
    duration_ms: int
    error: RunError | None


class TestIn(Input):
    """One call to try a connector with: a path below its base URL."""

    __test__ = False

    endpoint: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)] = "/"
    method: Method = "GET"
    body: JsonValue = None


class TestOut(BaseModel):
    """What came of a test. `is_valid` says whether the credential was accepted, null when that stays unknown;
    `advice` what to do when something is wrong.
    """

    __test__ = False

    execution_id: UUID
    ok: bool
    status_code: int | None
    duration_ms: int
    headers: dict[str, str]
    body: str
    is_valid: bool | None
    error: RunError | None
    advice: str


class ExecutionOut(BaseModel):
    """One call in a list. `url` has hints in place of secrets."""

    id: UUID
    integration_id: UUID
    action: str
    plan_run_id: UUID | None
    trigger: Trigger
    actor: str
    method: str
    url: str
    ok: bool
    status_code: int | None
    error_kind: str
    cached: bool
    pages: int
    duration_ms: int
    created_at: datetime


class ExecutionDetail(ExecutionOut):
    """A call whole: what was sent, with hints in place of secrets, and the first 64 KiB of the response."""

    request_headers: dict[str, str]
    request_body: str
    response_headers: dict[str, str]
    response_body: str
    truncated: bool
    error_detail: str


class ExecutionFilter(Input):
    action: Slug | None = None
    outcome: Outcome | None = None
    trigger: Trigger | None = None
    since: Moment | None = None
    until: Moment | None = None
