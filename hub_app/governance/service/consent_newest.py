"""The newest consent to a thing: it decides, and it is the one to revoke. Found through an index, however long the history is."""

from collections.abc import Collection, Iterable, Sequence
from typing import cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.governance.schemas.consents import BINDING
from hub_app.governance.tables import ConsentGrant, ConsentRevocation
from hub_app.kernel import bulk
from hub_app.kernel.consents import kinds

REVOKED = select(ConsentRevocation.id).where(ConsentRevocation.grant_id == ConsentGrant.id).exists()
"""Of a consent in a statement."""


async def newest_in(session: AsyncSession, kind: str, ids: Collection[object]) -> sa.ColumnElement[bool]:
    """Holds for the newest consent to each of these connections of a kind, and for no other one."""
    wanted = bulk.texts_of(session, [str(one) for one in ids])
    newest = (
        select(ConsentGrant.id)
        .where(
            ConsentGrant.resource_id == wanted.c.text,
            ConsentGrant.consent_type == BINDING,
            ConsentGrant.resource_type == kind,
        )
        .order_by(col(ConsentGrant.id).desc())
        .limit(1)
        .correlate(wanted)
        .scalar_subquery()
    )
    # Asked for by themselves: PostgreSQL would go through all consents of the tenant to join them, SQLite to compare them.
    found = cast("list[UUID | None]", (await session.exec(select(newest).select_from(wanted))).all())
    return col(ConsentGrant.id).in_([one for one in found if one is not None])


async def newest_of(
    session: AsyncSession, kind: str, ids: Iterable[object], *, lock: bool = False
) -> dict[UUID, ConsentGrant]:
    """The newest consent to each of these connections of a kind that Hub knows, by their ids. With `lock`, whoever revokes one of
    them waits for the open transaction, and finds what it leaves.
    """
    there = set(ids)
    if not there:
        return {}
    newest = await newest_in(session, kind, there)
    if lock:
        # In one order everywhere, so that two who lock the same ones wait for each other.
        in_order = select(ConsentGrant.id).where(newest).order_by(col(ConsentGrant.id))
        await session.exec(in_order.with_for_update(key_share=True))
        # Newer ones may have come while that was waited for.
        newest = await newest_in(session, kind, there)
    found = await session.exec(select(ConsentGrant).where(newest))
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
