"""How it stands with the consent to every connection."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast
from uuid import UUID

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.governance.schemas.consents import ConsentOut, ConsentStatus, StatusState
from hub_app.governance.service import consent_giving, consent_log, consent_newest
from hub_app.governance.service.consent_log import READ
from hub_app.governance.tables import ConsentGrant
from hub_app.kernel import db
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.consents import Connected, kinds
from hub_app.kernel.errors import Invalid
from hub_app.kernel.paging import PageRequest, Slice
from hub_app.kernel.settings import get_settings

_LAST = UUID(int=0)


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
        given = await consent_newest.newest_of(session, kind, of_kind)
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
        mine=consent_giving.is_mine(actor, of, None if grant is None else grant.user_id),
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
