"""Records of CRMs: found, read, made, changed, archived, and given out as a file."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.crm.fields import Feature
from hub_app.crm.schemas.jobs import JOB_TYPES
from hub_app.crm.schemas.records import (
    ChangeOut,
    FieldOut,
    PastOut,
    RecordDetail,
    RecordIn,
    RecordOut,
    RecordQuery,
    RelatedOut,
    RestorationOut,
    SourceOut,
    VersionOut,
)
from hub_app.crm.service import FAMILY, READ, collections, consent
from hub_app.kernel import edits
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.paging import PageRequest, Slice
from hub_app.kernel.search import Found
from hub_app.sync.schemas import RecordField
from hub_app.sync.service import past, record_history, record_lists, records, restoring
from hub_app.sync.service.connections import Collection as RecordCollection
from hub_app.sync.service.record_lists import Listed, RecordFilter
from hub_app.sync.service.records import Record, Whole


async def list_records(actor: Actor, chosen: RecordQuery, page: PageRequest) -> Slice[RecordOut]:
    """A page of the records that match."""
    found = await record_lists.list_records(actor, FAMILY, chosen.resource, filter_of(chosen), page)
    return found.holding([_listed(chosen.resource, one) for one in found.items])


async def statuses(actor: Actor, resource: Feature) -> list[str]:
    """Every status that records of this kind have."""
    return await record_lists.statuses(actor, FAMILY, resource)


async def fields_of(actor: Actor, resource: Feature) -> list[FieldOut]:
    """The fields that records of this kind have, those of the tenant's own last."""
    standard = collections.standard_fields(resource)
    found = await record_lists.fields_of(actor, FAMILY, resource, standard)
    known = {one.key for one in standard}
    return [_field(one, custom=one.key not in known) for one in found]


async def get_record(actor: Actor, record_id: UUID) -> RecordDetail:
    """A record with all that is known around it."""
    found = await record_history.around(actor, FAMILY, record_id)
    whole = found.whole
    out = RecordDetail(
        **_columns(whole.record, whole.collection, whole.values),
        integration_ids=[one.connection_id for one in found.sources],
        known_fields=[_field(one, custom=one.key in whole.custom) for one in whole.fields],
        sources=[_source(one) for one in found.sources],
        related=[_related(one) for one in found.related],
    )
    return out.of(whole.version)


async def create_record(actor: Actor, given: RecordIn) -> RecordOut:
    """Make a record that no CRM has yet. Invalid, by its fields."""

    async def ensure(session: AsyncSession) -> RecordCollection:
        return await collections.ensure(session, actor.tenant_id, given.resource)

    return _out(await records.create_record(actor, FAMILY, ensure, given.fields))


async def update_record(
    actor: Actor, record_id: UUID, values: Mapping[str, Any], *, expected: edits.Expected | None = None
) -> RecordOut:
    """Change these fields. CRMs that take changes get them at the next sync."""
    return _out(await records.update_record(actor, FAMILY, record_id, values, expected=expected))


async def archive_record(
    actor: Actor, record_id: UUID, *, archived: bool, expected: edits.Expected | None = None
) -> RecordOut:
    """Take a record out of the lists, or bring it back. CRMs hear nothing of it."""
    return _out(await records.archive_record(actor, FAMILY, record_id, archived=archived, expected=expected))


async def list_versions(actor: Actor, record_id: UUID, page: PageRequest) -> Slice[VersionOut]:
    """The history of a record, newest first."""
    found = await record_history.history(actor, FAMILY, record_id, page)
    return found.holding([_version(one) for one in found.items])


async def get_past(
    actor: Actor, record_id: UUID, *, moment: datetime | None = None, version_id: UUID | None = None
) -> PastOut:
    """A record as it was at a moment, or as a version made it. NotFound; NotYetMade."""
    found = await past.at(actor, FAMILY, record_id, moment=moment, version_id=version_id)
    labels = {one.key: one.label for one in found.now.fields}
    out = PastOut(
        at=found.version.at,
        made_by=_version(found.version),
        fields=dict(found.values),
        archived_at=found.archived_at,
        changes=[
            ChangeOut(
                field=key, label=labels[key], before=found.now.values.get(key), after=found.values.get(key)
            )
            for key in found.differing
        ],
        earlier_id=found.earlier,
        later_id=found.later,
    )
    return out.of(found.now.version)


async def compare_record(actor: Actor, record_id: UUID, version_id: UUID) -> RestorationOut:
    """What restoring this version of a record would change now."""
    found = await restoring.compare(actor, FAMILY, record_id, version_id)
    out = RestorationOut(
        version_id=version_id,
        record_version=found.number,
        at=found.at,
        changes=[_change(one) for one in found.changes],
        staying=list(found.staying),
    )
    return out.of(found.whole.version)


