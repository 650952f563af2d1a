"""What capabilities that connect something know of consent: recording it, and whether it holds."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.governance.schemas.consents import BINDING, Agreement, ConsentSource, ConsentType
from hub_app.governance.service import consent_newest
from hub_app.governance.tables import ConsentGrant, ConsentRevocation, ConsentSetting
from hub_app.kernel import audit, db
from hub_app.kernel.actor import Actor
from hub_app.kernel.cache import Cache
from hub_app.kernel.consents import Connected, ConsentKind, kinds
from hub_app.kernel.errors import Conflict, Invalid
from hub_app.kernel.settings import get_settings

TOPIC = "consents"
_Key = tuple[UUID, str, str]


class ConsentRevoked(Conflict):
    """The consent to a connection was revoked: nothing is called until somebody gives it again."""

    title = "Consent revoked"


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What is known of a connection's consent: why nothing may be called, "" while it holds."""

    refusal: str = ""


# One for each connection that is called: a hundred bytes.
_known: Cache[_Key, _Verdict] = Cache(TOPIC, most=50_000)


def give_url(kind: str, resource_id: UUID) -> str:
    """The address of the page on which the consent to this connection is given again."""
    return f"/governance/consents?give={kind}.{resource_id}"


async def require(tenant_id: UUID, kind: str, resource_id: UUID) -> None:
    """Raise ConsentRevoked, saying by whom and when, when the consent to this connection was revoked. No transaction may be
    open; it reads no row unless a consent changed since it was asked last.
    """
    refusal = await refusal_of(tenant_id, kind, resource_id)
    if refusal:
        raise ConsentRevoked(refusal)


async def refusal_of(tenant_id: UUID, kind: str, resource_id: UUID) -> str:
    """The sentence of `require`; "" while the consent holds, or nobody was ever asked for it."""
    found = await _known.one((tenant_id, kind, str(resource_id)), _load)
    return found.refusal if found is not None else ""


async def refusals(tenant_id: UUID, kind: str, resource_ids: Collection[UUID]) -> dict[UUID, str]:
    """The sentences of `require` for the connections of a page whose consent was revoked, by their ids: one query at most. No
    transaction may be open.
    """
    keys = {(tenant_id, kind, str(one)): one for one in resource_ids}
    found = await _known.get(keys, _load)
    return {keys[key]: verdict.refusal for key, verdict in found.items() if verdict.refusal}


async def require_asked(session: AsyncSession, agreement: Agreement | None) -> None:
    """Raise Invalid, naming `consent`, when the tenant wants to be asked explicitly and was not."""
    if agreement is None and await asks_explicitly(session):
        raise Invalid.field("consent", "is required: this tenant requires explicit consent over REST")


async def record(
    session: AsyncSession, actor: Actor, kind: str, of: Connected, agreement: Agreement | None
) -> None:
    """Record consent to a connection that is made in the open transaction. Without an agreement the authorized call itself
    is the consent; Invalid, naming `consent`, where the tenant wants to be asked explicitly.
    """
    await require_asked(session, agreement)
    given = agreement or Agreement()
    grant = consent_of(actor, kind, of, description=given.description, source=given.source)
    await add(session, actor, grant)


def consent_of(
    actor: Actor,
    kind: str,
    of: Connected,
    *,
    consent_type: ConsentType = BINDING,
    description: str = "",
    source: ConsentSource,
) -> ConsentGrant:
    """A consent of the actor's to a connection, to be kept with `add`. It is to the connection's own terms, unless another
    description is given.
    """
    return ConsentGrant(
        tenant_id=actor.tenant_id,
        user_id=actor.user_id,
        consent_type=consent_type,
        resource_type=kind,
        resource_id=str(of.id),
        name=of.name[:200],
        description=description or of.terms[:1000],
        policy_version=get_settings().consent_policy_version,
        source=source,
        ip=actor.ip,
    )


async def add(session: AsyncSession, actor: Actor, grant: ConsentGrant) -> None:
    """Keep a new consent, in the open transaction."""
    session.add(grant)
    await session.flush()
    changed(session, grant)
    # What Hub does not know may be called by anything, a person's address too.
    target = {"resource_id": grant.resource_id} if connection_of(grant) else {}
    summary = {"consent_type": grant.consent_type, "resource_type": grant.resource_type, **target}
    await audit.act(session, actor, "consent.given", grant, **summary, policy_version=grant.policy_version)


def changed(session: AsyncSession, grant: ConsentGrant) -> None:
    """Signal, for once the transaction has committed, that the consent was given or revoked."""
    db.notify(session, TOPIC)
    known = connection_of(grant)
    if known is not None:
        kind, resource_id = known
        kind.changed(session, resource_id)


def connection_of(grant: ConsentGrant) -> tuple[ConsentKind, UUID] | None:
    """The connection that a consent is for: its kind and id; None for what Hub does not know."""
    kind = kinds().get(grant.resource_type)
    try:
        return None if kind is None else (kind, UUID(grant.resource_id))
    except ValueError:  # It was recorded before Hub knew the kind.
        return None


async def asks_explicitly(session: AsyncSession) -> bool:
    """Whether the tenant wants REST calls to say that there is consent."""
    return bool((await session.exec(select(ConsentSetting.ask_explicitly))).one_or_none())


async def record_change(
    session: AsyncSession, actor: Actor, kind: str, of: Connected, agreement: Agreement | None
) -> None:
    """Record consent anew for a connection that leads elsewhere from now on, in the open transaction; as `record`. One that was
    revoked stays so.
    """
    if not await refusal_in(session, kind, of.id):
        await record(session, actor, kind, of, agreement)


async def refusal_in(session: AsyncSession, kind: str, resource_id: UUID) -> str:
    """The sentence of `require`, "" while the consent holds: for the open transaction to write down something that is connected
    again. Whoever revokes it now waits for that, and finds a newer one where it recorded one.
    """
    newest = await consent_newest.newest_of(session, kind, [resource_id], lock=True)
    ended = await consent_newest.ends_of(session, newest.values())
    return "".join(
        _sentence(one.name, ended[one.id].created_at) for one in newest.values() if one.id in ended
    )


async def _load(keys: list[_Key]) -> dict[_Key, _Verdict]:
    wanted: defaultdict[tuple[UUID, str], list[str]] = defaultdict(list)
    for tenant_id, kind, resource_id in keys:
        wanted[tenant_id, kind].append(resource_id)
    found = dict.fromkeys(keys, _Verdict())
    for (tenant_id, kind), ids in wanted.items():
        found |= {
            (tenant_id, kind, one): verdict for one, verdict in (await _revoked(tenant_id, kind, ids)).items()
        }
    return found


async def _revoked(tenant_id: UUID, kind: str, resource_ids: Collection[str]) -> dict[str, _Verdict]:
    """Those of the connections whose newest consent was revoked."""
    columns = select(ConsentGrant.resource_id, ConsentGrant.name, ConsentRevocation.created_at)
    its = col(ConsentRevocation.grant_id) == ConsentGrant.id
    async with db.read(tenant_id) as session:
        newest = await consent_newest.newest_in(session, kind, resource_ids)
        found = await session.exec(columns.join(ConsentRevocation, its).where(newest))
        return {one: _Verdict(_sentence(name, at)) for one, name, at in found.all()}


def _sentence(name: str, at: datetime) -> str:
    # Not by whom: the sentence is kept with what it stopped, and the history of consents tells.
    return f"Consent for {name} was revoked on {_moment(at)}."


def _moment(at: datetime) -> str:
    return f"{at:%B} {at.day}, {at:%Y}, at {at:%H:%M} UTC"
