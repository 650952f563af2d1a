"""What goes in and out of OAuth, over REST and in forms."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Literal, cast
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, SecretStr, StringConstraints, ValidationInfo

from hub_app.governance.schemas.consents import ConsentGiven
from hub_app.kernel import selection
from hub_app.kernel.edits import Versioned
from hub_app.kernel.fields import Input, Moment, Name, Patch, Text
from hub_app.kernel.selection import Unselectable
from hub_app.kernel.validation import NO_SPACES, matching
from hub_app.oauth.provider import ClientAuth, Revocation, TokenBody

_SCOPE = re.compile(r"[\x21\x23-\x2b\x2d-\x5b\x5d-\x7e]{1,200}")
_PARAMETER = re.compile(r"[A-Za-z0-9_.-]{1,50}")
# What the flow itself sets.
_RESERVED = {"response_type", "client_id", "redirect_uri", "state", "code_challenge", "code_challenge_method"}

ConnectionStatus = Literal["connected", "expired", "revoked", "error"]


def _scope(value: str) -> str:
    if not _SCOPE.fullmatch(value):
        raise ValueError("must be scopes without spaces, commas, quotes and backslashes")
    return value


def _parameters(value: dict[str, str]) -> dict[str, str]:
    for name, text in value.items():
        if not _PARAMETER.fullmatch(name) or not text.isprintable():
            raise ValueError(f"{name[:50]!r} is not a parameter's name, or its value is not printable")
        if name in _RESERVED:
            raise ValueError(f"{name} is set by Hub itself")
    return value


def _path(value: str) -> str:
    try:
        selection.check(value)
    except Unselectable:
        raise ValueError(f"{value[:50]!r} is not a JMESPath expression") from None
    return value


def _local(value: str) -> str:
    stays = value.startswith("/") and not value.startswith(("//", "/\\")) and value.isprintable()
    if value and not (stays and "\\" not in value):
        raise ValueError("must be a path of Hub's own such as /connectors")
    return value


def stray_scope(default: Iterable[str], scopes: Iterable[str]) -> str:
    """What is wrong with an app's default scopes; "" when all are among its scopes."""
    strays = sorted(set(default) - set(scopes))
    return f"must be among the app's scopes; {strays[0]} is not" if strays else ""


def _default_scopes(value: list[str], info: ValidationInfo) -> list[str]:
    # Absent from a change, the scopes are the stored ones, which the service knows; refused themselves, they are not known.
    scopes = cast("dict[str, str] | None", info.data.get("scopes"))
    problem = "" if scopes is None else stray_scope(value, scopes)
    if problem:
        raise ValueError(problem)
    return value


Scope = Annotated[str, AfterValidator(_scope)]
Scopes = Annotated[list[Scope], Field(max_length=100)]
ScopeTexts = Annotated[dict[Scope, Annotated[Text, StringConstraints(max_length=300)]], Field(max_length=200)]
Parameters = Annotated[
    dict[str, Annotated[str, StringConstraints(max_length=500)]],
    Field(max_length=30),
    AfterValidator(_parameters),
]
DefaultScopes = Annotated[Scopes, AfterValidator(_default_scopes)]
Path = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300), AfterValidator(_path)]
TokenPath = Annotated[str, StringConstraints(strip_whitespace=True, max_length=100), AfterValidator(_path)]
Url = Annotated[Text, StringConstraints(strip_whitespace=True, max_length=2048)]
ClientId = Annotated[Text, StringConstraints(strip_whitespace=True, max_length=500)]
Secret = Annotated[SecretStr, Field(max_length=4000)]
Token = Annotated[str, matching(r"^[\x21-\x7e]+$", NO_SPACES, most=16_384)]
Slug = Annotated[
    str,
    matching(
        r"^[a-z0-9]+(-[a-z0-9]+)*$",
        "may contain only lowercase letters a to z, digits, and single hyphens between them",
        most=64,
    ),
]
LocalPath = Annotated[str, StringConstraints(max_length=500), AfterValidator(_local)]
Word = Annotated[
    str, matching(r"^[A-Za-z0-9_]+$", "may contain only letters A to Z, digits and underscores", most=64)
]
ParameterName = Annotated[
    str,
    matching(
        r"^[A-Za-z0-9_.-]+$",
        "may contain only letters A to Z, digits, dots, hyphens and underscores",
        most=50,
    ),
]
Logo = Annotated[
    str, matching(r"^[a-z0-9-]*$", "may contain only lowercase letters a to z, digits and hyphens", most=64)
]


