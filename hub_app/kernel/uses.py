"""What uses a thing: asked before it is deleted, by a person (`Capability.users`) or in its time (`Capability.needs`)."""

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import capabilities


async def count_users(session: AsyncSession, kind: str, thing_id: UUID) -> dict[str, int]:
    """How many things of other capabilities use this one, by what they are; in the open transaction."""
    counted: dict[str, int] = {}
    for capability in capabilities.every():
        if kind in capability.users:
            counted |= await capability.users[kind](session, thing_id)
    return counted


async def lose(session: AsyncSession, kind: str, tenant_id: UUID, thing_id: UUID) -> None:
    """Tell other capabilities that a thing of the tenant is about to go, in the transaction that deletes it."""
    for capability in capabilities.every():
        if kind in capability.lost:
            await capability.lost[kind](session, tenant_id, thing_id)


def needed(
    kind: str, tenant_id: sa.ColumnElement[UUID], row_id: sa.ColumnElement[UUID]
) -> Sequence[sa.ColumnElement[bool]]:
    """Conditions of which one holds for each row of a kind that work of other capabilities waits for."""
    return [
        capability.needs[kind](tenant_id, row_id)
        for capability in capabilities.every()
        if kind in capability.needs
    ]
