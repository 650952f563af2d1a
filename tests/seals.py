"""Stored secrets that no longer open, as after a lost key or a row copied by hand."""

from uuid import UUID

import sqlalchemy as sa

from hub_app.kernel import db
from hub_app.kernel.vault import Keeper, Vault

LOST = Vault([bytes(range(7, 39))])


async def lose(model: type[Keeper], row_id: UUID, *fields: str) -> None:
    """Seal these columns of a row with a key that nobody has any more."""
    place = {"tenant_id": UUID(int=0), "table": "elsewhere", "row_id": UUID(int=0), "field": "another"}
    values = {field: LOST.seal("lost", **place) for field in fields}  # type: ignore[arg-type]
    async with db.system("a test loses a key", write=True) as session:
        await session.exec(sa.update(model).where(model.id == row_id).values(**values))  # type: ignore[arg-type]
