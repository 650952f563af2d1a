"""Sealing everything again with the newest key, after which the old ones can be dropped."""

from collections.abc import Iterator
from typing import TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm.attributes import flag_modified
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import capabilities, db, keycheck
from hub_app.kernel.tenancy import InstallationOwned, TenantOwned
from hub_app.kernel.vault import Keeper, SealedType, get_vault, open_field, seal_field

Row = TypeVar("Row", bound=Keeper)
_CHUNK = 200


async def reseal() -> int:
    """Seal every stored secret with the newest key of the ring; how many there were to do.

    In chunks, so that it can be cut off and begun again. SealBroken when one was sealed with a key that is not there.
    """
    capabilities.load_tables()
    count = 0
    for model in (*TenantOwned.__subclasses__(), *InstallationOwned.__subclasses__()):
        fields = list(_sealed_fields(model))
        if fields:
            count += await _reseal_table(model, fields)
    await keycheck.reseal()
    return count


def _sealed_fields(model: type[Keeper]) -> Iterator[str]:
    for column in sa.inspect(model).columns:
        if isinstance(column.type, SealedType):
            yield column.name


async def _reseal_table(model: type[Row], fields: list[str]) -> int:
    keys = sa.inspect(model).primary_key
    count, after = 0, (UUID(int=0),) * len(keys)
    while True:
        async with db.system("stored secrets are sealed again", write=True) as session:
            chunk = select(model).where(sa.tuple_(*keys) > after).order_by(*keys).limit(_CHUNK)
            rows = (await session.exec(chunk)).all()
            count += sum(_reseal_row(session, row, fields) for row in rows)
        if len(rows) < _CHUNK:
            return count
        after = tuple(getattr(rows[-1], key.name) for key in keys)


def _reseal_row(session: AsyncSession, row: Keeper, fields: list[str]) -> int:
    old = [name for name in fields if getattr(row, name) and not get_vault().is_current(getattr(row, name))]
    for name in old:
        seal_field(row, name, open_field(row, name))
    if old:
        if hasattr(row, "updated_at"):
            # Nobody changed anything: the time of the last change stays.
            flag_modified(row, "updated_at")
        session.add(row)
    return len(old)
