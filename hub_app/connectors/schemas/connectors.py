"""A connector with its actions, in one document; its credentials."""

import json
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    field_validator,
    model_validator,
)
from pydantic.config import JsonDict

from hub_app.apiclient import urls
from hub_app.connectors.schemas.actions import MAX_ACTIONS, Action, Description, Slug, header_name
from hub_app.governance.schemas.consents import Agreement, ConsentGiven
from hub_app.kernel.edits import Versioned
from hub_app.kernel.errors import Invalid
from hub_app.kernel.fields import Input, Moment, Name
from hub_app.kernel.validation import NO_SPACES, matching, renamed, validated

MAX_HEADERS = 20
MAX_HEADER_VALUE = 2000
MAX_CREDENTIAL = 16_384

AuthType = Literal["api_key", "oauth", "basic", "none"]
CredentialType = Literal["api_key", "oauth_token", "oauth_refresh_token", "basic"]
# Which credentials an authentication takes.
CREDENTIALS: dict[AuthType, tuple[CredentialType, ...]] = {
    "api_key": ("api_key",),
    "oauth": ("oauth_token", "oauth_refresh_token"),
    "basic": ("basic",),
    "none": (),
}
_PRINTABLE = r"^[\x20-\x7e]*$"
_PRINTED = "may contain only letters A to Z, digits, punctuation and spaces"
Url = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2048)]


def _headers(value: dict[str, str]) -> dict[str, str]:
    if len(value) > MAX_HEADERS:
        raise ValueError(f"may hold at most {MAX_HEADERS} headers")
    for name, text in value.items():
        header_name(name)
        if name.lower() == "authorization":
            raise ValueError("must not hold Authorization. Save a credential instead: it is kept sealed")
        if len(text) > MAX_HEADER_VALUE or not text.isprintable() or not text.isascii():
            raise ValueError(
                f"the value of {name} must be printable ASCII of at most {MAX_HEADER_VALUE} characters"
            )
    return value


class Access(Input):
    """Where the API is, and how a call shows who makes it.

    `auth_query` names a query parameter that carries the key instead of the header. For `oauth`: the authorization
    server of your own OAuth client, or `connection_id`, an OAuth connection that is there already.
    """

    base_url: Url
    auth_header: Annotated[str, StringConstraints(max_length=100)] = "Authorization"
    auth_prefix: Annotated[str, matching(_PRINTABLE, _PRINTED, most=50)] = "Bearer"
    auth_query: Annotated[str, matching(r"^[\x21-\x7e]*$", NO_SPACES, most=100)] = ""
    authorize_url: Url = ""
    token_url: Url = ""
    revoke_url: Url = ""
    client_id: Annotated[str, matching(_PRINTABLE, _PRINTED, most=500)] = ""
    client_secret: Annotated[str, matching(_PRINTABLE, _PRINTED, most=2000)] | None = Field(
        default=None, description="Never given back. Absent: the one that is stored stays."
    )
    scopes: Annotated[
        list[Annotated[str, matching(r"^[\x21-\x7e]+$", NO_SPACES, most=200)]],
        Field(max_length=100),
    ] = Field(default_factory=list[str])
    pkce: bool = True
    connection_id: UUID | None = None

    @field_validator("base_url")
    @classmethod
    def _is_a_base(cls, value: str) -> str:
        return urls.checked_base(value)

    @field_validator("auth_header")
    @classmethod
    def _header(cls, value: str) -> str:
        return header_name(value)

    @property
    def has_client(self) -> bool:
        """Whether it describes an OAuth client of the tenant's own."""
        return bool(self.authorize_url or self.token_url or self.client_id)


_EXAMPLE: JsonDict = {
    "name": "my_api",
    "display_name": "My API",
    "auth_type": "api_key",
    "oauth_config": {
        "base_url": "https://api.example.com/v1",
        "auth_header": "Authorization",
        "auth_prefix": "Bearer",
    },
    "actions": [
        {
            "id": "list_items",
            "name": "List items",
            "method": "GET",
            "endpoint": "/items",
            "parameters": ["q", {"name": "limit", "in": "query", "type": "integer", "default": 20}],
        }
    ],
}


