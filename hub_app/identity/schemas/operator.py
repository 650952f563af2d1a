"""Tenants and tiers as the operator of the installation sees them: names, counts, states, and nothing of theirs."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from hub_app.identity.schemas import Email
from hub_app.kernel.edits import Versioned
from hub_app.kernel.fields import Input, Name, Patch
from hub_app.kernel.settings import TierName


class TenantState(StrEnum):
    """`deleting`: suspended until it is deleted, and can be restored; `emptying`: what it had is being deleted."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    DELETING = "deleting"
    EMPTYING = "emptying"


class TenantFilter(Input):
    """`name`: a part of the tenant's name."""

    name: Annotated[str, Field(max_length=100)] | None = None
    state: Literal["active", "suspended", "deleting", "emptying"] | None = None
    tier: TierName | None = None


class NewTenantIn(Input):
    """`tier` defaults to DEFAULT_TIER."""

    name: Name
    owner_email: Email
    tier: TierName | None = None


class OwnerIn(Input):
    email: Email


class OperatedTenantPatch(Patch):
    name: Name | None = None
    tier: TierName | None = None


class DeleteTenantIn(Input):
    """`name`: the tenant's, typed again."""

    name: Annotated[str, Field(max_length=100)]


class OwnerInvitation(BaseModel):
    """The open invitation of a tenant's first owner."""

    email: str
    expires_at: datetime


class OperatedTenant(Versioned):
    """`delete_at` is when everything goes of a tenant that is to be deleted. `calls_24h` are its REST calls of the last 24
    hours.
    """

    id: UUID
    name: str
    tier: TierName
    state: TenantState
    suspended_at: datetime | None
    delete_at: datetime | None
    members: int
    calls_24h: int
    created_at: datetime
    updated_at: datetime


class OperatedTenantDetail(OperatedTenant):
    """`owners` is how many there are; `invitation` the one that is open for the first, if it is."""

    owners: int
    invitation: OwnerInvitation | None


class OperatedTenantInvited(OperatedTenantDetail):
    """`link` invites the first owner. It is in this response only. Hub sends no mail: hand it over yourself."""

    link: str


class CallsOfDay(BaseModel):
    """REST calls of a day in UTC; `errors` are those answered with 4xx and 5xx."""

    day: date
    requests: int
    errors: int


class TenantUsage(BaseModel):
    """`accounts`: members who belong to no other tenant and operate nothing, whose accounts would go with the tenant.
    `counts`: what the tenant has, by capability and kind. `calls`: the last 30 days, the oldest first.
    """

    members: int
    accounts: int
    counts: dict[str, dict[str, int]]
    calls: list[CallsOfDay]


class TierOut(BaseModel):
    """What a tier allows a token, and which setting says so. `is_default`: new tenants get it."""

    tier: TierName
    requests: int
    window_seconds: int
    setting: str
    tenants: int
    is_default: bool