async def restore_record(
    actor: Actor,
    record_id: UUID,
    version_id: UUID,
    *,
    fields: Collection[str] | None = None,
    expected: edits.Expected | None = None,
) -> RecordOut:
    """Go back to a version of a record, or to that of these fields, as a new one. CRMs that take changes get it at the next sync."""
    return _out(
        await restoring.restore(actor, FAMILY, record_id, version_id, fields=fields, expected=expected)
    )


async def search(actor: Actor, text: str, limit: int) -> list[Found]:
    """Clients for the palette, by what their list finds them by."""
    if not actor.may(Role.CUSTOMER_VIEWER, READ):
        return []
    query = RecordQuery.model_construct(q=text)
    found = await list_records(actor, query, PageRequest(limit))
    return [
        # Of two of the same name the address tells which.
        Found(" · ".join(filter(None, (one.name, one.email))), "Client", f"/crm/clients/{one.id}")
        for one in found.items
    ]


async def begin_export(
    actor: Actor, chosen: RecordQuery
) -> tuple[Sequence[FieldOut], AsyncIterator[Sequence[RecordOut]]]:
    """The fields, and all records that match, some hundred at a time. That they were read is audited."""
    filters = sorted(chosen.model_dump(exclude_defaults=True).keys() - {"sort", "order"})
    await records.note_export(actor, FAMILY, filters=filters, resource=chosen.resource)
    return await fields_of(actor, chosen.resource), _pages(actor, chosen)


async def _pages(actor: Actor, chosen: RecordQuery) -> AsyncIterator[Sequence[RecordOut]]:
    async for page in record_lists.pages(actor, FAMILY, chosen.resource, filter_of(chosen)):
        yield [_listed(chosen.resource, one) for one in page]


def filter_of(chosen: RecordQuery) -> RecordFilter:
    return RecordFilter(
        text=chosen.q,
        status=chosen.status,
        date_from=chosen.date_from.isoformat() if chosen.date_from else "",
        date_to=chosen.date_to.isoformat() if chosen.date_to else "",
        archived=chosen.archived,
        connection_id=chosen.integration_id,
        sort=chosen.sort,
        descending=chosen.order == "desc",
    )


def _listed(resource: str, one: Listed) -> RecordOut:
    return RecordOut(**_columns(one.record, resource, one.values), integration_ids=list(one.connection_ids))


def _field(one: RecordField, *, custom: bool) -> FieldOut:
    return FieldOut(key=one.key, label=one.label, type=one.type, column=one.column, custom=custom)


def _out(whole: Whole) -> RecordOut:
    return RecordOut(**_columns(whole.record, whole.collection, whole.values)).of(whole.version)


def _columns(record: Record, resource: str, values: dict[str, Any]) -> dict[str, Any]:
    shown = record.model_dump(include=set(RecordOut.model_fields))
    return {**shown, "record_version": record.version, "resource": resource, "fields": values}


def _source(one: record_history.Known) -> SourceOut:
    return SourceOut(
        integration_id=one.connection_id,
        integration_name=one.connection_name,
        crm_provider=one.provider,
        crm_name=consent.label_of(one.provider),
        external_id=one.external_id,
        state=cast("Any", one.state),
        last_read_at=one.read_at,
        changed_at_crm=one.modified,
        gone_at=one.gone_at,
        waits_to_be_sent=one.owes,
    )


def _related(one: record_history.Related) -> RelatedOut:
    record = one.record
    return RelatedOut(
        direction="to" if one.named else "from",
        field=one.field,
        external_id=one.external_id,
        id=record.id if record else None,
        resource=one.collection,
        name=record.name if record else "",
        date=record.date if record else "",
        status=record.status if record else "",
        value=record.value if record else 0,
    )


def _version(one: record_history.Entry) -> VersionOut:
    return VersionOut(
        id=one.id,
        version=one.number,
        kind=one.kind,
        at=one.at,
        made_by=one.made_by,
        job_id=one.job_id,
        job_type=JOB_TYPES.get(one.job_type, one.job_type),
        integration_id=one.connection_id,
        integration_name=one.connection_name,
        crm_name=consent.label_of(one.provider) if one.provider else "",
        changes=[_change(each) for each in one.changes],
        undone=one.undone,
        is_current=one.is_current,
    )


def _change(one: record_history.Change) -> ChangeOut:
    return ChangeOut(field=one.field, label=one.label, before=one.before, after=one.after)
