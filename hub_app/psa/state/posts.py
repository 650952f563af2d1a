"""The history of what was posted to tickets, and one of them in the drawer."""

from dataclasses import dataclass

import reflex as rx
from reflex.event import EventSpec

from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.errors import NotFound
from hub_app.kernel.paging import Slice
from hub_app.psa.schemas.posts import Outcome, PostOut, PostQuery
from hub_app.psa.service import posts
from hub_app.psa.service.calling import TOPIC
from hub_app.psa.state.addresses import OUTCOMES, PSA, PsaAddress, session_url, ticket_url
from hub_app.ui import words
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.inputs import read_id, read_optional_id
from hub_app.ui.lists import BrowsedState, DrawerState, page_of
from hub_app.ui.live import follow

KINDS = {
    "internal_analysis": "Internal analysis",
    "resolution": "Resolution",
    "description": "Discussion",
}
_STATES = {"waiting": "Waiting", "sending": "Being sent", "done": "Done", "failed": "Failed"}


@dataclass(frozen=True)
class PostRow:
    id: str
    href: str
    ticket: str
    summary: str
    kind: str
    engineer: str
    outcome: str
    change: str
    at: str


@dataclass(frozen=True)
class Part:
    """A part of a post, and how far it is."""

    label: str
    text: str
    state: str


class PsaPostsState(BrowsedState, rx.State):
    """One page of posts, newest first."""

    rows: rx.Field[list[PostRow]] = rx.field(default_factory=list)
    outcome: str = ""
    ticket: str = ""
    is_filtered: bool = False
    _address = PsaAddress

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        address = PsaAddress.at(self)
        if address.tab == "posts":
            self._show(await _find(await current_actor(self), address), address)

    @rx.event(background=True)
    @guarded(Role.CUSTOMER_VIEWER)
    async def watch(self) -> None:
        """Show what becomes of posts. Reflex ends this when the page is left or its address changes."""
        address, actor = PsaAddress.at(self), await current_actor(self)
        if address.tab != "posts":
            return

        async def show(found: Slice[PostOut]) -> None:
            self._show(found, address)

        await follow(self, f"{TOPIC}:{actor.tenant_id}", lambda who: _find(who, address), show)

    def _show(self, found: Slice[PostOut], address: PsaAddress) -> None:
        self.outcome, self.ticket = address.outcome, address.ticket
        self.is_filtered = bool(address.outcome or address.ticket)
        self.rows = [row_of(one, address) for one in found.items]
        self.selected = address.post
        self._beside_selected(self.rows)
        self._turned(found, address)


class PsaPostState(DrawerState, rx.State):
    """The post in the drawer."""

    title: str = ""
    outcome: str = ""
    text: str = ""
    error: str = ""
    at: str = ""
    engineer: str = ""
    member: str = ""
    kind: str = ""
    reference: str = ""
    ticket: str = ""
    ticket_href: str = ""
    session: str = ""
    session_href: str = ""
    parts: rx.Field[list[Part]] = rx.field(default_factory=list)
    is_own: bool = False
    busy: bool = False
    _address = PsaAddress

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        self.id, self.busy = "", False
        post_id = read_optional_id(PsaAddress.at(self).post)
        if post_id is None:
            return
        actor = await current_actor(self)
        try:
            self._show(await posts.get_post(actor, post_id), actor)
        except NotFound:
            return

    @rx.event(background=True)
    @guarded(Role.CUSTOMER_VIEWER)
    async def watch(self) -> None:
        post_id = read_optional_id(PsaAddress.at(self).post)
        if post_id is None:
            return
        actor = await current_actor(self)

        async def show(found: PostOut) -> None:
            self._show(found, actor)

        await follow(self, f"{TOPIC}:{actor.tenant_id}", lambda who: posts.get_post(who, post_id), show)

    def _show(self, one: PostOut, actor: Actor) -> None:
        self.id, self.outcome, self.text, self.error = str(one.id), one.outcome, one.text, one.error
        self.title = f"Note to #{one.ticket_id}"
        self.at, self.engineer = words.iso(one.created_at), one.engineer
        self.member, self.kind = (
            one.member_name or "The API's own account",
            KINDS.get(one.note_type, one.note_type),
        )
        self.reference = one.reference
        self.ticket, self.ticket_href = f"#{one.ticket_id} {one.ticket_summary}", ticket_url(one.ticket_id)
        self.session = one.session_title
        self.session_href = session_url(one.session_id) if one.session_id else ""
        self.parts = parts_of(one)
        self.is_own = one.engineer_id is not None and one.engineer_id == actor.user_id

    @rx.event(background=True, temporal=True)
    @guarded(Role.ENGINEER)
    async def check(self) -> EventSpec:
        """Look now whether the note arrived."""
        actor, post_id = await current_actor(self), read_id(PsaAddress.at(self).post)
        return await self._done(await posts.check_post(actor, post_id), actor)

    @rx.event(background=True, temporal=True)
    @guarded(Role.ENGINEER)
    async def retry(self) -> EventSpec:
        """Try again what is missing beside the note."""
        actor, post_id = await current_actor(self), read_id(PsaAddress.at(self).post)
        return await self._done(await posts.retry_post(actor, post_id), actor)

    async def _done(self, found: PostOut, actor: Actor) -> EventSpec:
        async with self:
            self._show(found, actor)
        return told(found)


def told(post: PostOut) -> EventSpec:
    """What came of a post, in a toast's words."""
    match post.outcome:
        case "posted":
            return rx.toast.success(f"Posted to #{post.ticket_id}.")
        case "partial":
            return rx.toast.warning(f"The note is on #{post.ticket_id}. {post.error}")
        case "failed":
            return rx.toast.error(post.error)
        case _:
            return rx.toast.warning("Nobody knows yet whether the note arrived. Hub looks for it.")


def row_of(one: PostOut, address: PsaAddress) -> PostRow:
    here = PsaAddress(PSA, tab="posts", cursor=address.cursor, outcome=address.outcome, ticket=address.ticket)
    return PostRow(
        id=str(one.id),
        href=here.url(cursor=address.cursor, post=str(one.id)),
        ticket=f"#{one.ticket_id}",
        summary=one.ticket_summary,
        kind=KINDS.get(one.note_type, one.note_type),
        engineer=one.engineer,
        outcome=one.outcome,
        change=f"{one.status_before} → {one.status_after}" if one.status_after else "",
        at=words.iso(one.created_at),
    )


def parts_of(one: PostOut) -> list[Part]:
    """The parts of a post that were asked for."""
    found = [Part("Note", KINDS.get(one.note_type, one.note_type), one.note_state)]
    if one.status_state:
        found.append(Part("Status", f"{one.status_before} → {one.status_after}", one.status_state))
    if one.time_state:
        found.append(Part("Time", f"{one.minutes} min", one.time_state))
    return [Part(each.label, each.text, _STATES.get(each.state, each.state)) for each in found]


async def _find(actor: Actor, address: PsaAddress) -> Slice[PostOut]:
    outcome: Outcome | None = None
    if address.outcome in OUTCOMES:
        outcome = address.outcome  # type: ignore[assignment]
    query = PostQuery(outcome=outcome, ticket_id=address.ticket.strip().removeprefix("#"))
    return await posts.list_posts(actor, query, page_of(address))
