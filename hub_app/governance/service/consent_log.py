"""The history of consents, giving them, and revoking them."""

from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from hub_app.governance.schemas.consents import ConsentFilter, ConsentIn, ConsentOut, ConsentType
from hub_app.governance.service import consents
from hub_app.governance.service.distinct import people_in
from hub_app.governance.service.people import last_names
from hub_app.governance.tables import ConsentGrant, ConsentRevocation
from hub_app.kernel import audit, db, paging, rows
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.consents import Connected, kinds
from hub_app.kernel.errors import Conflict, Forbidden, Invalid
from hub_app.kernel.ids import lowest_at
from hub_app.kernel.settings import get_settings

READ = "read:consents"
WRITE = "write:consents"
TYPES: tuple[ConsentType, ...] = ("THIRD_PARTY", "DATA_PROCESSING", "MARKETING", "ANALYTICS")
_SHOWN = ConsentOut.model_fields.keys() & ConsentGrant.model_fields.keys()
NOT_YOURS = "The person who gave this consent and customer admins can revoke it and give it again"


async def list_consents(
    actor: Actor, chosen: ConsentFilter, page: paging.PageRequest
) -> paging.Slice[ConsentOut]:
    """All consents that were ever given in the tenant, newest first."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    async with db.read(actor.tenant_id) as session:
        statement = _filtered(select(ConsentGrant), chosen)
        newest_first = paging.newest_first(ConsentGrant.id)
        found = await paging.fetch(session, statement, newest_first, page, each=_each(chosen))
        return found.holding(await shown(session, found.items))


async def get_consent(actor: Actor, consent_id: UUID) -> ConsentOut:
    """One consent. NotFound when the tenant has none of this id."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    async with db.read(actor.tenant_id) as session:
        return (await shown(session, [await rows.get(session, ConsentGrant, consent_id)]))[0]


