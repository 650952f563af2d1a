"""What goes in and out of consents."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from hub_app.kernel.fields import Input, Moment, Patch, Text
from hub_app.kernel.validation import NO_SPACES, matching

ConsentType = Literal["THIRD_PARTY", "DATA_PROCESSING", "MARKETING", "ANALYTICS"]
ConsentSource = Literal["rest", "screen", "upgrade"]
ConsentState = Literal["given", "revoked"]
StatusState = Literal["given", "outdated", "revoked", "missing"]

BINDING: ConsentType = "THIRD_PARTY"
"""Without a consent of this type to a connection nothing is called."""


def _one_line(value: str) -> str:
    if not value.isprintable():
        raise ValueError("must be one line, without control characters")
    return value


Description = Annotated[Text, StringConstraints(strip_whitespace=True, max_length=1000)]
ResourceType = Annotated[
    str, matching(r"^[a-z][a-z0-9_]*$", "may contain only lowercase letters, digits and underscores", most=64)
]
ResourceId = Annotated[str, matching(r"^[\x21-\x7e]+$", NO_SPACES, most=200), AfterValidator(_one_line)]


@dataclass(frozen=True, slots=True)
class Agreement:
    """That somebody consents to what is being connected: where they said so, and in which words ("" for the usual ones)."""

    source: ConsentSource = "rest"
    description: str = ""


class ConsentGiven(Input):
    """Consent to what is connected, in a call that connects it. `description` says what was agreed to, if it is more than
    what Hub says itself.
    """

    description: Description = ""

    @property
    def agreement(self) -> Agreement:
        return Agreement("rest", self.description)


class ConsentIn(Input):
    """A consent to record. Of a kind that Hub knows (`connector`, `oauth_connection`) `resource_id` must be there, and the
    consent of the type THIRD_PARTY lets it be called; others are recorded and bind nothing.
    """

    consent_type: ConsentType
    resource_type: ResourceType
    resource_id: ResourceId
    description: Description = ""


class ConsentOut(BaseModel):
    """A consent. `user_id` is null for what was connected before Hub asked. `replaced_by` is the newer consent that took its
    place; `name` is what the thing was called then.
    """

    id: UUID
    consent_type: ConsentType
    resource_type: str
    resource_id: str
    name: str
    description: str
    user_id: UUID | None
    user_name: str
    policy_version: int
    source: ConsentSource
    ip: str
    created_at: datetime
    revoked_at: datetime | None = None
    revoked_by: UUID | None = None
    revoked_by_name: str = ""
    replaced_by: UUID | None = None


class ConsentFilter(Input):
    """`since` is included, `until` is not."""

    consent_type: ConsentType | None = None
    # Not `user_id`: every input leaves that out (kernel/fields.py).
    given_by: UUID | None = None
    resource_id: Annotated[str, Field(max_length=200)] | None = None
    state: ConsentState | None = None
    since: Moment | None = None
    until: Moment | None = None


class ConsentStatus(BaseModel):
    """How it stands with the consent to one connection. `outdated`: it was given to an earlier version of the policy, and
    goes on holding until it is revoked. `mine`: the caller may give, renew and revoke it. `href` is the connection's page.
    """

    resource_type: str
    resource_id: UUID
    name: str
    terms: str
    href: str
    state: StatusState
    mine: bool
    consent: ConsentOut | None


class Renewed(BaseModel):
    """How many consents were renewed."""

    renewed: int


class ConsentSettingOut(BaseModel):
    """How the tenant asks, and the version of the policy that consents are given to now."""

    ask_explicitly: bool
    policy_version: int


class ConsentSettingPatch(Patch):
    """With `ask_explicitly`, REST calls that connect something must include `consent`."""

    ask_explicitly: bool | None = None
