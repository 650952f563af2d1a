"""The list of work sessions, and beginning one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import reflex as rx

from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.paging import PageRequest, Slice
from hub_app.psa.schemas.sessions import SessionIn, SessionQuery, SessionRow, SessionStatus
from hub_app.psa.service import sessions, templates
from hub_app.psa.state.addresses import SESSION_STATES, SESSIONS, SessionsAddress, session_url
from hub_app.ui import words
from hub_app.ui.forms import DialogState, Next, submits_data
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.inputs import read, read_optional_id
from hub_app.ui.lists import PagedState, page_of
from hub_app.ui.live import follow

_TEMPLATES = PageRequest(limit=200)


@dataclass(frozen=True)
class SessionLine:
    href: str
    title: str
    engineer: str
    status: str
    ticket: str
    summary: str
    steps: str
    seconds: str
    since: str
    at: str


class SessionsState(DialogState, PagedState, rx.State):
    """One page of sessions: one's own, unless everybody's are asked for."""

    rows: rx.Field[list[SessionLine]] = rx.field(default_factory=list)
    text: str = ""
    of: str = ""
    status: str = ""
    tab: str = "sessions"
    tab_hrefs: rx.Field[dict[str, str]] = rx.field(default_factory=dict)
    is_filtered: bool = False
    templates: rx.Field[list[tuple[str, str]]] = rx.field(default_factory=list)
    _address = SessionsAddress

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        self._open("")
        address, actor = SessionsAddress.at(self), await current_actor(self)
        self.tab = address.tab
        self.tab_hrefs = {
            "sessions": SessionsAddress(SESSIONS).url(),
            "templates": SessionsAddress(SESSIONS, tab="templates").url(),
        }
        if address.tab == "sessions":
            self._show(await _find(actor, address), address)

    @rx.event(background=True)
    @guarded(Role.CUSTOMER_VIEWER)
    async def watch(self) -> None:
        """Show what changes. Reflex ends this when the page is left or its address changes."""
        address, actor = SessionsAddress.at(self), await current_actor(self)
        if address.tab != "sessions":
            return

        async def show(found: Slice[SessionRow]) -> None:
            self._show(found, address)

        await follow(self, f"work_sessions:{actor.tenant_id}", lambda who: _find(who, address), show)

    def _show(self, found: Slice[SessionRow], address: SessionsAddress) -> None:
        self.text, self.of, self.status = address.q, address.of, address.status
        self.is_filtered = bool(address.q or address.status)
        self.rows = [line_of(one) for one in found.items]
        self._turned(found, address)

    @rx.event
    @guarded(Role.ENGINEER)
    async def ask_new(self) -> None:
        found = await templates.list_session_templates(await current_actor(self), _TEMPLATES)
        self._open("new")
        names = [(str(one.id), one.name) for one in found.items]
        self.templates = [("", "An empty session"), *names] if names else []

    @submits_data(Role.ENGINEER)
    async def begin(self, data: Mapping[str, Any]) -> list[Next]:
        title = str(data.get("title", "")).strip() or None
        template = read_optional_id(data.get("template_id"))
        given = read(SessionIn, {} if title is None else {"title": title}, template_id=template)
        made = await sessions.create_session(await current_actor(self), given)
        return [rx.redirect(session_url(made.id))]


async def _find(actor: Actor, address: SessionsAddress) -> Slice[SessionRow]:
    query = SessionQuery(
        text=address.q,
        # Who only reads has none of their own.
        engineer_id=actor.user_id if not address.of and actor.may(Role.ENGINEER) else None,
        status=cast("SessionStatus", address.status) if address.status in SESSION_STATES else None,
    )
    return await sessions.list_sessions(actor, query, page_of(address))


def line_of(one: SessionRow) -> SessionLine:
    return SessionLine(
        href=session_url(one.id),
        title=one.title,
        engineer=one.engineer,
        status=one.status,
        ticket=f"#{one.ticket.id}" if one.ticket else "",
        summary=f"{one.ticket.summary} · {one.ticket.company_name or ''}".rstrip(" ·") if one.ticket else "",
        steps=f"{one.steps_done} of {one.steps_total} steps" if one.steps_total else "",
        seconds=str(one.worked_seconds),
        since=words.iso(one.running_since),
        at=words.iso(one.started_at),
    )
