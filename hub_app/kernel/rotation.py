"""Sealing everything again with the newest key, after which the old ones can be dropped."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm.attributes import flag_modified
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import capabilities, db, keycheck
from hub_app.kernel.tenancy import InstallationOwned, TenantOwned
from hub_app.kernel.vault import Keeper, SealBroken, SealedType, get_vault, open_field, seal_field

Row = TypeVar("Row", bound=Keeper)
_CHUNK = 200


@dataclass(slots=True)
class Resealed:
    """How many secrets were sealed again, and where those are that do not open: they stay as they are."""

    count: int = 0
    unopened: list[str] = field(default_factory=list[str])


async def reseal() -> Resealed:
    """Seal every stored secret with the newest key of the ring. In chunks, so that it can be cut off and begun again."""
    capabilities.load_tables()
    done = Resealed()
    for model in (*tables_of(TenantOwned), *tables_of(InstallationOwned)):
        fields = list(_sealed_fields(model))
        if fields:
            await _reseal_table(model, fields, done)
    await keycheck.reseal()
    return done


def tables_of(base: type[Keeper]) -> Iterator[type[Keeper]]:
    """The tables that derive from it, also through a base such as LeasedWork, which is none."""
    for model in base.__subclasses__():
        if hasattr(model, "__mapper__"):
            yield model
        yield from tables_of(model)


def _sealed_fields(model: type[Keeper]) -> Iterator[str]:
    for column in sa.inspect(model).columns:
        if isinstance(column.type, SealedType):
            yield column.name


async def _reseal_table(model: type[Row], fields: list[str], done: Resealed) -> None:
    keys = sa.inspect(model).primary_key
    after = (UUID(int=0),) * len(keys)
    while True:
        async with db.system("stored secrets are sealed again", write=True) as session:
            chunk = select(model).where(sa.tuple_(*keys) > after).order_by(*keys).limit(_CHUNK)
            rows = (await session.exec(chunk)).all()
            for row in rows:
                _reseal_row(session, row, fields, done)
        if len(rows) < _CHUNK:
            return
        after = tuple(getattr(rows[-1], key.name) for key in keys)


def _reseal_row(session: AsyncSession, row: Keeper, fields: list[str], done: Resealed) -> None:
    old = [name for name in fields if getattr(row, name) and not get_vault().is_current(getattr(row, name))]
    for name in old:
        try:
            seal_field(row, name, open_field(row, name))
        except SealBroken:
            done.unopened.append(f"{type(row).__tablename__} {row.id} {name}")
        else:
            done.count += 1
    if old:
        if hasattr(row, "updated_at"):
            # Nobody changed anything: the time of the last change stays.
            flag_modified(row, "updated_at")
        session.add(row)
