"""Which member of the PSA somebody is: confirmed by the owner, proposed by e-mail address and then by name."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.identity.schemas import MemberOut
from hub_app.identity.service.members import list_members
from hub_app.kernel import audit, db, rows
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.errors import Conflict, FieldError, Invalid
from hub_app.kernel.paging import MAX_LIMIT, PageRequest
from hub_app.psa.provider.types import PSAMember
from hub_app.psa.schemas.members import (
    MappingIn,
    MappingOut,
    MappingsIn,
    MatchedBy,
    ProposalOut,
    Proposals,
)
from hub_app.psa.service import READ, WRITE, calling, consent, tickets
from hub_app.psa.tables import PsaMemberMapping

_MOST_PAGES = 25


async def list_mappings(actor: Actor) -> list[MappingOut]:
    """All that are confirmed; none while no PSA is connected."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    people = {one.user_id: one for one in await people_of(actor)}
    async with db.read(actor.tenant_id) as session:
        found = await _all(session)
    return [_out(one, people[one.user_id]) for one in found if one.user_id in people]


async def create_mapping(actor: Actor, given: MappingIn) -> MappingOut:
    """Map somebody who is not mapped yet. Conflict for who is."""
    actor.require(Role.OWNER, WRITE)
    people, members = await _known(actor)
    _check([given], people, members, prefix="")
    async with db.begin(actor.tenant_id) as session:
        connection = await calling.active(session)
        row = _row(actor, connection.id, given, people[given.user_id], members[given.member_id])
        session.add(row)
        try:
            await session.flush()
        except IntegrityError:
            raise Conflict("This member is already mapped. Change or remove that mapping.") from None
        await audit.act(session, actor, "psa.mapping.created", row, user_id=str(given.user_id))
        consent.told(session, actor.tenant_id)
    return _out(row, people[given.user_id])


async def replace_mappings(actor: Actor, given: MappingsIn) -> list[MappingOut]:
    """Save what somebody confirmed: these are the mappings, and no others."""
    actor.require(Role.OWNER, WRITE)
    people, members = await _known(actor)
    _check(given.mappings, people, members, prefix="mappings.")
    wanted = {one.user_id: one for one in given.mappings}
    async with db.begin(actor.tenant_id) as session:
        connection = await calling.active(session)
        before = {one.user_id: one for one in await _all(session)}
        for user_id, row in before.items():
            if user_id not in wanted or wanted[user_id].member_id != row.member_id:
                await session.delete(row)
        # Before others of the same people are added.
        await session.flush()
        for user_id, one in wanted.items():
            if user_id not in before or before[user_id].member_id != one.member_id:
                session.add(_row(actor, connection.id, one, people[user_id], members[one.member_id]))
        await session.flush()
        after = await _all(session)
        count = len({one.id for one in after} ^ {one.id for one in before.values()})
        await audit.act(
            session, actor, "psa.mapping.replaced", connection, mappings=len(after), changed=count
        )
        consent.told(session, actor.tenant_id)
    return [_out(one, people[one.user_id]) for one in after]


async def delete_mapping(actor: Actor, mapping_id: UUID) -> None:
    actor.require(Role.OWNER, WRITE)
    async with db.begin(actor.tenant_id) as session:
        row = await rows.get(session, PsaMemberMapping, mapping_id, lock=True)
        await session.delete(row)
        await audit.act(session, actor, "psa.mapping.deleted", row, user_id=str(row.user_id))
        consent.told(session, actor.tenant_id)


async def propose(actor: Actor) -> Proposals:
    """Whom Hub takes each for who is not mapped. Nothing is saved: the owner confirms it."""
    actor.require(Role.OWNER, READ)
    people, members = await _known(actor)
    mapped = {one.user_id for one in await list_mappings(actor)}
    left = [one for one in people.values() if one.user_id not in mapped]
    return Proposals(proposals=[_proposal(one, [*members.values()]) for one in left])


async def mapping_of(session: AsyncSession, user_id: UUID | None) -> PsaMemberMapping | None:
    """Who somebody is in the PSA, in the open transaction; None while nobody confirmed it."""
    return (
        await session.exec(select(PsaMemberMapping).where(PsaMemberMapping.user_id == user_id))
    ).one_or_none()


