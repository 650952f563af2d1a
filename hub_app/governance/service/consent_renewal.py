"""Consents that were given to an earlier version of the policy: which need renewal, the notice of it, and renewing them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.governance.schemas.consents import Renewed
from hub_app.governance.service import consent_newest, consents
from hub_app.governance.service.consent_giving import is_mine
from hub_app.governance.service.consent_log import WRITE
from hub_app.governance.tables import ConsentGrant
from hub_app.kernel import db
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.cache import Cache
from hub_app.kernel.consents import Connected, kinds
from hub_app.kernel.notices import Notice
from hub_app.kernel.settings import get_settings

# In a notice, by their names.
_NAMED = 3
_AT_ONCE = 100
_Key = tuple[UUID, int]


@dataclass(frozen=True, slots=True)
class _Old:
    """A connection, whose newest consent is not revoked and of an earlier policy, and who gave that."""

    kind: str
    id: UUID
    given_by: UUID | None


@dataclass(frozen=True, slots=True)
class Outdated:
    """A connection whose consent needs renewal."""

    kind: str
    of: Connected


# By the tenant and the policy version. Whoever connects, consents or revokes signals it. A connection that goes need not: what
# is known here is looked for among those that are there.
_known: Cache[_Key, tuple[_Old, ...]] = Cache(consents.TOPIC, most=1000)


async def outdated(actor: Actor) -> list[Outdated]:
    """The connections whose consent needs renewal and that the actor may renew, in the order of the page of consents. No
    transaction may be open; while nothing needs renewal, it reads no row unless a consent changed since it was asked last.
    """
    version = get_settings().consent_policy_version
    if version == 1 or not actor.may(Role.ENGINEER, WRITE):
        return []
    known = await _known.one((actor.tenant_id, version), _load)
    if not known:
        return []
    async with db.read(actor.tenant_id) as session:
        return await _mine(session, actor, known)


async def notices(actor: Actor) -> list[Notice]:
    """The notice that some consents need renewal, for those who can renew them."""
    names = [one.of.name for one in await outdated(actor)]
    if not names:
        return []
    what = "1 consent needs" if len(names) == 1 else f"{len(names):,} consents need"
    text = f"The policy has changed since consent was given for {_listed(names)}. Nothing stops unless someone revokes a consent."
    return [Notice(f"{what} renewal. {text}", "Review consents", "/governance/consents")]


async def renew_all(actor: Actor, *, on_screen: bool = False) -> Renewed:
    """Renew what `outdated` tells: one's own consents, for customer admins everyone's. A hundred at a time, each hundred in a
    transaction of its own: cut off, it has renewed some, and renews the others when it is asked again.
    """
    actor.require(Role.ENGINEER, WRITE)
    wanted, renewed = await outdated(actor), 0
    for at in range(0, len(wanted), _AT_ONCE):
        async with db.begin(actor.tenant_id) as session:
            renewed += await _renew(session, actor, wanted[at : at + _AT_ONCE], on_screen=on_screen)
    return Renewed(renewed=renewed)


async def _renew(session: AsyncSession, actor: Actor, wanted: Sequence[Outdated], *, on_screen: bool) -> int:
    """Renew these, but for what was revoked, renewed or disconnected since they were listed."""
    still: list[_Old] = []
    for kind, of_kind in groupby(wanted, key=lambda one: one.kind):
        newest = await consent_newest.newest_of(session, kind, [one.of.id for one in of_kind], lock=True)
        ended = await consent_newest.ends_of(session, newest.values())
        still += [
            _Old(kind, of, grant.user_id)
            for of, grant in newest.items()
            if grant.id not in ended and grant.policy_version < get_settings().consent_policy_version
        ]
    mine = await _mine(session, actor, still)
    for one in mine:
        source = "screen" if on_screen else "rest"
        await consents.add(session, actor, consents.consent_of(actor, one.kind, one.of, source=source))
    return len(mine)


async def _mine(session: AsyncSession, actor: Actor, known: Sequence[_Old]) -> list[Outdated]:
    """Those that are there still, and that the actor may renew."""
    found: list[Outdated] = []
    for name, kind in kinds().items():
        given_by: Mapping[UUID, UUID | None] = {one.id: one.given_by for one in known if one.kind == name}
        if given_by:
            there = await kind.among(session, actor, given_by.keys())
            found += [Outdated(name, one) for one in there if is_mine(actor, one, given_by[one.id])]
    return found


async def _load(keys: list[_Key]) -> dict[_Key, tuple[_Old, ...]]:
    return {(tenant_id, version): await _old(tenant_id, version) for tenant_id, version in keys}


async def _old(tenant_id: UUID, version: int) -> tuple[_Old, ...]:
    """All connections of the tenant whose consent is of an earlier policy than this."""
    found: list[_Old] = []
    columns = select(ConsentGrant.resource_id, ConsentGrant.user_id)
    is_old = col(ConsentGrant.policy_version) < version, ~consent_newest.REVOKED
    async with db.read(tenant_id) as session:
        for name, kind in kinds().items():
            ids = await kind.ids(session)
            newest = await consent_newest.newest_in(session, name, ids)
            for resource_id, given_by in (await session.exec(columns.where(newest, *is_old))).all():
                found.append(_Old(name, UUID(resource_id), given_by))
    return tuple(found)


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    *several, last = [*names[:_NAMED], f"{more:,} more"] if more > 0 else names
    if not several:
        return last
    return f"{', '.join(several)}{',' if len(several) > 1 else ''} and {last}"