class ConnectorIn(Input):
    """A connector and its actions."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_EXAMPLE]})

    name: Slug
    display_name: Name = ""
    description: Description = ""
    auth_type: AuthType = "none"
    oauth_config: Access
    default_headers: dict[str, str] = Field(default_factory=dict[str, str])
    is_active: bool = True
    actions: Annotated[list[Action], Field(max_length=MAX_ACTIONS)] = Field(default_factory=list[Action])

    _default_headers = field_validator("default_headers")(_headers)

    @model_validator(mode="before")
    @classmethod
    def _shown_by_its_name(cls, value: object) -> object:
        if isinstance(value, dict) and not value.get("display_name"):  # type: ignore[misc]
            return {**value, "display_name": str(value.get("name", ""))}  # type: ignore[misc]
        return value  # type: ignore[return-value]

    @field_validator("actions")
    @classmethod
    def _each_once(cls, value: list[Action]) -> list[Action]:
        ids = [one.id for one in value]
        twice = sorted({one for one in ids if ids.count(one) > 1})
        if twice:
            raise ValueError(f"the action {twice[0]!r} appears more than once")
        return value


class ConsentedConnectorIn(ConnectorIn):
    """A connector and its actions, with consent to its being called, which counts where it is new or its host is. It may be
    left out, unless the tenant wants it to be stated.
    """

    consent: ConsentGiven | None = None

    @property
    def agreement(self) -> Agreement | None:
        return self.consent.agreement if self.consent else None


class AccessOut(Versioned):
    """How a connector reaches its API, without secrets."""

    base_url: str
    auth_header: str
    auth_prefix: str
    auth_query: str
    authorize_url: str = ""
    token_url: str = ""
    revoke_url: str = ""
    client_id: str = ""
    has_client_secret: bool = False
    scopes: list[str] = Field(default_factory=list[str])
    pkce: bool = True
    connection_id: UUID | None = None


class CredentialOut(BaseModel):
    """A credential: what it is and whether it works, never its value."""

    type: CredentialType
    hint: str
    is_valid: bool | None
    expires_at: datetime | None
    last_validated_at: datetime | None
    last_error: str
    updated_at: datetime


class ConnectorSummary(BaseModel):
    """A connector in a list."""

    id: UUID
    name: str
    display_name: str
    description: str
    auth_type: AuthType
    base_url: str
    is_active: bool
    created_at: datetime
    updated_at: datetime


class ConnectorOut(Versioned):
    """A connector as it was given, without secrets, and the state of its credentials."""

    id: UUID
    name: str
    display_name: str
    description: str
    auth_type: AuthType
    oauth_config: AccessOut
    default_headers: dict[str, str]
    is_active: bool
    actions: list[Action]
    credentials: list[CredentialOut]
    created_at: datetime
    updated_at: datetime


class BasicLogin(Input):
    """The value of a `basic` credential. A user name cannot hold a colon (RFC 7617)."""

    username: Annotated[
        str, matching(r"^[^:\x00-\x1f\x7f]+$", "must not contain colons or control characters", most=300)
    ]
    password: Annotated[
        str, matching(r"^[^\x00-\x1f\x7f]*$", "must not contain control characters", most=2000)
    ]


class CredentialIn(Input):
    """A credential to keep, in place of the one of this type. `value` of `basic` is `{"username", "password"}`."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"type": "api_key", "value": "sk_live_51H…"}]}
    )

    type: CredentialType
    value: JsonValue
    expires_at: Moment | None = None

    def sealed_text(self) -> str:
        """The value as it is sealed; Invalid when it is none of this type."""
        if self.type == "basic":
            with renamed(lambda one: f"value.{one.field}".rstrip(".")):
                return json.dumps(validated(BasicLogin, self.value).model_dump())
        if not isinstance(self.value, str):
            raise Invalid.field("value", "must be text")
        if not self.value.strip():
            raise Invalid.field("value", "must not be empty")
        text = self.value.strip()
        if len(text) > MAX_CREDENTIAL or not (text.isascii() and text.isprintable()):
            raise Invalid.field("value", f"must be printable ASCII of at most {MAX_CREDENTIAL:,} characters")
        return text