async def people(actor: Actor) -> list[tuple[UUID, str]]:
    """Those who gave consents, by their ids, in the order of their names."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    async with db.read(actor.tenant_id) as session:
        names = await last_names(session, await people_in(session, col(ConsentGrant.user_id)))
    return sorted(names.items(), key=lambda one: (one[1].casefold(), one[0]))


async def give_consent(actor: Actor, given: ConsentIn, *, on_screen: bool = False) -> ConsentOut:
    """Give a consent. Of a connection that Hub knows it holds from now on, whatever was revoked before; Invalid when there is
    none of this id, Forbidden for those who may not give it.
    """
    actor.require(Role.ENGINEER, WRITE)
    async with db.begin(actor.tenant_id) as session:
        of = await _connected(session, actor, given)
        if of is not None:
            newest = (await newest_of(session, given.resource_type, [given.resource_id])).get(of.id)
            require_mine(actor, of, newest)
        grant = ConsentGrant(
            tenant_id=actor.tenant_id,
            user_id=actor.person,
            consent_type=given.consent_type,
            resource_type=given.resource_type,
            resource_id=given.resource_id if of is None else str(of.id),
            name="" if of is None else of.name[:200],
            description=given.description or ("" if of is None else of.terms[:1000]),
            policy_version=get_settings().consent_policy_version,
            source="screen" if on_screen else "rest",
            ip=actor.ip,
        )
        await consents.add(session, actor, grant)
        return (await shown(session, [grant]))[0]


async def revoke_consent(actor: Actor, consent_id: UUID) -> ConsentOut:
    """Revoke a consent: one's own, or of a connection of one's own; customer admins any. Once more changes nothing. Conflict
    when a newer one took its place, for revoking this one would stop nothing.
    """
    actor.require(Role.ENGINEER, WRITE)
    async with db.begin(actor.tenant_id) as session:
        grant = await rows.get(session, ConsentGrant, consent_id, lock=True)
        out = (await shown(session, [grant]))[0]
        require_mine(actor, await _connected_to(session, actor, grant), grant)
        if out.revoked_at is not None:
            return out
        if out.replaced_by is not None:
            raise Conflict(
                f"A newer consent, {out.replaced_by}, took the place of this one. Revoke that one."
            )
        session.add(
            ConsentRevocation(
                tenant_id=actor.tenant_id, grant_id=grant.id, user_id=actor.user_id, ip=actor.ip
            )
        )
        await session.flush()
        consents.changed(session, grant)
        await audit.act(session, actor, "consent.revoked", grant, consent_type=grant.consent_type)
        return (await shown(session, [grant]))[0]


def is_mine(actor: Actor, of: Connected | None, newest: ConsentGrant | None) -> bool:
    """Whether this person may give, renew and revoke the consent to a connection: those who gave it and the owner of the
    connection may, and customer admins.
    """
    if actor.may(Role.CUSTOMER_ADMIN, WRITE):
        return True
    whose = {None if of is None else of.owner_id, None if newest is None else newest.user_id} - {None}
    return actor.may(Role.ENGINEER, WRITE) and actor.user_id in whose


def require_mine(actor: Actor, of: Connected | None, newest: ConsentGrant | None) -> None:
    if not is_mine(actor, of, newest):
        raise Forbidden(NOT_YOURS)


async def newest_of(session: AsyncSession, kind: str, ids: Iterable[object]) -> dict[UUID, ConsentGrant]:
    """The newest consent to each of these connections of a kind that Hub knows, by their ids."""
    of_kind = ConsentGrant.resource_type == kind, ConsentGrant.consent_type == consents.BINDING
    found = await _of_resources(session, {str(one) for one in ids}, *of_kind)
    return {UUID(one.resource_id): one for one in found}


async def shown(session: AsyncSession, grants: Sequence[ConsentGrant]) -> list[ConsentOut]:
    """Consents as they go out: with whoever gave and revoked them, and what took their place."""
    ids = [one.id for one in grants]
    ended = select(ConsentRevocation).where(col(ConsentRevocation.grant_id).in_(ids))
    ends = {one.grant_id: one for one in (await session.exec(ended)).all()}
    people = [one.user_id for one in (*grants, *ends.values())]
    names = await last_names(session, people)
    newer = await _newer(session, grants)
    return [_out(one, ends.get(one.id), names, newer.get(one.id)) for one in grants]


def _out(
    grant: ConsentGrant, end: ConsentRevocation | None, names: dict[UUID, str], newer: UUID | None
) -> ConsentOut:
    by = None if end is None else end.user_id
    return ConsentOut(
        **grant.model_dump(include=set(_SHOWN)),
        user_name=names[grant.user_id] if grant.user_id else "",
        revoked_at=None if end is None else end.created_at,
        revoked_by=by,
        revoked_by_name=names[by] if by else "",
        replaced_by=newer,
    )


async def _newer(session: AsyncSession, grants: Sequence[ConsentGrant]) -> dict[UUID, UUID]:
    """Which consent took the place of each of these, by their ids: the newest one to the same thing, of the same person where
    nothing is bound by it.
    """
    found = await _of_resources(session, {one.resource_id for one in grants})
    newest = {_place(one): one.id for one in found}
    return {one.id: newest[_place(one)] for one in grants if newest[_place(one)] != one.id}


async def _of_resources(session: AsyncSession, resources: Collection[str], *only: bool) -> list[ConsentGrant]:
    """The consents to these things for which `only` holds, the newest last."""
    if not resources:
        return []
    every = select(ConsentGrant).where(col(ConsentGrant.resource_id).in_(resources), *only)
    # Sorted here: SQLite would go through all consents in their order.
    return sorted((await session.exec(every)).all(), key=lambda one: one.id)


def _place(one: ConsentGrant) -> tuple[object, ...]:
    bound = one.resource_type in kinds() and one.consent_type == consents.BINDING
    return (one.consent_type, one.resource_type, one.resource_id, None if bound else one.user_id)


async def _connected(session: AsyncSession, actor: Actor, given: ConsentIn) -> Connected | None:
    """The connection that is consented to; None for what Hub does not know."""
    kind = kinds().get(given.resource_type)
    if kind is None:
        return None
    try:
        found = await kind.find(session, actor, UUID(given.resource_id))
    except ValueError:
        found = None
    if found is None:
        raise Invalid.field("resource_id", f"is not the id of a {kind.label} of this tenant")
    return found


async def _connected_to(session: AsyncSession, actor: Actor, grant: ConsentGrant) -> Connected | None:
    known = consents.connection_of(grant)
    return None if known is None else await known[0].find(session, actor, known[1])


def _filtered(statement: SelectOfScalar[ConsentGrant], chosen: ConsentFilter) -> SelectOfScalar[ConsentGrant]:
    for column, value in (
        (ConsentGrant.consent_type, chosen.consent_type),
        (ConsentGrant.user_id, chosen.given_by),
        (ConsentGrant.resource_id, chosen.resource_id),
    ):
        if value is not None:
            statement = statement.where(column == value)
    if chosen.state is not None:
        ended = col(ConsentGrant.id).in_(select(ConsentRevocation.grant_id))
        statement = statement.where(ended if chosen.state == "revoked" else sa.not_(ended))
    # Ids grow with time, and have the index.
    if chosen.since is not None:
        statement = statement.where(col(ConsentGrant.id) >= lowest_at(chosen.since))
    if chosen.until is not None:
        statement = statement.where(col(ConsentGrant.id) < lowest_at(chosen.until))
    return statement


def _each(chosen: ConsentFilter) -> list[sa.ColumnElement[bool]] | None:
    """The types one by one, where a person or a thing is asked for: the indexes have them before the id."""
    if chosen.consent_type is not None or (chosen.given_by is None and chosen.resource_id is None):
        return None
    return [col(ConsentGrant.consent_type) == one for one in TYPES]
