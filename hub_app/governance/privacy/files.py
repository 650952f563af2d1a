"""An export as a file in pieces: JSON, sealed, written by the steps of a job and read piece by piece."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import orjson
from pydantic import JsonValue
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.governance.privacy.mentions import Person
from hub_app.governance.tables import PrivacyFile, PrivacyRequest
from hub_app.kernel import db
from hub_app.kernel.clock import utcnow
from hub_app.kernel.vault import open_field, seal_field

# Characters.
_PIECE = 256 * 1024
END = "\n]}\n"


def beginning(person: Person) -> str:
    """What the file begins with."""
    asked = person.model_dump(mode="json", exclude_defaults=True)
    return f'{{"person":{_json(asked)},"exported_at":{_json(utcnow().isoformat())},"found":['


def item(where: str, key: object, made: datetime | None, fields: Mapping[str, object], *, first: bool) -> str:
    """Something that was found: in which table, which row, when it was made, and what its columns hold."""
    found = {"where": where, "id": key and str(key), "created_at": made, "fields": dict(fields)}
    return f"{'' if first else ','}\n{_json({name: one for name, one in found.items() if one is not None})}"


def as_json(text: str) -> JsonValue:
    """What a column holds: JSON where it is JSON, else its text."""
    if not text.startswith(("{", "[")):
        return text
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def add(session: AsyncSession, request: PrivacyRequest, number: int, text: str) -> int:
    """Add text to the file, in the open transaction; the number of the next piece."""
    for begin in range(0, len(text), _PIECE):
        piece = PrivacyFile(
            tenant_id=request.tenant_id, request_id=request.id, number=number, expires_at=request.expires_at
        )
        seal_field(piece, "content", text[begin : begin + _PIECE])
        session.add(piece)
        number += 1
    return number


async def read(tenant_id: UUID, request_id: UUID) -> AsyncIterator[str]:
    """The file, piece by piece; nothing when it is gone."""
    number = 0
    while (text := await piece(tenant_id, request_id, number)) is not None:
        yield text
        number += 1


async def piece(tenant_id: UUID, request_id: UUID, number: int) -> str | None:
    """A piece of the file; None behind the last one."""
    of_file = select(PrivacyFile).where(PrivacyFile.request_id == request_id, PrivacyFile.number == number)
    async with db.read(tenant_id) as session:
        found = (await session.exec(of_file)).one_or_none()
        return None if found is None else open_field(found, "content")


async def delete_some(session: AsyncSession, request_id: UUID, most: int) -> bool:
    """Delete some of a file's pieces, in the open transaction; whether there may be more."""
    of_file = select(PrivacyFile).where(PrivacyFile.request_id == request_id)
    some: Sequence[PrivacyFile] = (
        await session.exec(of_file.order_by(col(PrivacyFile.number)).limit(most))
    ).all()
    for one in some:
        await session.delete(one)
    return len(some) == most


def _json(value: object) -> str:
    return orjson.dumps(value, default=str).decode()
