"""What goes in and out of webhooks, over REST and in forms."""

import json
import re
import unicodedata
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    Field,
    JsonValue,
    StringConstraints,
    WithJsonSchema,
    field_validator,
)

from hub_app.kernel.edits import Versioned
from hub_app.kernel.fields import Input, Moment, Name, Patch, Text
from hub_app.kernel.validation import NO_SPACES, matching
from hub_app.webhooks.delivery import signing
from hub_app.webhooks.delivery.retry import RetryPolicy

# Of Unicode's general categories: letters, the marks that many scripts write with them, digits and other numbers.
_OF_WORDS = "LMN"
# What stands between them; two joiners, which Persian and the scripts of India write words with.
_BETWEEN_WORDS = " -_\u200c\u200d"
_TYPE = r"^[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*$"
_PATTERN = re.compile(r"(\*|[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*(\.\*)?)")
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_OUR_HEADERS = {"host", "content-length", "content-type", "transfer-encoding", "connection", "user-agent"}
_MAX_HEADERS = 20
_MAX_HEADER_VALUE = 2000
BATCH_LIMIT = 1000
_STRICT = json.JSONEncoder(ensure_ascii=False, allow_nan=False)

DeliveryStatus = Literal["pending", "delivering", "succeeded", "failed", "expired", "cancelled"]


def _simple_name(value: str) -> str:
    if not all(c in _BETWEEN_WORDS or unicodedata.category(c)[0] in _OF_WORDS for c in value):
        raise ValueError("may hold letters, digits, spaces, hyphens and underscores only")
    return value


def _event_patterns(value: list[str]) -> list[str]:
    for pattern in value:
        if not _PATTERN.fullmatch(pattern) or len(pattern) > 100:  # noqa: PLR2004
            raise ValueError(
                f"{pattern[:100]!r} is not an event type such as task.created, or task.* for all of a family"
            )
    return sorted(set(value))


def _request_headers(value: dict[str, str]) -> dict[str, str]:
    if len(value) > _MAX_HEADERS:
        raise ValueError(f"may hold at most {_MAX_HEADERS} headers")
    for name, text in value.items():
        if not _HEADER_NAME.fullmatch(name):
            raise ValueError(f"{name[:100]!r} is not a header name")
        if name.lower() in _OUR_HEADERS or name.lower().startswith("webhook-"):
            raise ValueError(f"{name} is set by Hub itself")
        if len(text) > _MAX_HEADER_VALUE or not text.isprintable() or not text.isascii():
            raise ValueError(
                f"the value of {name} must be printable ASCII of at most {_MAX_HEADER_VALUE} characters"
            )
    return value


def _portable(value: JsonValue) -> JsonValue:
    """Python's parsers take NaN, Infinity and half characters; receivers' parsers need not."""
    try:
        _STRICT.encode(value).encode()
    except ValueError:
        raise ValueError("must not contain NaN, Infinity or unpaired surrogate characters") from None
    return value


CustomerName = Annotated[
    Name,
    AfterValidator(_simple_name),
    Field(description="Letters and digits of any script, spaces, hyphens and underscores."),
]
Url = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2048)]
# As callers may write it: `_chosen_events` makes a list of an object.
_CHOICE = {
    "description": "Event types, or families of them such as `task.*`. None means all; of an object, those that are true.",
    "oneOf": [
        {"type": "array", "items": {"type": "string", "maxLength": 100}, "maxItems": 200},
        {"type": "object", "additionalProperties": {"type": "boolean"}, "minProperties": 1},
    ],
}
Patterns = Annotated[
    list[str], Field(max_length=200), AfterValidator(_event_patterns), WithJsonSchema(_CHOICE)
]
Headers = Annotated[dict[str, str], AfterValidator(_request_headers)]
RateLimit = Annotated[int, Field(ge=1, le=1000, description="At most this many attempts per second.")]
Description = Annotated[Text, StringConstraints(strip_whitespace=True, max_length=500)]
Data = Annotated[JsonValue, AfterValidator(_portable), WithJsonSchema({"description": "Any JSON."})]
TypeName = Annotated[
    str,
    matching(
        _TYPE,
        "must be words of letters A to Z, digits and underscores, joined by dots, such as task.created",
        most=100,
    ),
]


def _chosen_events(value: object) -> object:
    """`{"task.created": true, …}` means the true ones; a list is taken as it is."""
    if not isinstance(value, dict):
        return value
    chosen = [name for name, on in value.items() if on is True]  # type: ignore[misc]
    if not all(isinstance(on, bool) for on in value.values()):  # type: ignore[misc]
        raise ValueError("must say true or false for each event type")
    if not chosen:
        raise ValueError("chooses no event type. Leave it out to receive all.")
    return chosen  # type: ignore[return-value]


