"""Importing files: what is in one, how it is to be read, and the job that brings its rows in."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import cast
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.crm.fields import Feature
from hub_app.crm.files import columns
from hub_app.crm.files.columns import FileColumn
from hub_app.crm.provider import Provider, file_mappings
from hub_app.crm.schemas.importing import (
    ColumnIn,
    ColumnOut,
    ExaminedOut,
    FileFeature,
    ImportIn,
    LayoutIn,
    TargetOut,
)
from hub_app.crm.schemas.jobs import SyncJobOut
from hub_app.crm.service import FAMILY, READ, WRITE, accounts, files, syncs
from hub_app.crm.service.files import OnDisk, Readable
from hub_app.crm.tables import CrmFile
from hub_app.crm.tabular import Layout, NotTabular, examine, read_page
from hub_app.kernel import audit, db, threads
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import FieldError, Invalid
from hub_app.sync.schemas import FieldMapping, RecordField
from hub_app.sync.service import access, connections, jobs
from hub_app.sync.service.connections import Connection, StreamSetup

_SAMPLED = 200


async def examine_file(
    actor: Actor, connection_id: UUID, given: Readable, name: str, layout: LayoutIn
) -> ExaminedOut:
    """Find out what a file holds, and keep it for a day. Invalid for what is no table, TooLarge."""
    actor.require(Role.ENGINEER, WRITE)
    feature: FileFeature = layout.resource or "clients"
    async with db.read(actor.tenant_id) as session:
        connection = await access.connection(session, FAMILY, connection_id)
    _check(connection, feature)
    async with files.received(given) as on_disk:
        row = _new(actor, connection, feature, name, on_disk)
        fields = await _look(row, on_disk.path, layout, actor.tenant_id)
        await files.keep(row, on_disk.file)
    return _out(row, fields)


async def get_file(actor: Actor, connection_id: UUID, file_id: UUID) -> ExaminedOut:
    """A file that is kept. Conflict when it is gone."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    async with db.read(actor.tenant_id) as session:
        await access.connection(session, FAMILY, connection_id)
        file = await files.find(session, connection_id, file_id)
        fields = await _fields(session, file)
    return _out(file, fields)


async def correct_layout(actor: Actor, connection_id: UUID, file_id: UUID, given: LayoutIn) -> ExaminedOut:
    """Look at a file once more, with what a person says of it: its columns are found anew."""
    actor.require(Role.ENGINEER, WRITE)
    given.changes()
    async with db.read(actor.tenant_id) as session:
        connection = await access.connection(session, FAMILY, connection_id)
        file = await files.find(session, connection_id, file_id)
    if given.resource is not None:
        _check(connection, given.resource)
        file.feature, file.resource = given.resource, _stream_of(connection, given.resource)
    async with files.on_disk(file) as path:
        fields = await _look(file, path, given, actor.tenant_id)
    async with db.begin(actor.tenant_id) as session:
        kept = await files.find(session, connection_id, file_id, lock=True)
        kept.layout, kept.columns = file.layout, file.columns
        kept.feature, kept.resource = file.feature, file.resource
        session.add(kept)
    return _out(file, fields)


async def start_import(actor: Actor, connection_id: UUID, file_id: UUID, given: ImportIn) -> SyncJobOut:
    """Start the job that imports a file, or tells what it would do. SyncUnderWay, NotConnected; Invalid for a mapping that does
    not fit, and while it is not known how dates or numbers are written.
    """
    actor.require(Role.ENGINEER, WRITE)
    async with db.begin(actor.tenant_id) as session:
        connection = await access.connection(session, FAMILY, connection_id, lock=True)
        await jobs.require_idle(session, connection)
        jobs.require_connected(connection)
        file = await files.find(session, connection_id, file_id, lock=True)
        _check(connection, cast("FileFeature", file.feature))
        fields = await _fields(session, file)
        found = _chosen([FileColumn.of(one) for one in file.columns], fields, file, given.mapping)
        file.columns = [one.as_json() for one in found]
        session.add(file)
        await _remember(session, connection, file, given.mapping)
        await _ensure_stream(session, connection, file, found, fields)
        job = await jobs.start(
            session,
            actor,
            connection,
            "full_import",
            trigger="file",
            dry_run=given.dry_run,
            config={"file_id": str(file.id), "kept": given.dry_run},
        )
        fed = sorted({one.field for one in found if one.field})
        verb = "previewed" if given.dry_run else "triggered"
        await audit.act(session, actor, f"crm.sync.{verb}", job, type=job.type, trigger="file", fields=fed)
    return syncs.job_out(job)


