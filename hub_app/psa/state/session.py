"""The page of one work session: what is written, its clock, its ticket, and what was posted of it."""

from dataclasses import dataclass

import reflex as rx
from reflex.event import EventSpec

from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.errors import NotFound
from hub_app.kernel.paging import PageRequest
from hub_app.psa.schemas.connections import PsaConnectionOut
from hub_app.psa.schemas.posts import PostOut, PostQuery
from hub_app.psa.schemas.sessions import MarkdownIn, SessionOut, SessionPatch, SessionStatus
from hub_app.psa.schemas.templates import EditorSettingsOut
from hub_app.psa.service import connections, editor, gallery, posts, sessions
from hub_app.psa.service.calling import TOPIC
from hub_app.psa.state.addresses import PSA, SESSIONS, PsaAddress, SessionAddress, ticket_url
from hub_app.psa.state.asking import required
from hub_app.psa.state.posts import PostRow, row_of
from hub_app.ui import words
from hub_app.ui.forms import DialogState, Next, confirmed, submits
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.live import follow

_POSTS = PageRequest(limit=20)
_STATUSES: dict[str, SessionStatus] = {"running": "running", "paused": "paused", "ended": "ended"}


@dataclass(frozen=True)
class SnippetRow:
    name: str
    text: str


@dataclass(frozen=True)
class Found:
    """A session as it is at one moment, with what was posted of it and the PSA of now."""

    one: SessionOut
    posts: list[PostOut]
    connection: PsaConnectionOut | None


