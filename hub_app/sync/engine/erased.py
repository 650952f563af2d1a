"""People who were erased, and whom no sync may bring back."""

import re
from collections.abc import Iterator, Sequence
from uuid import UUID

from pydantic import JsonValue
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.governance.service import privacy
from hub_app.kernel.personal import ERASED
from hub_app.sync.engine.known import Known

SKIPPED = "erased_person"
_ADDRESS = re.compile(r"[^\s<>()\[\]{},;:\"'|\\/]+@[^\s<>()\[\]{},;:\"'|\\/]+")


async def among(session: AsyncSession, tenant_id: UUID, contents: Sequence[JsonValue]) -> set[int]:
    """The numbers of those contents that have the e-mail address of somebody who was erased, in the open transaction."""
    if not contents or not await privacy.has_erased(session):
        return set()
    addresses = [
        {one.strip(".") for text in _texts(content) for one in _ADDRESS.findall(text)} for content in contents
    ]
    every = set[str]().union(*addresses)
    erased = await privacy.erased_among(session, tenant_id, every) if every else set[str]()
    return {number for number, held in enumerate(addresses) if held & erased}


def is_erased(known: Known) -> bool:
    """Whether a record is what erasing has left of one."""
    return known.name == ERASED and known.archived_at is not None and not known.values


def _texts(content: JsonValue) -> Iterator[str]:
    """Those that may have an address, however deeply they lie."""
    waiting = [content]
    while waiting:
        match waiting.pop():
            case str() as text:
                yield from [text] if "@" in text else []
            case dict() as names:
                waiting += [*names, *names.values()]
            case list() as entries:
                waiting += entries
            case _:
                pass
