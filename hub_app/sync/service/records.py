"""Records as people and programs read, make and change them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import audit, db, edits, rows
from hub_app.kernel.actor import Actor
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Invalid
from hub_app.sync.engine import changes
from hub_app.sync.engine.listed import listed
from hub_app.sync.mapping.fields import Field
from hub_app.sync.service import access, record_fields
from hub_app.sync.tables import SyncCollection, SyncData, SyncRecord, SyncVersion

Record = SyncRecord
Expected = edits.Expected | None


@dataclass(frozen=True, slots=True)
class Whole:
    """A record with its values, the collection that it lies in, and the fields that this has; `custom` are the tenant's own."""

    record: SyncRecord
    values: dict[str, Any]
    collection: str
    fields: Sequence[Field]
    custom: set[str]

    def version(self) -> edits.Version:
        """What can be changed of it at this moment, field by field."""
        return edits.Version.of({one.key: self.values.get(one.key) for one in self.fields})


async def get_record(actor: Actor, family: str, record_id: UUID) -> Whole:
    access.require_read(actor, family)
    async with db.read(actor.tenant_id) as session:
        return await find(session, family, record_id)


async def create_record(
    actor: Actor,
    family: str,
    ensure: Callable[[AsyncSession], Awaitable[SyncCollection]],
    given: Mapping[str, Any],
) -> Whole:
    """Make a record in the collection that `ensure` gives, in the open transaction. No source has it yet. Invalid, by the fields."""
    access.require_work(actor, family)
    async with db.begin(actor.tenant_id) as session:
        collection = await ensure(session)
        fields = record_fields.of(collection)
        values = {
            key: one for key, one in record_fields.cleaned(fields, given).items() if one not in _NOTHING
        }
        if not values:
            raise Invalid.field("fields", "must hold at least one value")
        now = utcnow()
        record = SyncRecord(tenant_id=actor.tenant_id, collection_id=collection.id, **listed(fields, values))
        session.add(record)
        await session.flush()
        session.add(SyncData(tenant_id=actor.tenant_id, id=record.id, contents=values, stamped_at=now))
        session.add(_first_version(record, actor))
        await audit.act(session, actor, f"{family}.record.created", record, fields=sorted(values))
        changes.told(session, record)
        return Whole(record, values, collection.name, fields, record_fields.custom_keys(collection))


_NOTHING: tuple[object, ...] = (None, "", [], {})


async def update_record(
    actor: Actor, family: str, record_id: UUID, given: Mapping[str, Any], *, expected: Expected = None
) -> Whole:
    """Change the fields that are given; None empties one. It is a version of the record, and the sources that take changes are owed
    it. Invalid, by the fields; EditConflict or PreconditionFailed when it is not as it was seen.
    """
    access.require_work(actor, family)
    async with db.begin(actor.tenant_id) as session:
        whole = await find(session, family, record_id, lock=True)
        values = record_fields.cleaned(whole.fields, given)
        edits.check(expected, whole.version(), values)
        subject = await changes.subject(session, record_id)
        version = await changes.change(session, subject, values, kind="edited", made_by=actor.name)
        if version is not None:
            names = sorted({**version.before, **version.after})
            await audit.act(session, actor, f"{family}.record.updated", subject.record, fields=names)
        return await find(session, family, record_id)


async def archive_record(
    actor: Actor, family: str, record_id: UUID, *, archived: bool, expected: Expected = None
) -> Whole:
    """Take a record out of the lists, or bring it back. Nothing of it is lost, and sources hear nothing of it."""
    access.require_work(actor, family)
    async with db.begin(actor.tenant_id) as session:
        whole = await find(session, family, record_id, lock=True)
        edits.check(expected, whole.version())
        if archived != (whole.record.archived_at is not None):
            subject = await changes.subject(session, record_id)
            kind, take = ("archived", changes.archive) if archived else ("unarchived", changes.unarchive)
            await take(session, subject, kind=kind, made_by=actor.name)
            await audit.act(session, actor, f"{family}.record.{kind}", subject.record)
        return await find(session, family, record_id)


async def note_export(actor: Actor, family: str, **summary: object) -> None:
    """Records leave Hub as a file: say so in the audit log."""
    access.require_read(actor, family)
    async with db.begin(actor.tenant_id) as session:
        await audit.record(session, actor, f"{family}.records.exported", summary=summary)


def _first_version(record: SyncRecord, actor: Actor) -> SyncVersion:
    return SyncVersion(
        tenant_id=record.tenant_id, record_id=record.id, number=1, kind="created", made_by=actor.name
    )


async def find(session: AsyncSession, family: str, record_id: UUID, *, lock: bool = False) -> Whole:
    """A record of this family, in the open transaction; NotFound."""
    of_family = select(SyncCollection.id).where(SyncCollection.family == family)
    is_theirs = col(SyncRecord.collection_id).in_(of_family)
    record = await rows.get(session, SyncRecord, record_id, is_theirs, lock=lock)
    collection = await rows.get(session, SyncCollection, record.collection_id)
    data = await rows.get(session, SyncData, record_id)
    fields = record_fields.of(collection)
    return Whole(record, data.contents, collection.name, fields, record_fields.custom_keys(collection))