def _check(connection: Connection, feature: FileFeature) -> None:
    provider = accounts.provider_of(connection.provider)
    if connection.direction == "out":
        raise Invalid.field("file", "cannot be imported: this integration is export_only")
    if not provider.capabilities.csv or feature not in provider.features:
        raise Invalid.field("resource", f"cannot be imported from files of {provider.name}")


def _new(actor: Actor, connection: Connection, feature: FileFeature, name: str, given: OnDisk) -> CrmFile:
    return CrmFile(
        tenant_id=actor.tenant_id,
        connection_id=connection.id,
        name=Path(name).name[:200] or "file",
        size=given.size,
        digest=given.digest,
        feature=feature,
        resource=_stream_of(connection, feature),
        expires_at=utcnow() + files.KEPT,
    )


def _stream_of(connection: Connection, feature: Feature) -> str:
    """The stream that rows of files go to: one of their own where the CRM's API is read as well, which has other IDs."""
    provider = accounts.provider_of(connection.provider)
    return f"{feature}_file" if provider.capabilities.read else feature


async def _look(row: CrmFile, path: Path, given: LayoutIn, tenant_id: UUID) -> list[RecordField]:
    """Find a file's layout and its columns; the fields that these may feed."""
    try:
        layout, values = await threads.run(_sampled, path, given, partition=tenant_id)
    except NotTabular as error:
        raise Invalid.field("file", str(error)) from None
    async with db.read(tenant_id) as session:
        connection = await access.connection(session, FAMILY, row.connection_id)
        account = await accounts.account_of(session, row.connection_id)
        fields = await _fields(session, row)
    known = columns.targets_of(cast("Feature", row.feature), fields)
    preset = _preset(accounts.provider_of(connection.provider), row.feature)
    remembered = account.headers.get(row.feature, {})
    found = columns.recognized(layout.headers, values, known, preset=preset, remembered=remembered)
    row.layout = files.layout_json(layout)
    row.columns = [one.as_json() for one in found]
    return fields


def _sampled(path: Path, given: LayoutIn) -> tuple[Layout, Mapping[str, Sequence[str]]]:
    """It blocks."""
    layout = examine(path, encoding=given.encoding, delimiter=given.delimiter, header_line=given.header_line)
    page = read_page(path, layout, size=_SAMPLED)
    return layout, {
        header: [row.cells[header] for row in page.rows if header in row.cells] for header in layout.headers
    }


def _preset(provider: Provider, feature: str) -> Mapping[str, str]:
    found = [one.headers for one in provider.presets if one.feature == feature]
    return found[0] if found else dict[str, str]()


async def _fields(session: AsyncSession, file: CrmFile) -> list[RecordField]:
    stream = await connections.stream_named(session, file.connection_id, file.feature)
    return await connections.fields_of_stream(session, stream)


