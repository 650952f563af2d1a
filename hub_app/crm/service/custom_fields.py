"""The fields that a tenant's records have: the standard ones, and its own."""

from collections.abc import Sequence

from hub_app.crm.fields import Feature
from hub_app.crm.schemas.mappings import CustomFieldIn, CustomFieldPatch, FieldOut, Fields
from hub_app.crm.service import FAMILY, READ, WRITE, collections
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.errors import BadRequest
from hub_app.sync.schemas import RecordField
from hub_app.sync.service import fields
from hub_app.sync.service.fields import CollectionField


async def list_fields(actor: Actor, resource: Feature) -> Fields:
    actor.require(Role.CUSTOMER_VIEWER, READ)
    found = await fields.list_fields(actor, FAMILY, resource, collections.standard_fields(resource))
    return _out(resource, found)


async def add_field(actor: Actor, resource: Feature, given: CustomFieldIn) -> Fields:
    """Add a field of the tenant's own. Invalid when there is one of its key."""
    actor.require(Role.CUSTOMER_ADMIN, WRITE)
    standard = collections.standard_fields(resource)
    known = await fields.list_fields(actor, FAMILY, resource, standard)
    key = given.key or fields.key_of(given.label, [one.field.key for one in known])
    made = RecordField(key, given.label, given.type)
    return _out(resource, await fields.add_field(actor, FAMILY, resource, standard, made))


async def rename_field(actor: Actor, resource: Feature, key: str, given: CustomFieldPatch) -> Fields:
    """Call a field something else. NotFound; Conflict for a standard one."""
    actor.require(Role.CUSTOMER_ADMIN, WRITE)
    if given.label is None:
        raise BadRequest("No fields to update")
    return _out(resource, await fields.rename_field(actor, FAMILY, resource, key, given.label))


async def remove_field(actor: Actor, resource: Feature, key: str) -> None:
    """Take a field away; what records hold in it stays. Conflict while a mapping fills it."""
    actor.require(Role.CUSTOMER_ADMIN, WRITE)
    await fields.remove_field(actor, FAMILY, resource, key)


def field_out(one: CollectionField) -> FieldOut:
    field = one.field
    return FieldOut(
        key=field.key, label=field.label, type=field.type, custom=one.is_custom, used_by=list(one.used_by)
    )


def _out(resource: Feature, found: Sequence[CollectionField]) -> Fields:
    return Fields(resource=resource, fields=[field_out(one) for one in found])
