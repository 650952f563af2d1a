"""The fields that records have, and what a person gives for them."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel.errors import FieldError, Invalid
from hub_app.sync.engine.streams import fields_of
from hub_app.sync.mapping import contacts
from hub_app.sync.mapping.fields import Field
from hub_app.sync.mapping.numbers import Unreadable
from hub_app.sync.mapping.values import read_as
from hub_app.sync.tables import SyncCollection

of = fields_of


async def collection_named(session: AsyncSession, family: str, name: str) -> SyncCollection | None:
    """A family's collection; None when nothing has been put into it yet."""
    found = select(SyncCollection).where(SyncCollection.family == family, SyncCollection.name == name)
    return (await session.exec(found)).one_or_none()


def custom_keys(collection: SyncCollection) -> set[str]:
    """The fields of the tenant's own."""
    return {one["key"] for one in collection.fields if one.get("custom")}


def cleaned(fields: Sequence[Field], given: Mapping[str, Any], *, place: str = "fields.") -> dict[str, Any]:
    """What a person gives for fields, as these hold it; None empties one. Invalid, naming `place` and the field."""
    known = {one.key: one for one in fields}
    made: dict[str, Any] = {}
    errors: list[FieldError] = []
    for key, value in given.items():
        try:
            made[key] = _cleaned(known.get(key), value)
        except Unreadable as error:
            errors.append(FieldError(f"{place}{key}", str(error)))
    if errors:
        raise Invalid(errors)
    return made


def _cleaned(field: Field | None, value: Any) -> Any:
    """Stricter than what sources send, which is kept with a warning: here somebody can put it right at once."""
    if field is None:
        raise Unreadable("is not a field of these records")
    if field.type == "reference":
        raise Unreadable("is set by the CRM, and cannot be changed here")
    notes: list[str] = []
    made = read_as(field.type, value, notes)
    if field.type == "people":
        _check_addresses(made)
    elif field.type != "phone" and notes:
        # A phone number may well be one that only its owner understands.
        raise Unreadable(notes[0])
    return made


def _check_addresses(people: Any) -> None:
    for one in people or ():
        for address in one.get("emails", ()):
            _, odd = contacts.email_of(address)
            if odd:
                raise Unreadable(f"holds {address!r}, which {odd}")