def _chosen(
    found: Sequence[FileColumn], fields: Sequence[RecordField], file: CrmFile, given: Mapping[str, ColumnIn]
) -> list[FileColumn]:
    """The columns as they are to be read. Invalid, naming each header that something is wrong with."""
    known = {one.key: one for one in columns.targets_of(cast("Feature", file.feature), fields)}
    headers = {one.header for one in found}
    errors = [
        FieldError(f"mapping.{one}", "is not a header of this file") for one in given if one not in headers
    ]
    chosen = [_with(one, given[one.header]) if one.header in given else one for one in found]
    fed: dict[str, str] = {}
    for one in chosen:
        if not one.field:
            continue
        if one.field not in known:
            errors.append(FieldError(f"mapping.{one.header}", f"feeds {one.field}, which is not a field"))
        elif one.field in fed:
            told = f"feeds {one.field}, which {fed[one.field]} feeds already"
            errors.append(FieldError(f"mapping.{one.header}", told))
        elif columns.asks(one, known[one.field].type):
            told = f"must be one of {', '.join(one.choices)}: its values can be read in more than one way"
            errors.append(FieldError(f"mapping.{one.header}.format", told))
        fed.setdefault(one.field, one.header)
    if not fed:
        errors.append(FieldError("mapping", "must have a column that feeds a field: none was recognized"))
    if errors:
        raise Invalid(errors)
    return chosen


def _with(column: FileColumn, given: ColumnIn) -> FileColumn:
    transforms = None if given.transforms is None else [one.model_dump() for one in given.transforms]
    return replace(
        column,
        field=given.field,
        format=given.format or column.format,
        transforms=transforms,
    )


async def _remember(
    session: AsyncSession, connection: Connection, file: CrmFile, given: Mapping[str, ColumnIn]
) -> None:
    """Remember what a person chose for the headers, for the next file."""
    if given:
        account = await accounts.account_of(session, connection.id, lock=True)
        of_feature = account.headers.get(file.feature, {}) | {
            header: one.field for header, one in given.items()
        }
        account.headers = {**account.headers, file.feature: of_feature}
        session.add(account)


async def _ensure_stream(
    session: AsyncSession,
    connection: Connection,
    file: CrmFile,
    found: Sequence[FileColumn],
    fields: Sequence[RecordField],
) -> None:
    """Have the stream that the rows go to, with all that its mapping needs: a field of the tenant's own is mapped by being fed."""
    feature = cast("Feature", file.feature)
    of_features = await connections.stream_named(session, connection.id, feature)
    mapping = [
        FieldMapping.model_validate(
            {"source": one.source, "target": one.target, "transforms": one.transforms, "direction": "in"}
        )
        for one in file_mappings(feature)[feature]
        # Records of a CRM's API have other IDs than those that a file's clients have.
        if file.resource == feature or one.target != "client"
    ]
    standard = {one.target for one in mapping}
    keys = {one.key for one in fields}
    mapping += [
        FieldMapping(source=f"fields.{key}", target=key, direction="in")
        for key in dict.fromkeys(one.field for one in found)
        if key in keys and key not in standard
    ]
    await connections.ensure_stream(
        session, connection, StreamSetup(file.resource, of_features.collection_id, mapping)
    )


def _out(file: CrmFile, fields: Sequence[RecordField]) -> ExaminedOut:
    known = columns.targets_of(cast("Feature", file.feature), fields)
    types = {one.key: one.type for one in known}
    layout = files.layout_of(file.layout)
    return ExaminedOut(
        file_id=file.id,
        name=file.name,
        size=file.size,
        resource=cast("FileFeature", file.feature),
        encoding=layout.encoding,
        delimiter=layout.delimiter,
        header_line=layout.header_line,
        columns=[_column_out(FileColumn.of(one), types) for one in file.columns],
        fields=[TargetOut(key=one.key, label=one.label, type=one.type) for one in known],
        expires_at=file.expires_at,
    )


def _column_out(one: FileColumn, types: Mapping[str, str]) -> ColumnOut:
    parts = asdict(one)
    del parts["transforms"]
    return ColumnOut.model_validate(
        {
            **parts,
            "field": one.field or None,
            "suggested": one.suggested or None,
            "asks": columns.asks(one, types.get(one.field or one.suggested, "")),
        }
    )
