"""What goes in and out of identity, over REST and in forms."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import email_validator
from pydantic import AfterValidator, BaseModel, Field, SecretStr, StringConstraints

from hub_app.kernel.actor import Role
from hub_app.kernel.edits import Versioned
from hub_app.kernel.fields import Input, Moment, Name, Patch, Text
from hub_app.kernel.scopes import all_scopes

PASSWORD_MIN = 12
PASSWORD_MAX = 1000
GRACE_HOURS_MAX = 24

# Hub sends no mail: an address is a name to sign in with, and `it@hub.local` is a good one inside a network.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()


def _email(value: str) -> str:
    try:
        email_validator.validate_email(value, check_deliverability=False, globally_deliverable=False)
    except email_validator.EmailNotValidError as error:
        raise ValueError(f"is not an e-mail address. {error}") from None
    return value.lower()


def _length(value: SecretStr) -> SecretStr:
    if not PASSWORD_MIN <= len(value.get_secret_value()) <= PASSWORD_MAX:
        raise ValueError(
            f"must have {PASSWORD_MIN} to {PASSWORD_MAX} characters; a few words in a row are good"
        )
    return value


def _known_scopes(value: list[str]) -> list[str]:
    unknown = [scope for scope in value if scope not in all_scopes()]
    if unknown:
        raise ValueError(f"'{unknown[0][:50]}' is not a scope. GET /v1/integration/tokens/scopes lists them")
    if not value:
        raise ValueError("must have at least one scope")
    return sorted(set(value))


Email = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=254), AfterValidator(_email)
]
# What someone types to sign in: not judged, only looked up.
TypedEmail = Annotated[Text, StringConstraints(strip_whitespace=True, to_lower=True, max_length=254)]
TypedPassword = Annotated[SecretStr, Field(max_length=PASSWORD_MAX)]
Password = Annotated[SecretStr, AfterValidator(_length)]
Scopes = Annotated[list[str], Field(max_length=100), AfterValidator(_known_scopes)]
# What a link carries.
Secret = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class SetupIn(Input):
    """The first start. `code` is what the server printed."""

    code: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    tenant_name: Name
    name: Name
    email: Email
    password: Password


class LoginIn(Input):
    """`next` is the local path to go on to."""

    email: TypedEmail
    password: TypedPassword
    next: Annotated[str, Field(max_length=2000)] = ""


class SwitchIn(Input):
    tenant_id: UUID
    next: Annotated[str, Field(max_length=2000)] = ""


class PasswordIn(Input):
    current_password: TypedPassword
    new_password: Password


class ProfilePatch(Patch):
    name: Name | None = None


class ProfileOut(BaseModel):
    """Who calls, and in which tenant as what."""

    user_id: UUID | None
    name: str
    email: str
    tenant_id: UUID
    tenant_name: str
    role: Role


class SessionOut(BaseModel):
    """A signed-in browser. `is_current` marks the one that asks."""

    id: UUID
    ip: str
    user_agent: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    is_current: bool


class MemberOut(BaseModel):
    user_id: UUID
    name: str
    email: str
    role: Role
    created_at: datetime
    updated_at: datetime


class RoleIn(Input):
    role: Role


class MemberLosses(BaseModel):
    """What goes along when a member is removed."""

    tokens: int
    oauth_connections: int = 0
    crm_connections: int = 0


class InvitationIn(Input):
    email: Email
    role: Role


class InvitationOut(BaseModel):
    id: UUID
    email: str
    role: Role
    expires_at: datetime
    created_at: datetime


class InvitationMade(InvitationOut):
    """`link` is shown this once. Hub sends no mail: hand it over yourself."""

    link: str


class InvitationView(BaseModel):
    """An invitation as the invited person sees it."""

    email: str
    tenant_id: UUID
    tenant_name: str
    invited_by: str
    role: Role
    has_account: bool


class AcceptIn(Input):
    """`name` and a new password for a new account, the password alone for an existing one; for whoever is signed in as
    the invited person neither.
    """

    token: Secret
    name: Name | None = None
    password: Password | None = None


class ResetIn(Input):
    """The account whose password shall be reset."""

    email: TypedEmail


class ResetOut(BaseModel):
    user_id: UUID
    expires_at: datetime


class ResetMade(ResetOut):
    """`link` is shown this once. Hub sends no mail: hand it over yourself, to that person alone."""

    link: str


class NewPasswordIn(Input):
    """`token` is what a reset's link carries behind its `#`."""

    token: Secret
    password: Password


class AccountTenant(BaseModel):
    """A tenant that an account belongs to, and as what."""

    tenant_name: str
    role: Role


class AccountOut(BaseModel):
    """An account as the operator of the installation sees it."""

    user_id: UUID
    name: str
    email: str
    is_operator: bool
    tenants: list[AccountTenant]
    created_at: datetime


class TokenIn(Input):
    """`expires_at` defaults to API_TOKEN_EXPIRY_DAYS from now."""

    name: Name
    expires_at: Moment | None = None
    scopes: Scopes


class TokenPatch(Patch):
    name: Name | None = None
    active: bool | None = None


class RotateIn(Input):
    """For how many hours the old secret stays valid beside the new one."""

    grace_hours: Annotated[int, Field(ge=0, le=GRACE_HOURS_MAX)] = GRACE_HOURS_MAX
    expires_at: Moment | None = None


class TokenOut(BaseModel):
    """A token without its secret; `hint` is how it begins."""

    id: UUID
    user_id: UUID
    user_name: str
    name: str
    hint: str
    scopes: list[str]
    active: bool
    expires_at: datetime
    expires_soon: bool
    last_used_at: datetime | None
    last_used_ip: str
    old_expires_at: datetime | None
    created_at: datetime
    updated_at: datetime


class TokenMade(TokenOut):
    """`token` is in this response only."""

    token: str


class ScopeOut(BaseModel):
    scope: str
    description: str


class UsageFilter(Input):
    """`token_id` of all zeros: calls made with the cookie."""

    token_id: UUID | None = None
    route: Annotated[str, Field(max_length=200)] | None = None
    since: Moment | None = None
    until: Moment | None = None


class UsageOut(BaseModel):
    """Calls with one token to one route within one minute that ended in one class of status (2, 4, 5: 2xx, …)."""

    minute: datetime
    token_id: UUID | None
    route: str
    status_class: int
    requests: int


class TenantPatch(Patch):
    name: Name | None = None


class TenantOut(Versioned):
    id: UUID
    name: str
    tier: str
    created_at: datetime
    updated_at: datetime
