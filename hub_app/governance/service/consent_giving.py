"""Giving and revoking consents, and who may."""

from dataclasses import dataclass
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.governance.schemas.consents import ConsentIn, ConsentOut
from hub_app.governance.service import consent_newest, consents
from hub_app.governance.service.consent_log import READ, WRITE, shown
from hub_app.governance.tables import ConsentGrant, ConsentRevocation
from hub_app.kernel import audit, db, rows
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.consents import Connected, kinds
from hub_app.kernel.errors import Conflict, Forbidden, Invalid
from hub_app.kernel.settings import get_settings

NOT_YOURS = "Only the person who gave this consent or a customer admin can revoke it or give it again"


@dataclass(frozen=True, slots=True)
class Standing:
    """`of` is the connection that a consent is to, None where nothing is connected under it, or it is not for the actor's eyes;
    `mine` whether the actor may revoke it.
    """

    of: Connected | None
    mine: bool


async def give_consent(
    actor: Actor, given: ConsentIn, *, on_screen: bool = False, renews: UUID | None = None
) -> ConsentOut:
    """Give a consent. Of a connection that Hub knows it holds from now on, whatever was revoked before; Invalid when there is
    none of this id, Forbidden for those who may not give it. Conflict when it was to renew a consent that was revoked or replaced
    in the meantime: renewing undoes no revocation.
    """
    actor.require(Role.ENGINEER, WRITE)
    async with db.begin(actor.tenant_id) as session:
        of = await _connected(session, actor, given)
        if of is not None:
            newest = await _newest(session, given.resource_type, of.id)
            _require_mine(actor, of, newest)
            if renews is not None:
                await _require_current(session, newest, renews)
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
        _require_mine(actor, await _connected_to(session, actor, grant), grant)
        if out.revoked_at is not None:
            return out
        if out.replaced_by is not None:
            raise Conflict(f"A newer consent replaced this one. Revoke the newer one, {out.replaced_by}.")
        session.add(
            ConsentRevocation(
                tenant_id=actor.tenant_id, grant_id=grant.id, user_id=actor.user_id, ip=actor.ip
            )
        )
        await session.flush()
        consents.changed(session, grant)
        await audit.act(session, actor, "consent.revoked", grant, consent_type=grant.consent_type)
        return (await shown(session, [grant]))[0]


async def standing(actor: Actor, consent_id: UUID) -> Standing:
    """Who may do what about a consent, and what it is to. NotFound when the tenant has none of this id."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    async with db.read(actor.tenant_id) as session:
        grant = await rows.get(session, ConsentGrant, consent_id)
        of = await _connected_to(session, actor, grant)
        return Standing(of=of, mine=is_mine(actor, of, grant.user_id))


def is_mine(actor: Actor, of: Connected | None, given_by: UUID | None) -> bool:
    """Whether this person may give, renew and revoke the consent to a connection: those who gave it and the owner of the
    connection may, and customer admins.
    """
    if actor.may(Role.CUSTOMER_ADMIN, WRITE):
        return True
    whose = {None if of is None else of.owner_id, given_by} - {None}
    return actor.may(Role.ENGINEER, WRITE) and actor.user_id in whose


def _require_mine(actor: Actor, of: Connected | None, newest: ConsentGrant | None) -> None:
    if not is_mine(actor, of, None if newest is None else newest.user_id):
        raise Forbidden(NOT_YOURS)


async def _newest(session: AsyncSession, kind: str, connection_id: UUID) -> ConsentGrant | None:
    found = await consent_newest.newest_of(session, kind, [connection_id], lock=True)
    return found.get(connection_id)


async def _require_current(session: AsyncSession, newest: ConsentGrant | None, consent_id: UUID) -> None:
    if newest is None or newest.id != consent_id:
        raise Conflict("This consent was already renewed or given again.")
    if await consent_newest.ends_of(session, [newest]):
        raise Conflict("This consent was revoked in the meantime, so it was not renewed.")


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
