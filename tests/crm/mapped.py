"""Mappings of Acme's CRM, changed as tests need them."""

from typing import Any
from uuid import UUID

from hub_app.crm.schemas.mappings import FieldMappingsIn
from hub_app.crm.service import mappings
from tests.crm.acme import Acme


async def require(acme: Acme, connection_id: UUID, resource: str, *targets: str) -> None:
    """Have records of a kind be set aside that hold nothing in these fields, and no others."""
    found = await mappings.get_field_mappings(acme.admin, connection_id)
    now = next(one for one in found.resources if one.resource == resource)
    lines: list[dict[str, Any]] = [one.model_dump(mode="json") for one in now.field_mappings]
    for one in lines:
        one["required"] = one["target"] in targets
    given = FieldMappingsIn.model_validate({"resource": resource, "field_mappings": lines})
    await mappings.replace_field_mappings(acme.admin, connection_id, given)
