"""The job that puts all of a tenant's CRM into a zip: read at one moment, written on disk, then kept in sealed pieces."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from tempfile import TemporaryFile
from typing import Any, BinaryIO, cast
from uuid import UUID

from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.crm.fields import STANDARD, Feature
from hub_app.crm.files.archive import Archive, json_line
from hub_app.crm.service import FAMILY
from hub_app.crm.service.record_files import cells, headings
from hub_app.crm.tables import CrmExport, CrmExportPiece
from hub_app.crm.tabular.writing import csv_text
from hub_app.kernel import cleaning, db, rows, threads, underway
from hub_app.kernel.clock import utcnow
from hub_app.kernel.jobs import Run
from hub_app.kernel.vault import seal_field
from hub_app.sync.service import everything
from hub_app.sync.service.everything import Collected, Whole

KIND = "crm.export"
FORMAT = 1
"""Of the manifest: it changes when a program that reads exports would have to."""
PIECE = 256 * 1024
# Each byte is a character: what is sealed is text.
BYTES = "iso-8859-1"
_TOGETHER = 4
_SAVED_EVERY = 1.0
_VERSIONS_OF = 50
_PERSON = ("name", "first_name", "last_name", "role", "emails", "phones")
_README = """Everything that Hub holds of the CRMs of one tenant, as it was at one moment (made_of in manifest.json).

clients.jsonl, projects.jsonl, ...   a JSON object for each record: its fields, and what it is at each CRM. Archived ones too.
clients.csv, projects.csv, ...       the same fields for a spreadsheet. A cell that would be a formula begins with an apostrophe.
people.jsonl, people.csv             the people of all clients, one each.
history.jsonl                        every change of every record, with the values before and after.
quarantine.jsonl                     what was read from a CRM and set aside.
fields.json                          what the fields are called, and which are the tenant's own.
connections.json                     the connected CRMs and their field mappings, without credentials.
manifest.json                        the number of records, the size and the SHA-256 of each file.

