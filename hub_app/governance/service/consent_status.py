"""How it stands with the consent to every connection, and renewing those that were given to an earlier policy."""

import base64
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import cast
from uuid import UUID

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.governance.schemas.consents import ConsentIn, ConsentOut, ConsentStatus, Renewed, StatusState
from hub_app.governance.service import consent_log, consents
from hub_app.governance.service.consent_log import READ, WRITE
from hub_app.governance.tables import ConsentGrant
from hub_app.kernel import db
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.consents import Connected, kinds
from hub_app.kernel.errors import Invalid
from hub_app.kernel.notices import Notice
from hub_app.kernel.paging import MAX_LIMIT, PageRequest, Slice
from hub_app.kernel.settings import get_settings

_LAST = UUID(int=0)
# Of each kind: nobody connects more by hand.
_MOST = 1000
# In a notice, by their names.
_NAMED = 3


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a page begins: behind or before this connection of the kind; at the kind's own end for None."""

    kind: str
    id: UUID | None
    backwards: bool = False

    @classmethod
    def read(cls, cursor: str) -> "_Place":
        try:
            raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
            way, kind, text = cast("list[str]", orjson.loads(raw))
            return cls(kind, UUID(text), {"p": True, "n": False}[way])
        except (ValueError, TypeError, KeyError, AttributeError):
            raise _unknown_cursor() from None

    def written(self) -> str:
        way = "p" if self.backwards else "n"
        return base64.urlsafe_b64encode(orjson.dumps([way, self.kind, str(self.id)])).decode().rstrip("=")

    def within(self) -> str | None:
        """The cursor of the kind's own list."""
        at = self.id if self.id is not None else _LAST if self.backwards else None
        if at is None:
            return None
        way = "p" if self.backwards else "n"
        return base64.urlsafe_b64encode(orjson.dumps([way, str(at)])).decode().rstrip("=")


async def list_status(actor: Actor, page: PageRequest) -> Slice[ConsentStatus]:
    """The connections that the actor may see, kind by kind and newest first, each with its consent."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    async with db.read(actor.tenant_id) as session:
        found = await _page(session, actor, page)
        return found.holding(await _with_consents(session, actor, found.items))


async def get_status(actor: Actor, kind: str, resource_id: UUID) -> ConsentStatus | None:
    """How it stands with one connection; None when there is none, or it is not for the actor's eyes."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    async with db.read(actor.tenant_id) as session:
        known = kinds().get(kind)
        found = None if known is None else await known.find(session, actor, resource_id)
        return None if found is None else (await _with_consents(session, actor, [(kind, found)]))[0]


async def outdated(actor: Actor) -> list[ConsentStatus]:
    """The consents that were given to an earlier version of the policy, and that the actor may renew."""
    if get_settings().consent_policy_version == 1 or not actor.may(Role.ENGINEER, WRITE):
        return []
    return [one async for one in _all(actor) if one.state == "outdated" and one.mine]


async def notices(actor: Actor) -> list[Notice]:
    """The notice that some consents need renewal, for those who can renew them."""
    names = [one.name for one in await outdated(actor)]
    if not names:
        return []
    more = len(names) - _NAMED
    named = ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
    what = "1 consent needs" if len(names) == 1 else f"{len(names):,} consents need"
    text = (
        f"The policy has changed since consent was given for {named}. Nothing stops until someone revokes it."
    )
    return [Notice(f"{what} renewal. {text}", "Review consents", "/governance/consents")]


async def renew_all(actor: Actor, *, on_screen: bool = False) -> Renewed:
    """Renew what `outdated` tells: one's own consents, for customer admins everyone's."""
    actor.require(Role.ENGINEER, WRITE)
    wanted, renewed = await outdated(actor), 0
    async with db.begin(actor.tenant_id) as session:
        for one in wanted:
            if await consents.refusal_in(session, one.resource_type, one.resource_id):
                continue  # Since it was listed: renewing must not undo that.
            renewed += 1
            given = ConsentIn(
                consent_type="THIRD_PARTY",
                resource_type=one.resource_type,
                resource_id=str(one.resource_id),
                description=one.terms[:1000],
            )
            await consent_log.give_consent(actor, given, on_screen=on_screen)
    return Renewed(renewed=renewed)


async def _all(actor: Actor) -> AsyncIterator[ConsentStatus]:
    cursor: str | None = None
    for _ in range(0, _MOST * len(kinds()), MAX_LIMIT):
        found = await list_status(actor, PageRequest(MAX_LIMIT, cursor))
        for one in found.items:
            yield one
        cursor = found.next_cursor
        if cursor is None:
            return


_Found = tuple[str, Connected]


async def _page(session: AsyncSession, actor: Actor, page: PageRequest) -> Slice[_Found]:
    """A page of the kinds' own lists, one list after the other."""
    names = list(kinds())
    place = _Place.read(page.cursor) if page.cursor else _Place(names[0], None)
    if place.kind not in names:
        raise _unknown_cursor()
    at = names.index(place.kind)
    left = reversed(names[: at + 1]) if place.backwards else names[at:]
    found: list[_Found] = []
    more = False
    for kind in left:
        here = place if kind == place.kind else _Place(kind, None, place.backwards)
        # One more than wanted, where the page is full already: whether anything follows.
        room = page.limit - len(found)
        part = await kinds()[kind].page(session, actor, PageRequest(max(room, 1), here.within()))
        items = [(kind, one) for one in part.items][:room]
        found = [*items, *found] if place.backwards else [*found, *items]
        more = bool(
            part.items[len(items) :] or (part.previous_cursor if place.backwards else part.next_cursor)
        )
        if more:
            break
    return _slice(found, more=more, place=place, is_first=page.cursor is None)


def _slice(found: list[_Found], *, more: bool, place: _Place, is_first: bool) -> Slice[_Found]:
    if not found:
        return Slice([])
    (first, top), (last, bottom) = found[0], found[-1]
    follows, precedes = (True, more) if place.backwards else (more, not is_first)
    return Slice(
        found,
        next_cursor=_Place(last, bottom.id).written() if follows else None,
        previous_cursor=_Place(first, top.id, backwards=True).written() if precedes else None,
    )


async def _with_consents(session: AsyncSession, actor: Actor, found: Sequence[_Found]) -> list[ConsentStatus]:
    newest: dict[_Found, ConsentGrant] = {}
    for kind in kinds():
        of_kind = {one.id: (name, one) for name, one in found if name == kind}
        given = await consent_log.newest_of(session, kind, of_kind)
        newest |= {of_kind[resource]: grant for resource, grant in given.items()}
    outs = {one.id: one for one in await consent_log.shown(session, list(newest.values()))}
    return [_status(actor, one, newest.get(one), outs) for one in found]


def _status(
    actor: Actor, one: _Found, grant: ConsentGrant | None, outs: dict[UUID, ConsentOut]
) -> ConsentStatus:
    kind, of = one
    out = None if grant is None else outs[grant.id]
    return ConsentStatus(
        resource_type=kind,
        resource_id=of.id,
        name=of.name,
        terms=of.terms,
        href=of.href,
        state=_state(out),
        mine=consent_log.is_mine(actor, of, grant),
        consent=out,
    )


def _state(consent: ConsentOut | None) -> StatusState:
    if consent is None:
        return "missing"
    if consent.revoked_at is not None:
        return "revoked"
    return "outdated" if consent.policy_version < get_settings().consent_policy_version else "given"


def _unknown_cursor() -> Invalid:
    return Invalid.field("cursor", "is not a cursor of this list. Leave it out to start at the first page.")
