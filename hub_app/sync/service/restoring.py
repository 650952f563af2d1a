"""Records as they were: what an earlier version would change of them, and taking its values again."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import audit, db, edits, rows
from hub_app.kernel.actor import Actor
from hub_app.kernel.errors import FieldError, Invalid
from hub_app.sync.engine import changes
from hub_app.sync.journal import difference
from hub_app.sync.service import access, past, records
from hub_app.sync.service.record_history import Change
from hub_app.sync.service.records import Expected, Whole
from hub_app.sync.tables import SyncVersion

_BY_SOURCE = "reference"


@dataclass(frozen=True, slots=True)
class Restoration:
    """What restoring a version would change of a record: each field as it is (`before`) and as it was then (`after`). Fields
    that only the source sets differ, too, and stay as they are.
    """

    whole: Whole
    number: int
    at: datetime
    changes: Sequence[Change]
    staying: Sequence[str]


async def compare(actor: Actor, family: str, record_id: UUID, version_id: UUID) -> Restoration:
    """What restoring this version would change now. NotFound."""
    access.require_read(actor, family)
    async with db.read(actor.tenant_id) as session:
        whole = await records.find(session, family, record_id)
        version = await _version(session, record_id, version_id)
        then, _ = await past.values_at(session, whole, version)
    return Restoration(
        whole,
        version.number,
        version.created_at,
        [
            Change(one.key, one.label, whole.values.get(one.key), then.get(one.key))
            for one in whole.fields
            if one.key in _differing(whole, then)
        ],
        [
            one.label
            for one in whole.fields
            if one.type == _BY_SOURCE and one.key in _names(whole.values, then)
        ],
    )


async def restore(
    actor: Actor,
    family: str,
    record_id: UUID,
    version_id: UUID,
    *,
    fields: Collection[str] | None = None,
    expected: Expected = None,
) -> Whole:
    """Give a record the values that it had in this version, as a new one; of the `fields` alone if any are named. What it was
    before stays in the history, and the sources that take changes are owed it. NotFound; Invalid; EditConflict or
    PreconditionFailed when the record is not as it was seen.
    """
    if fields is None:
        access.require_manage(actor, family)
    else:
        access.require_work(actor, family)
    async with db.begin(actor.tenant_id) as session:
        whole = await records.find(session, family, record_id, lock=True)
        version = await _version(session, record_id, version_id)
        then, _ = await past.values_at(session, whole, version)
        names = _chosen(whole, then, fields)
        values = {name: then.get(name) for name in names}
        edits.check(expected, whole.version(), values)
        subject = await changes.subject(session, record_id)
        made = await changes.change(session, subject, values, kind="restored", made_by=actor.name)
        if made is not None:
            changed = sorted({**made.before, **made.after})
            await audit.act(
                session,
                actor,
                f"{family}.record.restored",
                subject.record,
                version=version.number,
                fields=changed,
            )
        return await records.find(session, family, record_id)


def _chosen(whole: Whole, then: Mapping[str, Any], fields: Collection[str] | None) -> Collection[str]:
    if fields is None:
        return _differing(whole, then)
    known = {one.key: one for one in whole.fields}
    errors = [
        FieldError(f"fields.{name}", "is set by the CRM, and cannot be changed here")
        if name in known
        else FieldError(f"fields.{name}", "is not a field of these records")
        for name in fields
        if name not in known or known[name].type == _BY_SOURCE
    ]
    if errors:
        raise Invalid(errors)
    return set(fields)


def _differing(whole: Whole, then: Mapping[str, Any]) -> set[str]:
    """The fields that can be restored, and have to be."""
    possible = {one.key for one in whole.fields if one.type != _BY_SOURCE}
    return _names(whole.values, then) & possible


def _names(now: Mapping[str, Any], then: Mapping[str, Any]) -> set[str]:
    before, after = difference(now, then)
    return {*before, *after}


async def _version(session: AsyncSession, record_id: UUID, version_id: UUID) -> SyncVersion:
    return await rows.get(session, SyncVersion, version_id, col(SyncVersion.record_id) == record_id)