class IntegrationIn(Input):
    """The customer plane's way to create an endpoint."""

    name: CustomerName
    webhook_url: Url
    enabled: bool = True


class IntegrationPatch(Patch):
    name: CustomerName | None = None
    webhook_url: Url | None = None
    enabled: bool | None = None


class IntegrationOut(Versioned):
    """The customer plane's view of an endpoint. `webhook_url` shows scheme and host only."""

    integration_id: UUID
    name: str
    webhook_url: str
    enabled: bool
    created_at: datetime
    updated_at: datetime


class EndpointIn(Input):
    name: Name | None = None
    url: Url
    secret: str | None = Field(default=None, description="`whsec_…`; made by Hub when absent.")
    events: Patterns = Field(default_factory=list)
    retry_policy: RetryPolicy = RetryPolicy.EXPONENTIAL
    headers: Headers = Field(default_factory=dict)
    rate_limit: RateLimit | None = None
    description: Description = ""
    enabled: bool = True

    _events = field_validator("events", mode="before")(_chosen_events)

    @field_validator("secret")
    @classmethod
    def _valid_secret(cls, value: str | None) -> str | None:
        if value is not None:
            signing.decode_secret(value)
        return value


class EndpointPatch(Patch):
    nullable = frozenset({"rate_limit"})

    name: Name | None = None
    url: Url | None = None
    events: Patterns | None = None
    retry_policy: RetryPolicy | None = None
    headers: Headers | None = None
    rate_limit: Annotated[int, Field(ge=0, le=1000)] | None = Field(
        default=None, description="At most this many attempts per second; null or 0 takes the limit away."
    )
    description: Description | None = None
    enabled: bool | None = None

    _events = field_validator("events", mode="before")(_chosen_events)


class EndpointOut(Versioned):
    """An endpoint without its secrets. `url` shows scheme and host only."""

    id: UUID
    name: str
    url: str
    events: list[str]
    enabled: bool
    retry_policy: RetryPolicy
    rate_limit: int | None
    description: str
    disabled_reason: str
    failing_since: datetime | None = Field(
        description="Every delivery failed since then; null after one that succeeded. Turning the endpoint on does not clear it."
    )
    turned_on_at: datetime | None = Field(
        description="When it was last turned on again; null if it was never off."
    )
    created_at: datetime
    updated_at: datetime


class EndpointSecrets(EndpointOut):
    """What an admin sees on opening the edit form, the full `url` too; every look is audited."""

    headers: dict[str, str]


class SecretOut(BaseModel):
    secret: str
    old_secret_expires_at: datetime | None


class EventIn(Input):
    type: TypeName
    data: Data
    idempotency_key: Annotated[str, matching(r"^[\x21-\x7e]+$", NO_SPACES, most=200)] | None = None


class Published(BaseModel):
    """The ids of accepted events, in the order they were sent."""

    ids: list[UUID]


class EventOut(BaseModel):
    id: UUID
    type: str
    created_at: datetime


class EventDetail(EventOut):
    data: JsonValue
    idempotency_key: str | None


class TrialIn(Input):
    """Which event to send now. The default says that it is a test."""

    type: TypeName = "webhook.test"
    data: Data = Field(default_factory=lambda: {"message": "This is a test event from Hub."})


class AttemptOut(BaseModel):
    id: UUID
    number: int
    trigger: str
    started_at: datetime
    duration_ms: int
    status_code: int | None
    error_kind: str
    error_detail: str
    response_headers: dict[str, str]
    response_body: str


class DeliveryOut(BaseModel):
    id: UUID
    endpoint_id: UUID
    event_id: UUID
    event_type: str
    status: DeliveryStatus
    attempts: int
    trigger: str
    next_attempt_at: datetime | None
    status_code: int | None
    error_kind: str
    duration_ms: int | None
    created_at: datetime
    finished_at: datetime | None


class DeliveryDetail(DeliveryOut):
    """A delivery with its history. `payload` is the body as it is sent."""

    attempts_made: list[AttemptOut]
    payload: str


class DeliveryFilter(Input):
    status: DeliveryStatus | None = None
    type: TypeName | None = None
    since: Moment | None = None
    until: Moment | None = None


class RecoverIn(Input):
    """Since when deliveries are sent again."""

    since: Moment