class AppIn(Input):
    """An entry of the catalogue. A `client_secret` that is absent is kept."""

    slug: Slug
    name: Name
    logo: Logo = ""
    note: Annotated[Text, StringConstraints(max_length=500)] = ""
    docs_url: Url = ""
    enabled: bool = True
    authorize_url: Url = ""
    token_url: Url = ""
    revoke_url: Url = ""
    userinfo_url: Url = ""
    issuer: Url = ""
    client_id: ClientId = ""
    client_secret: Secret | None = None
    scopes: ScopeTexts = Field(default_factory=dict)
    default_scopes: DefaultScopes = Field(default_factory=list)
    scope_parameter: ParameterName = "scope"
    scope_separator: Literal[" ", ",", "+"] = " "
    pkce: bool = True
    client_auth: ClientAuth = "basic"
    token_body: TokenBody = "form"  # noqa: S105 - a format
    token_path: TokenPath = ""
    revocation: Revocation = "rfc7009"
    extra_params: Parameters = Field(default_factory=dict)
    expired_errors: Annotated[list[Word], Field(max_length=20)] = Field(default_factory=list)
    kept_values: Annotated[list[TokenPath], Field(max_length=20)] = Field(default_factory=list)
    account_id: Path = ""
    account_name: Path = ""


class AppPatch(Patch):
    """What the operator changes; the slug stays."""

    name: Name | None = None
    logo: Logo | None = None
    note: Annotated[Text, StringConstraints(max_length=500)] | None = None
    docs_url: Url | None = None
    enabled: bool | None = None
    authorize_url: Url | None = None
    token_url: Url | None = None
    revoke_url: Url | None = None
    userinfo_url: Url | None = None
    issuer: Url | None = None
    client_id: ClientId | None = None
    client_secret: Secret | None = None
    scopes: ScopeTexts | None = None
    default_scopes: DefaultScopes | None = None
    scope_parameter: ParameterName | None = None
    scope_separator: Literal[" ", ",", "+"] | None = None
    pkce: bool | None = None
    client_auth: ClientAuth | None = None
    token_body: TokenBody | None = None
    token_path: TokenPath | None = None
    revocation: Revocation | None = None
    extra_params: Parameters | None = None
    expired_errors: Annotated[list[Word], Field(max_length=20)] | None = None
    kept_values: Annotated[list[TokenPath], Field(max_length=20)] | None = None
    account_id: Path | None = None
    account_name: Path | None = None


class AppOut(Versioned):
    """An app as tenants see it. `ready`: the operator has registered Hub there, so that members can connect."""

    id: UUID
    slug: str
    name: str
    logo: str
    note: str
    docs_url: str
    scopes: dict[str, str]
    default_scopes: list[str]
    enabled: bool
    ready: bool
    created_at: datetime
    updated_at: datetime


class AppDetail(AppOut):
    """An app as its operator sees it. The secret is shown as a hint."""

    authorize_url: str
    token_url: str
    revoke_url: str
    userinfo_url: str
    issuer: str
    client_id: str
    secret_hint: str
    scope_parameter: str
    scope_separator: str
    pkce: bool
    client_auth: str
    token_body: str
    token_path: str
    revocation: str
    extra_params: dict[str, str]
    expired_errors: list[str]
    kept_values: list[str]
    account_id: str
    account_name: str


class AppLosses(BaseModel):
    """What deleting an app would take along."""

    connections: int
    tenants: int


class ClientIn(Input):
    """A tenant's own registration with a provider. A `client_secret` that is None is kept."""

    name: Name
    authorize_url: Annotated[Url, StringConstraints(min_length=1)]
    token_url: Annotated[Url, StringConstraints(min_length=1)]
    revoke_url: Url = ""
    client_id: Annotated[ClientId, StringConstraints(min_length=1)]
    client_secret: Secret | None = None
    scopes: Scopes = Field(default_factory=list)
    pkce: bool = True
    client_auth: ClientAuth = "basic"
    extra_params: Parameters = Field(default_factory=dict)


class ClientOut(Versioned):
    """A tenant's own client, without its secret."""

    id: UUID
    name: str
    authorize_url: str
    token_url: str
    revoke_url: str
    client_id: str
    secret_hint: str
    scopes: list[str]
    pkce: bool
    client_auth: ClientAuth
    extra_params: dict[str, str]


class ConnectIn(Input):
    """`oauth_app_id` (an id or a slug) alone begins an authorization; with an `access_token` it takes one got elsewhere.

    `scopes` default to the app's; `connection_id` connects an existing connection again; `return_to` is where on Hub
    the browser ends. `consent` to the use of the account may be left out, unless the tenant wants it to be stated.
    """

    oauth_app_id: Annotated[Text, StringConstraints(min_length=1, max_length=64)]
    scopes: Scopes | None = None
    connection_id: UUID | None = None
    return_to: LocalPath = ""
    access_token: Token | None = None
    refresh_token: Token | None = None
    expires_at: Moment | None = None
    consent: ConsentGiven | None = None


class AuthorizeOut(BaseModel):
    """Where to send the user's browser."""

    authorize_url: str


class ConnectionOut(BaseModel):
    """A connection without its tokens. `scopes_missing` were asked for and not granted."""

    id: UUID
    oauth_app_id: UUID | None
    oauth_client_id: UUID | None
    app_slug: str
    app_name: str
    app_logo: str
    user_id: UUID | None
    user_name: str
    account_id: str
    account_name: str
    scopes_asked: list[str]
    scopes_granted: list[str]
    scopes_missing: list[str]
    status: ConnectionStatus
    refreshes: bool
    expires_at: datetime | None
    last_refreshed_at: datetime | None
    last_error: str
    kept: dict[str, str]
    created_at: datetime
    updated_at: datetime
