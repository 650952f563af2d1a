"""The newest consent to a thing: it decides, and it is the one to revoke. Found through an index, however long the history is."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import Select, SelectOfScalar

from hub_app.governance.schemas.consents import BINDING
from hub_app.governance.tables import ConsentGrant, ConsentRevocation
from hub_app.kernel import bulk
from hub_app.kernel.consents import kinds

Chosen = TypeVar("Chosen", bound="Select[*tuple[Any, ...]] | SelectOfScalar[Any]")
REVOKED = select(ConsentRevocation.id).where(ConsentRevocation.grant_id == ConsentGrant.id).exists()
"""Of a consent in a statement."""


def among(session: AsyncSession, statement: Chosen, kind: str, ids: Collection[object]) -> Chosen:
    """A statement of consents, for the newest one to each of these connections of a kind alone."""
    wanted = bulk.texts_of(session, [str(one) for one in ids])
    other = aliased(ConsentGrant)
    newest = (
        select(other.id)
        .where(other.resource_id == wanted.c.text, other.consent_type == BINDING, other.resource_type == kind)
        .order_by(col(other.id).desc())
        .limit(1)
        .correlate(wanted)
        .scalar_subquery()
    )
    # Not a join: SQLite would go through all consents of the tenant for it.
    return statement.where(col(ConsentGrant.id).in_(select(newest).select_from(wanted)))


async def newest_of(
    session: AsyncSession, kind: str, ids: Iterable[object], *, lock: bool = False
) -> dict[UUID, ConsentGrant]:
    """The newest consent to each of these connections of a kind that Hub knows, by their ids. With `lock`, whoever revokes one of
    them waits for the open transaction, and finds what it leaves.
    """
    there = set(ids)
    if not there:
        return {}
    statement = among(session, select(ConsentGrant), kind, there)
    if lock:
        # In one order everywhere, so that two who lock the same ones wait for each other.
        in_order = statement.order_by(col(ConsentGrant.id))
        await session.exec(in_order.with_for_update(key_share=True, of=ConsentGrant))
    # After the lock: newer ones may have come while it was waited for.
    found = await session.exec(statement)
    return {UUID(one.resource_id): one for one in found.all()}


async def ends_of(session: AsyncSession, grants: Iterable[ConsentGrant]) -> dict[UUID, ConsentRevocation]:
    """The revocations of these consents, by the consents' ids."""
    ended = select(ConsentRevocation).where(col(ConsentRevocation.grant_id).in_([one.id for one in grants]))
    return {one.grant_id: one for one in (await session.exec(ended)).all()}


async def newer_than(session: AsyncSession, grants: Sequence[ConsentGrant]) -> dict[UUID, UUID]:
    """Which consent took the place of each of these, by their ids: the newest one to the same thing, of the same person where
    nothing is bound by it.
    """
    other = aliased(ConsentGrant)
    binds = sa.and_(col(ConsentGrant.resource_type).in_(kinds()), col(ConsentGrant.consent_type) == BINDING)
    newest = (
        select(other.id)
        .where(
            other.resource_id == ConsentGrant.resource_id,
            other.consent_type == ConsentGrant.consent_type,
            other.resource_type == ConsentGrant.resource_type,
            sa.or_(binds, col(other.user_id).is_not_distinct_from(ConsentGrant.user_id)),
        )
        .order_by(col(other.id).desc())
        .limit(1)
        .correlate(ConsentGrant)
        .scalar_subquery()
    )
    chosen = col(ConsentGrant.id).in_([one.id for one in grants])
    found = await session.exec(select(ConsentGrant.id, newest).where(chosen))
    return {one: last for one, last in found.all() if last != one}
