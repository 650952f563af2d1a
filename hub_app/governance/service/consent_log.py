"""The history of consents: all that were ever given, with how they ended."""

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from hub_app.governance.schemas.consents import ConsentFilter, ConsentOut, ConsentType
from hub_app.governance.service import consent_newest
from hub_app.governance.service.distinct import people_in
from hub_app.governance.service.people import last_names
from hub_app.governance.tables import ConsentGrant, ConsentRevocation
from hub_app.kernel import db, paging, rows
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.ids import lowest_at

READ = "read:consents"
WRITE = "write:consents"
TYPES: tuple[ConsentType, ...] = ("THIRD_PARTY", "DATA_PROCESSING", "MARKETING", "ANALYTICS")
_SHOWN = ConsentOut.model_fields.keys() & ConsentGrant.model_fields.keys()


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


async def shown(session: AsyncSession, grants: Sequence[ConsentGrant]) -> list[ConsentOut]:
    """Consents as they go out: with whoever gave and revoked them, and what took their place."""
    ends = await consent_newest.ends_of(session, grants)
    names = await last_names(session, [one.user_id for one in (*grants, *ends.values())])
    newer = await consent_newest.newer_than(session, grants)
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
