"""Files that a request brings: on disk where they are large, so that no number of them fills the memory.

A body may have 16 MiB; a route that takes more (or less) says so: `@router.post(…, max_body_size=64 * MIB)`.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from starlette.datastructures import UploadFile
from starlette.requests import Request

from hub_app.kernel.errors import Invalid

MIB = 2**20
_IN_MEMORY = MIB
_MOST_FIELDS = 20


@dataclass(frozen=True, slots=True)
class Upload:
    """A file, to be read from its beginning, and the fields that came along in a form."""

    file: UploadFile
    fields: Mapping[str, str] = field(default_factory=dict[str, str])


@asynccontextmanager
async def received(request: Request) -> AsyncIterator[Upload]:
    """The part `file` of a form, or the whole body when it is none. Invalid for a form without a file.

    It is gone at the end of the block.
    """
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        async with request.form(max_files=1, max_fields=_MOST_FIELDS) as form:
            file = form.get("file")
            if not isinstance(file, UploadFile):
                raise Invalid.field("file", "is required")
            yield Upload(file, {name: text for name, text in form.items() if isinstance(text, str)})
        return
    with SpooledTemporaryFile[bytes](max_size=_IN_MEMORY) as kept:
        file = UploadFile(cast("BinaryIO", kept))
        async for chunk in request.stream():
            await file.write(chunk)
        await file.seek(0)
        yield Upload(file)