Not in here: credentials, jobs with their logs, and conflicts that wait for a decision.
"""


@dataclass(slots=True)
class _Progress:
    """How far the reading is, and the moment that it reads."""

    made_of: datetime = field(default_factory=utcnow)
    done: int = 0
    total: int | None = None


async def work(run: Run) -> str:
    """Make the zip of the export that the job is for. A process that is killed begins anew: what it had read is of its moment."""
    export_id = UUID(str(run.arguments["export_id"]))
    with underway.piece(), TemporaryFile() as file:
        into = cast("BinaryIO", file)
        progress = _Progress()
        counts = await _watched(run, progress, into)
        into.seek(0)
        size, digest = await threads.run(_measured, into, partition=run.tenant_id)
        pieces = await _keep(run, export_id, into)
        async with run.step() as session:
            export = await rows.get(session, CrmExport, export_id, lock=True)
            export.made_of, export.counts = progress.made_of, counts
            export.size, export.digest, export.pieces = size, digest, pieces
            session.add(export)
    total = sum(count for name, count in counts.items() if name.removesuffix(".jsonl") in STANDARD)
    return f"{total:,} {'record' if total == 1 else 'records'}, {size / 1_000_000:,.1f} MB."


async def _watched(run: Run, progress: _Progress, into: BinaryIO) -> dict[str, int]:
    """Read and write the zip, in a task of its own: its transaction stays open while this one tells how far it is."""
    reading = asyncio.create_task(_write(run.tenant_id, progress, into))
    try:
        while True:
            ended, _ = await asyncio.wait({reading}, timeout=_SAVED_EVERY)
            run.done, run.total = progress.done, progress.total
            async with run.step():
                pass
            if ended:
                return reading.result()
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


async def _write(tenant_id: UUID, progress: _Progress, into: BinaryIO) -> dict[str, int]:
    with Archive() as archive:
        async with db.read(tenant_id, at_once=True) as session:
            progress.made_of = utcnow()
            found: dict[Feature, Collected] = {}
            for name in STANDARD:
                if (one := await everything.collected(session, FAMILY, name)) is not None:
                    found[name] = one
            progress.total = sum(one.records for one in found.values())
            archive.part("README.txt").write(_README.encode())
            archive.part("fields.json").write(json_line({name: _fields(one) for name, one in found.items()}))
            connections = await everything.connections(session, FAMILY)
            archive.part("connections.json").write(json_line({"connections": connections}))
            for name, one in found.items():
                await _collection(session, archive, name, one, progress, tenant_id)
            async for some in everything.quarantined(session, FAMILY):
                content = b"".join(json_line(one) for one in some)
                archive.part("quarantine.jsonl").write(content, len(some))
        about = {"format": FORMAT, "tenant_id": tenant_id, "made_of": progress.made_of}
        return await threads.run(archive.finish, into, about, partition=tenant_id)


def _fields(of: Collected) -> list[dict[str, Any]]:
    return [
        {"key": one.key, "label": one.label, "type": one.type, "custom": one.key in of.custom}
        for one in of.fields
    ]


async def _collection(
    session: AsyncSession,
    archive: Archive,
    name: Feature,
    of: Collected,
    progress: _Progress,
    tenant_id: UUID,
) -> None:
    archive.part(f"{name}.jsonl")
    archive.part(f"{name}.csv").write(headings([one.label for one in of.fields]))
    async for some in everything.records(session, of.id):
        await threads.run(_write_records, archive, name, of, some, partition=tenant_id)
        ids = [one.record.id for one in some]
        for begin in range(0, len(ids), _VERSIONS_OF):
            async for versions in everything.versions(session, ids[begin : begin + _VERSIONS_OF]):
                await threads.run(_write_versions, archive, name, versions, partition=tenant_id)
        progress.done += len(some)


def _write_records(archive: Archive, name: Feature, of: Collected, some: Sequence[Whole]) -> None:
    lines = b"".join(json_line(_record(one)) for one in some)
    archive.part(f"{name}.jsonl").write(lines, len(some))
    fields = [(one.key, one.type) for one in of.fields]
    table = csv_text([cells(fields, one.record, one.values) for one in some])
    archive.part(f"{name}.csv").write(table.encode(), len(some))
    keys = [key for key, kind in fields if kind == "people"]
    people = [
        (one, person)
        for one in some
        for key in keys
        for person in cast("list[dict[str, Any]]", one.values.get(key) or [])
    ]
    if people:
        _write_people(archive, people)


def _write_people(archive: Archive, people: Sequence[tuple[Whole, dict[str, Any]]]) -> None:
    lines, table = archive.part("people.jsonl"), archive.part("people.csv")
    if not table.size:
        table.write(
            csv_text(
                [["Record ID", "Record", *(one.replace("_", " ").capitalize() for one in _PERSON)]]
            ).encode()
        )
    lines.write(
        b"".join(
            json_line({"record_id": of.record.id, "record": of.record.name, **one}) for of, one in people
        ),
        len(people),
    )
    cells_of = [
        [str(of.record.id), of.record.name, *(one.get(part) for part in _PERSON)] for of, one in people
    ]
    table.write(csv_text(cells_of).encode(), len(people))


def _record(one: Whole) -> dict[str, Any]:
    record = one.record
    return {
        "id": record.id,
        "name": record.name,
        "version": record.version,
        "created_at": record.created_at,
        "updated_at": record.updated_at,
        "archived_at": record.archived_at,
        "fields": one.values,
        "sources": one.links,
    }


def _write_versions(archive: Archive, name: Feature, versions: Sequence[everything.Version]) -> None:
    lines = (
        {
            "resource": name,
            "record_id": one.record_id,
            "number": one.number,
            "kind": one.kind,
            "at": one.created_at,
            "made_by": one.made_by,
            "job_id": one.job_id,
            "undone_by": one.undone_by,
            "before": one.before,
            "after": one.after,
        }
        for one in versions
    )
    archive.part("history.jsonl").write(b"".join(map(json_line, lines)), len(versions))


def _measured(file: BinaryIO) -> tuple[int, str]:
    digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    return file.tell(), digest


async def _keep(run: Run, export_id: UUID, file: BinaryIO) -> int:
    """The zip in sealed pieces, in small transactions; how many. Those of a process that was killed go first."""
    await cleaning.delete_history(col(CrmExportPiece.export_id), run.tenant_id, export_id)
    file.seek(0)
    number = 0
    while chunks := [chunk for _ in range(_TOGETHER) if (chunk := file.read(PIECE))]:
        async with run.step() as session:
            for chunk in chunks:
                piece = CrmExportPiece(tenant_id=run.tenant_id, export_id=export_id, number=number)
                seal_field(piece, "content", chunk.decode(BYTES))
                session.add(piece)
                number += 1
    return number
