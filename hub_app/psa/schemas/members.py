"""Who is who: members of the tenant, and those of its PSA."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from hub_app.kernel.fields import Input
from hub_app.psa.schemas.sessions import PsaId

MatchedBy = Literal["email", "name", "manual"]


class MappingIn(Input):
    """That a member of the tenant is this member of the PSA."""

    user_id: UUID
    member_id: PsaId


class MappingsIn(Input):
    """All mappings. Those that are not among them go."""

    mappings: Annotated[list[MappingIn], Field(max_length=1000)]


class MappingOut(BaseModel):
    id: UUID
    user_id: UUID
    user_name: str
    user_email: str
    member_id: str
    member_identifier: str
    member_name: str
    member_email: str
    matched_by: MatchedBy
    created_at: datetime
    updated_at: datetime


class ProposalOut(BaseModel):
    """Whom Hub takes a member for, to be confirmed. `reason` says why nobody is proposed."""

    user_id: UUID
    user_name: str
    user_email: str
    member_id: str | None = None
    member_identifier: str = ""
    member_name: str = ""
    member_email: str = ""
    matched_by: MatchedBy | None = None
    reason: str = ""


class Proposals(BaseModel):
    """Proposals for everybody who is not mapped. Nothing is saved."""

    proposals: list[ProposalOut]
