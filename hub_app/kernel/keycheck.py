"""Whether ENCRYPTION_KEY is the one this database's secrets were sealed with: asked once, at start."""

from typing import TypedDict
from uuid import UUID

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import db
from hub_app.kernel.tables import Installation
from hub_app.kernel.tenancy import INSTALLATION
from hub_app.kernel.vault import get_vault

_NAME = "key_check"
_TEXT = "sealed with the key of this installation"


class _Where(TypedDict):
    tenant_id: UUID
    table: str
    row_id: UUID
    field: str


_PLACE: _Where = {"tenant_id": INSTALLATION, "table": "installation", "row_id": INSTALLATION, "field": _NAME}


async def check() -> None:
    """SealBroken when the key ring does not open what the first start sealed; the first start seals it."""
    async with db.system("is it the right key?", write=True) as session:
        mark = await _mark(session)
        if mark is None:
            session.add(Installation(name=_NAME, value=_sealed()))
            return
    get_vault().open(bytes.fromhex(mark.value), **_PLACE)


async def reseal() -> None:
    """Seal the mark with the newest key."""
    async with db.system("the mark of the key is sealed again", write=True) as session:
        mark = await _mark(session)
        if mark is not None:
            mark.value = _sealed()
            session.add(mark)


async def _mark(session: AsyncSession) -> Installation | None:
    return (await session.exec(select(Installation).where(Installation.name == _NAME))).one_or_none()


def _sealed() -> str:
    return get_vault().seal(_TEXT, **_PLACE).hex()
