"""Clients that are sent to a CRM as leads."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from hub_app.kernel.fields import Input


class LeadsIn(Input):
    """Clients to send, each once. With `dry_run` the job only tells what it would send."""

    record_ids: Annotated[list[UUID], Field(min_length=1, max_length=200)]
    dry_run: bool = False


class LeadTarget(BaseModel):
    """An integration to which a client can be sent."""

    id: UUID
    name: str
    crm_name: str
