"""A row of the tenant by its id, or NotFound in the table's own words."""

from typing import TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel.errors import NotFound
from hub_app.kernel.tenancy import TenantOwned

Row = TypeVar("Row", bound=TenantOwned)


async def get(
    session: AsyncSession,
    model: type[Row],
    row_id: UUID,
    *only: sa.ColumnElement[bool],
    lock: bool = False,
) -> Row:
    """The session's tenant's row, as it is now; NotFound when there is none for which `only` holds.

    `lock` is against other changes of the row, not against rows that merely refer to it.
    """
    statement = select(model).where(col(model.id) == row_id, *only)
    if lock:
        statement = statement.with_for_update(key_share=True)
    found = await session.exec(statement.execution_options(populate_existing=True))
    row = found.one_or_none()
    if row is None:
        raise NotFound(f"{model.called} not found")
    return row