def matches(email: str, name: str, members: Sequence[PSAMember]) -> tuple[list[PSAMember], MatchedBy | None]:
    """Those whom somebody with this address and name may be: by any of their addresses, else by the whole name."""
    by_email = _by(members, lambda one: one.emails).get(_folded(email), [])
    if by_email:
        return by_email, "email"
    by_name = _by(members, lambda one: (one.name,)).get(_folded(name), [])
    return by_name, "name" if by_name else None


def _by(
    members: Sequence[PSAMember], texts: Callable[[PSAMember], Iterable[str]]
) -> Mapping[str, list[PSAMember]]:
    found: defaultdict[str, list[PSAMember]] = defaultdict(list)
    for one in members:
        for text in {_folded(text) for text in texts(one)} - {""}:
            found[text].append(one)
    return found


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _proposal(person: MemberOut, members: Sequence[PSAMember]) -> ProposalOut:
    found, matched_by = matches(person.email, person.name, members)
    proposal = ProposalOut(user_id=person.user_id, user_name=person.name, user_email=person.email)
    if len(found) != 1:
        what = "e-mail address" if matched_by == "email" else "name"
        proposal.reason = (
            f"{len(found)} members have this {what}." if found else "Nobody has this e-mail address or name."
        )
        return proposal
    (one,) = found
    proposal.member_id, proposal.member_identifier = one.id, one.identifier
    proposal.member_name, proposal.member_email = one.name, one.email or ""
    proposal.matched_by = matched_by
    return proposal


async def people_of(actor: Actor) -> list[MemberOut]:
    """All members of the tenant. Whoever may read mappings may read whose they are."""
    reader = replace(actor, scopes=None)
    found: list[MemberOut] = []
    cursor: str | None = None
    for _ in range(_MOST_PAGES):
        page = await list_members(reader, PageRequest(limit=MAX_LIMIT, cursor=cursor))
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    return found


async def _known(actor: Actor) -> tuple[dict[UUID, MemberOut], dict[str, PSAMember]]:
    """The people of the tenant by their ids, and those of the PSA."""
    people = await people_of(actor)
    members = await tickets.list_members(actor)
    return {one.user_id: one for one in people}, {one.id: one for one in members.items}


def _check(
    given: Sequence[MappingIn],
    people: Collection[UUID],
    members: Collection[str],
    *,
    prefix: str,
) -> None:
    """Invalid, naming each mapping of somebody whom there is not, or of whom there are two."""
    errors: list[FieldError] = []
    seen: set[UUID] = set()
    for number, one in enumerate(given):
        place = f"{prefix}{number}." if prefix else ""
        if one.user_id not in people:
            errors.append(FieldError(f"{place}user_id", "is not a member of this tenant"))
        elif one.user_id in seen:
            errors.append(FieldError(f"{place}user_id", "is there twice"))
        if one.member_id not in members:
            errors.append(FieldError(f"{place}member_id", "is not an active member of the PSA"))
        seen.add(one.user_id)
    if errors:
        raise Invalid(errors)


async def _all(session: AsyncSession) -> Sequence[PsaMemberMapping]:
    return (await session.exec(select(PsaMemberMapping).order_by(PsaMemberMapping.id))).all()  # type: ignore[arg-type]


def _row(
    actor: Actor, connection_id: UUID, given: MappingIn, person: MemberOut, member: PSAMember
) -> PsaMemberMapping:
    found, matched_by = matches(person.email, person.name, [member])
    return PsaMemberMapping(
        tenant_id=actor.tenant_id,
        connection_id=connection_id,
        user_id=given.user_id,
        member_id=member.id,
        member_identifier=member.identifier[:100],
        member_name=member.name[:200],
        member_email=(member.email or "")[:320],
        matched_by=matched_by if found and matched_by else "manual",
    )


def _out(row: PsaMemberMapping, person: MemberOut) -> MappingOut:
    known = row.model_dump(include=set(MappingOut.model_fields))
    return MappingOut(**known, user_name=person.name, user_email=person.email)