class SessionState(DialogState, rx.State):
    """One session. What is typed is in the browser, which saves it over REST (assets/hub/autosave.js): `values` are what the form
    begins with. `html` is the text for those who only read it.
    """

    loaded: bool = False
    missing: bool = False
    id: str = ""
    name: str = ""
    engineer: str = ""
    is_own: bool = False
    status: str = ""
    seconds: str = ""
    since: str = ""
    started_at: str = ""
    ended_at: str = ""
    steps: str = ""
    tags: rx.Field[list[str]] = rx.field(default_factory=list)
    html: str = ""
    url: str = ""
    etag: str = ""
    has_ticket: bool = False
    ticket: str = ""
    ticket_summary: str = ""
    ticket_company: str = ""
    ticket_board: str = ""
    ticket_status: str = ""
    ticket_closed: bool = False
    ticket_href: str = ""
    ticket_there: str = ""
    connected: bool = False
    provider: str = ""
    rows: rx.Field[list[PostRow]] = rx.field(default_factory=list)
    toolbar: str = "full"
    theme: str = "auto"
    snippets: rx.Field[list[SnippetRow]] = rx.field(default_factory=list)

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        self._open("")
        self.missing, self.loaded = False, False
        actor = await current_actor(self)
        try:
            found = await _find(actor, SessionAddress.at(self))
        except NotFound:
            self.missing = True
            return
        self._settings(await editor.get_settings(actor))
        self._begin(found.one)
        await self._show(found, actor)
        self.loaded = True

    @rx.event(background=True)
    @guarded(Role.CUSTOMER_VIEWER)
    async def watch(self) -> None:
        """Show what becomes of its clock, its ticket and its posts. Reflex ends this when the page is left."""
        address, actor = SessionAddress.at(self), await current_actor(self)

        async def show(found: Found) -> None:
            await self._show(found, actor)

        topics = [f"{kind}:{actor.tenant_id}" for kind in ("work_sessions", TOPIC, "psa_connection")]
        await follow(self, topics, lambda who: _find(who, address), show)

    def _settings(self, found: EditorSettingsOut) -> None:
        self.toolbar, self.theme = found.toolbar, found.theme
        self.snippets = [SnippetRow(one.name, one.text) for one in found.snippets]

    def _begin(self, one: SessionOut) -> None:
        """What the form begins with."""
        self.values = {"title": one.title, "body": one.body, "tags": ",".join(one.tags)}
        self.url, self.etag = f"/api/v1/sessions/{one.id}", one.version.etag

    async def _show(self, found: Found, actor: Actor) -> None:
        one = found.one
        self.id, self.name, self.engineer = str(one.id), one.title, one.engineer
        self.is_own = one.engineer_id is not None and one.engineer_id == actor.user_id
        self.status, self.seconds, self.since = (
            one.status,
            str(one.worked_seconds),
            words.iso(one.running_since),
        )
        self.started_at, self.ended_at = words.iso(one.started_at), words.iso(one.ended_at)
        self.steps = f"{one.steps_done} of {one.steps_total} steps done" if one.steps_total else ""
        self.tags = one.tags
        if not self.is_own:
            self.html = (await sessions.look_at(actor, MarkdownIn(text=one.body))).html
        self._show_ticket(one)
        self.connected = found.connection is not None and found.connection.is_active
        known = gallery.get_provider(found.connection.provider) if found.connection else None
        self.provider = known.name if known else "the PSA"
        here = PsaAddress(PSA)
        self.rows = [row_of(post, here) for post in found.posts]

    def _show_ticket(self, one: SessionOut) -> None:
        ticket = one.ticket
        self.has_ticket = ticket is not None
        if ticket is None:
            return
        self.ticket, self.ticket_summary = f"#{ticket.id}", ticket.summary
        self.ticket_company, self.ticket_board = ticket.company_name or "", ticket.board_name or ""
        self.ticket_status, self.ticket_closed = ticket.status_name or "", ticket.closed
        self.ticket_href, self.ticket_there = ticket_url(ticket.id), ticket.url

    @rx.event(temporal=True)
    @guarded(Role.ENGINEER)
    async def turn(self, status: str) -> None:
        """Start, pause or end the clock."""
        if status not in _STATUSES:
            raise NotFound("A session has no such state. Reload the page.")
        await self._change(SessionPatch(status=_STATUSES[status]))

    @submits(Role.ENGINEER, SessionPatch)
    async def correct(self, given: SessionPatch) -> str:
        """Say how many minutes it really were."""
        await self._change(SessionPatch(minutes=given.minutes or 0))
        return "The time is corrected."

    async def _change(self, given: SessionPatch) -> None:
        actor = await current_actor(self)
        one = await sessions.update_session(actor, SessionAddress.at(self).id, given)
        self.status, self.seconds = one.status, str(one.worked_seconds)
        self.since, self.ended_at = words.iso(one.running_since), words.iso(one.ended_at)

    @rx.event
    @guarded(Role.ENGINEER)
    async def ask_minutes(self) -> None:
        one = await sessions.get_session(await current_actor(self), SessionAddress.at(self).id)
        self._open("minutes")
        self.values = {**self.values, "minutes": str(one.minutes)}

    @rx.event(background=True, temporal=True)
    @guarded(Role.ENGINEER)
    async def unlink(self) -> EventSpec:
        actor = await current_actor(self)
        await required(sessions.link_ticket(actor, SessionAddress.at(self).id, None))
        await self._look_again()
        return rx.toast.success("The ticket is unlinked.")

    @rx.event(background=True)
    @guarded(Role.CUSTOMER_VIEWER)
    async def refresh(self) -> None:
        """Show the session as it is now."""
        await self._look_again()

    async def _look_again(self) -> None:
        actor = await current_actor(self)
        found = await _find(actor, SessionAddress.at(self))
        async with self:
            await self._show(found, actor)

    @confirmed(Role.ENGINEER)
    async def delete(self) -> list[Next]:
        await sessions.delete_session(await current_actor(self), SessionAddress.at(self).id)
        return [rx.toast.success(f"{self.name} is deleted."), rx.redirect(SESSIONS)]


async def _find(actor: Actor, address: SessionAddress) -> Found:
    one = await sessions.get_session(actor, address.id)
    posted = await posts.list_posts(actor, PostQuery(session_id=one.id), _POSTS)
    return Found(one, posted.items, await connections.get_connection(actor))
