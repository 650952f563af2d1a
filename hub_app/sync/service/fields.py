"""The fields of a collection: those that every tenant has, and the tenant's own."""

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import audit, db, rows
from hub_app.kernel.actor import Actor
from hub_app.kernel.errors import Conflict, FieldError, Invalid, NotFound
from hub_app.sync.engine.streams import fields_of
from hub_app.sync.mapping.fields import Field
from hub_app.sync.service import access, connections
from hub_app.sync.tables import SyncCollection, SyncConnection, SyncStream

MOST = 200
"""Fields of their own that the records of a collection may have."""
_LONGEST_KEY = 64


@dataclass(frozen=True, slots=True)
class CollectionField:
    """A field, whether it is the tenant's own, and the names of the connections whose mapping fills it."""

    field: Field
    is_custom: bool
    used_by: Sequence[str] = ()


async def list_fields(
    actor: Actor, family: str, name: str, standard: Sequence[Field]
) -> list[CollectionField]:
    """Those of a collection in their order; the standard ones while it has not been made."""
    access.require_read(actor, family)
    async with db.read(actor.tenant_id) as session:
        collection = await _find(session, family, name)
        if collection is None:
            return [CollectionField(one, is_custom=False) for one in standard]
        return _listed(collection, await _users(session, collection))


async def add_field(
    actor: Actor, family: str, name: str, standard: Sequence[Field], field: Field
) -> list[CollectionField]:
    """Give the records of a collection a field of the tenant's own. Invalid when there is one of this key."""
    access.require_manage(actor, family)
    async with db.begin(actor.tenant_id) as session:
        made = await connections.ensure_collection(session, actor.tenant_id, family, name, standard)
        collection = await locked(session, made.id)
        add_all(collection, [field], at="key", one=True)
        session.add(collection)
        await audit.act(session, actor, f"{family}.field.added", collection, field=field.key)
        db.notify(session, f"sync_fields:{actor.tenant_id}")
        return _listed(collection, await _users(session, collection))


async def rename_field(actor: Actor, family: str, name: str, key: str, label: str) -> list[CollectionField]:
    """Call a field of the tenant's own something else. NotFound; Conflict for one that every tenant has."""
    access.require_manage(actor, family)
    async with db.begin(actor.tenant_id) as session:
        collection = await _own(session, family, name, key)
        collection.fields = [
            {**one, "label": label} if one["key"] == key else one for one in collection.fields
        ]
        session.add(collection)
        await audit.act(session, actor, f"{family}.field.renamed", collection, field=key)
        db.notify(session, f"sync_fields:{actor.tenant_id}")
        return _listed(collection, await _users(session, collection))


async def remove_field(actor: Actor, family: str, name: str, key: str) -> None:
    """Take a field of the tenant's own away. What records hold in it stays, and is seen again when the field is added again.
    Conflict while a mapping fills it.
    """
    access.require_manage(actor, family)
    async with db.begin(actor.tenant_id) as session:
        collection = await _own(session, family, name, key)
        users = (await _users(session, collection)).get(key, [])
        if users:
            raise Conflict(
                f"The mapping of {', '.join(users)} fills this field. Take it out of the mapping first, then remove it."
            )
        collection.fields = [one for one in collection.fields if one["key"] != key]
        session.add(collection)
        await audit.act(session, actor, f"{family}.field.removed", collection, field=key)
        db.notify(session, f"sync_fields:{actor.tenant_id}")


async def locked(session: AsyncSession, collection_id: UUID) -> SyncCollection:
    """The collection in the open transaction, with nobody else changing its fields."""
    found = await rows.get(session, SyncCollection, collection_id)
    await db.lock(session, f"sync collection {found.tenant_id} {found.family} {found.name}")
    return await rows.get(session, SyncCollection, collection_id, lock=True)


def add_all(collection: SyncCollection, fields: Sequence[Field], *, at: str, one: bool = False) -> None:
    """Add fields of the tenant's own. Invalid, naming what stands `at` the list of them: keys that are there, and too many."""
    known = {str(stored["key"]) for stored in collection.fields}
    errors: list[FieldError] = []
    for number, field in enumerate(fields):
        if field.key in known:
            place = at if one else f"{at}.{number}.key"
            errors.append(FieldError(place, f"{field.key} is a field already. Choose another key"))
        known.add(field.key)
    own = sum(bool(stored.get("custom")) for stored in collection.fields)
    if own + len(fields) > MOST:
        errors.append(FieldError(at, f"there may be at most {MOST} custom fields"))
    if errors:
        raise Invalid(errors)
    connections.add_fields(collection, fields)


def key_of(label: str, taken: Collection[str]) -> str:
    """A key for a field of this label that is not `taken`: `Dietary needs` is `dietary_needs`, or `dietary_needs_2`."""
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().lower()
    made = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[: _LONGEST_KEY - 4]
    made = made if made[:1].isalpha() else f"field_{made}".strip("_")
    number = 1
    key = made
    while key in taken:
        number += 1
        key = f"{made}_{number}"
    return key


async def _find(session: AsyncSession, family: str, name: str) -> SyncCollection | None:
    statement = select(SyncCollection).where(SyncCollection.family == family, SyncCollection.name == name)
    return (await session.exec(statement)).one_or_none()


async def _own(session: AsyncSession, family: str, name: str, key: str) -> SyncCollection:
    """The collection, locked, that has this field of the tenant's own."""
    found = await _find(session, family, name)
    if found is None:
        raise NotFound("Field not found")
    collection = await locked(session, found.id)
    stored = next((one for one in collection.fields if one["key"] == key), None)
    if stored is None:
        raise NotFound("Field not found")
    if not stored.get("custom"):
        raise Conflict("This is a standard field: it can be neither renamed nor removed.")
    return collection


async def _users(session: AsyncSession, collection: SyncCollection) -> dict[str, list[str]]:
    """By the keys of fields the names of the connections whose mapping fills them."""
    statement = (
        select(SyncConnection.name, SyncStream)
        .join(SyncStream, col(SyncStream.connection_id) == SyncConnection.id)
        .where(SyncStream.collection_id == collection.id)
    )
    found: dict[str, list[str]] = {}
    for name, stream in (await session.exec(statement)).all():
        for key in dict.fromkeys(str(one["target"]) for one in stream.mapping):
            found.setdefault(key, []).append(name)
    return found


def _listed(collection: SyncCollection, users: dict[str, list[str]]) -> list[CollectionField]:
    custom = custom_keys(collection)
    return [CollectionField(one, one.key in custom, users.get(one.key, ())) for one in fields_of(collection)]


def custom_keys(collection: SyncCollection) -> frozenset[str]:
    return frozenset(str(one["key"]) for one in collection.fields if one.get("custom"))
