"""Files that somebody brings: kept in sealed pieces in the database, so that any process can read them, for a day at most."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO, Protocol, cast
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.crm.fields import Feature
from hub_app.crm.files.columns import FileColumn, transforms_of
from hub_app.crm.files.reading import RowReader
from hub_app.crm.provider.file import FileSource
from hub_app.crm.tables import CrmFile, CrmFilePiece
from hub_app.crm.tabular import Layout, Place
from hub_app.kernel import cleaning, db, rows
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Conflict, Invalid, TooLarge
from hub_app.kernel.uploads import MIB
from hub_app.kernel.vault import open_field, seal_field
from hub_app.sync.schemas import RecordField
from hub_app.sync.service import connections

MOST = 64 * MIB
KEPT = timedelta(days=1)
_DONE = timedelta(minutes=5)
_PIECE = 256 * 1024
_TOGETHER = 4
# Each byte is a character: what is sealed is text.
_BYTES = "iso-8859-1"
_GONE = "This file is no longer kept. Upload it again."


class Readable(Protocol):
    """A file that comes in."""

    async def read(self, size: int = -1, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class OnDisk:
    """A file for the time of a block. It has no name there, so that nothing is left of it when the process is killed."""

    path: Path
    file: BinaryIO
    size: int
    digest: str


@asynccontextmanager
async def received(given: Readable) -> AsyncIterator[OnDisk]:
    """What comes in, on disk. TooLarge; Invalid for an empty one."""
    digest, size = hashlib.sha256(), 0
    with TemporaryFile() as file:
        while chunk := await given.read(_PIECE):
            size += len(chunk)
            if size > MOST:
                raise TooLarge(f"A file may have {MOST // MIB} MiB. Divide it, and upload the parts.")
            digest.update(chunk)
            file.write(chunk)
        if not size:
            raise Invalid.field("file", "is empty. Export it again and choose the new file")
        file.flush()
        yield OnDisk(_path(file), cast("BinaryIO", file), size, digest.hexdigest())


async def keep(row: CrmFile, file: BinaryIO) -> None:
    """Keep a file, in small transactions; one that is cut off has no `pieces`. Older ones of the connection that no job reads go."""
    await _drop_others(row)
    async with db.begin(row.tenant_id) as session:
        session.add(row)
    file.seek(0)
    number = 0
    while chunks := [chunk for _ in range(_TOGETHER) if (chunk := file.read(_PIECE))]:
        async with db.begin(row.tenant_id) as session:
            for chunk in chunks:
                piece = CrmFilePiece(tenant_id=row.tenant_id, file_id=row.id, number=number)
                seal_field(piece, "content", chunk.decode(_BYTES))
                session.add(piece)
                number += 1
    async with db.begin(row.tenant_id) as session:
        kept = await rows.get(session, CrmFile, row.id, lock=True)
        kept.pieces = number
        session.add(kept)
    row.pieces = number


async def _drop_others(row: CrmFile) -> None:
    async with db.read(row.tenant_id) as session:
        of_connection = select(CrmFile.id).where(CrmFile.connection_id == row.connection_id)
        found = set((await session.exec(of_connection)).all())
        busy = await connections.busy(session, [row.connection_id])
    used = {str(job.config.get("file_id")) for job in busy.values()}
    for file_id in found:
        if str(file_id) not in used:
            await cleaning.delete_history(col(CrmFilePiece.file_id), row.tenant_id, file_id)
            async with db.begin(row.tenant_id) as session:
                if (one := await session.get(CrmFile, (row.tenant_id, file_id))) is not None:
                    await session.delete(one)


async def find(
    session: AsyncSession, connection_id: UUID | None, file_id: UUID, *, lock: bool = False
) -> CrmFile:
    """A file that is wholly there; NotFound, and Conflict for one that is gone."""
    found = await rows.get(session, CrmFile, file_id, lock=lock)
    if not found.pieces or (connection_id is not None and found.connection_id != connection_id):
        raise Conflict(_GONE)
    return found


@asynccontextmanager
async def on_disk(file: CrmFile) -> AsyncIterator[Path]:
    """What is kept, for the time of the block. Conflict when a part of it is gone."""
    with TemporaryFile() as copy:
        for number in range(file.pieces):
            copy.write(await _piece(file, number))
        copy.flush()
        yield _path(copy)


async def _piece(file: CrmFile, number: int) -> bytes:
    of_file = select(CrmFilePiece).where(CrmFilePiece.file_id == file.id, CrmFilePiece.number == number)
    async with db.read(file.tenant_id) as session:
        found = (await session.exec(of_file)).one_or_none()
        if found is None or not found.content:
            raise Conflict(_GONE)
        return open_field(found, "content").encode(_BYTES)


def _path(file: Any) -> Path:
    """Where a file without a name can be opened again."""
    return Path(f"/dev/fd/{file.fileno()}")


@asynccontextmanager
async def opened(tenant_id: UUID, file_id: UUID) -> AsyncIterator[FileSource]:
    """The file that a job reads, which is kept as long as that goes on. Conflict when it is gone."""
    async with db.begin(tenant_id) as session:
        file = (
            await session.exec(select(CrmFile).where(CrmFile.id == file_id).with_for_update())
        ).one_or_none()
        if file is None or not file.pieces:
            raise Conflict(_GONE)
        file.expires_at = utcnow() + KEPT
        session.add(file)
        stream = await connections.stream_named(session, file.connection_id, file.resource)
        fields = await connections.fields_of_stream(session, stream)
    reader = reader_of(file, fields)
    async with on_disk(file) as path:
        layout = layout_of(file.layout)
        yield FileSource(tenant_id, path, layout, file.resource, reader.read, file.digest)


def reader_of(file: CrmFile, fields: list[RecordField]) -> RowReader:
    types = {one.key: one.type for one in fields}
    columns = [FileColumn.of(one) for one in file.columns]
    read = {
        one.header: (one.field, transforms_of(one, types.get(one.field, "text")))
        for one in columns
        if one.field
    }
    return RowReader(cast("Feature", file.feature), read, fields, str(file.connection_id))


async def done(tenant_id: UUID, file_id: UUID) -> None:
    """The file is not needed any more: it goes soon."""
    async with db.begin(tenant_id) as session:
        file = await session.get(CrmFile, (tenant_id, file_id), with_for_update=True)
        if file is not None:
            file.expires_at = utcnow() + _DONE
            session.add(file)


def layout_json(layout: Layout) -> dict[str, Any]:
    return asdict(layout)


def layout_of(kept: dict[str, Any]) -> Layout:
    """What `layout_json` gave."""
    parts: dict[str, Any] = {**kept, "headers": tuple(kept["headers"]), "start": Place(**kept["start"])}
    return Layout(**parts)
