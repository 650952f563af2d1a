"""Updating a session's ticket: the note, what goes along with it, and what came of it."""

from typing import Any
from uuid import UUID

import reflex as rx
from reflex.event import EventSpec

from hub_app.kernel import signals
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.errors import Invalid
from hub_app.psa.schemas.posts import MemberChoice, PostOut, TicketUpdateIn, TicketUpdatePreview
from hub_app.psa.service import connections, gallery, posts
from hub_app.psa.service.calling import TOPIC
from hub_app.psa.state.addresses import SessionAddress
from hub_app.psa.state.asking import asked, new_version, required
from hub_app.psa.state.posts import KINDS, Part, parts_of, told
from hub_app.psa.state.session import SessionState
from hub_app.ui.forms import DialogState
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.inputs import form_of, is_on, read

_NOBODY = "-"
"""Stands in the form for the API's own account."""
_SECONDS = 60.0


class UpdateTicketState(DialogState, rx.State):
    """The dialog. `version` changes each time it is filled, so that the form begins anew; `parts` are how far a post is."""

    ready: bool = False
    title: str = ""
    sub: str = ""
    problem: str = ""
    version: str = ""
    kinds: rx.Field[list[tuple[str, str]]] = rx.field(default_factory=list)
    kind_help: rx.Field[list[tuple[str, str]]] = rx.field(default_factory=list)
    statuses: rx.Field[list[tuple[str, str]]] = rx.field(default_factory=list)
    status_help: str = ""
    members: rx.Field[list[tuple[str, str]]] = rx.field(default_factory=list)
    member_help: str = ""
    warnings: rx.Field[list[str]] = rx.field(default_factory=list)
    fine: str = ""
    takes_time: bool = False
    notifies: bool = False
    line_note: str = ""
    sets_status: bool = False
    parts: rx.Field[list[Part]] = rx.field(default_factory=list)

    @rx.event(background=True)
    @guarded(Role.ENGINEER)
    async def begin(self) -> None:
        """Open the dialog, with the ticket as it is now."""
        actor, session_id = await current_actor(self), SessionAddress.at(self).id
        async with self:
            self._open("update")
            self.ready, self.problem, self.parts = False, "", []
        found, problem = await asked(posts.preview_update(actor, session_id, TicketUpdateIn()))
        connection = await connections.get_connection(actor)
        async with self:
            self.problem = problem
            if found is not None and connection is not None:
                self._fill(found, connection.provider)

    def _fill(self, found: TicketUpdatePreview, provider_id: str) -> None:
        provider = gallery.get_provider(provider_id)
        ticket = found.ticket
        self.title = f"Update {ticket.board_name or 'ticket'} #{ticket.id}"
        self.sub = " · ".join(one for one in (ticket.summary, ticket.company_name) if one)
        kinds = provider.note_kinds if provider else []
        self.kinds = [(one.type, one.label) for one in kinds]
        self.kind_help = [(one.type, one.help) for one in kinds]
        now = found.status_before.name if found.status_before else "as it is"
        others = [
            one for one in found.statuses if found.status_before is None or one.id != found.status_before.id
        ]
        self.statuses = [("", f"Keep {now}"), *((one.id, one.name) for one in others)]
        self.status_help = f"Statuses of the board {ticket.board_name}." if ticket.board_name else ""
        self.members = [_option(one) for one in found.members]
        mapped = found.member is not None
        if not mapped:
            # Nobody posts under another name by not looking.
            self.members = [("", "Choose who it is posted as"), *self.members]
        self.member_help = "" if mapped else "The owner has not mapped you to a member yet."
        self.warnings = [one for one in found.warnings if mapped or "signed with your name" not in one]
        self.fine = "" if self.warnings else "The ticket is open; nobody changed it since you linked it."
        self.takes_time = provider is not None and provider.time_entries
        self.notifies = provider is not None and provider.notify
        self.line_note = f"Line breaks may be joined in {provider.name if provider else 'the PSA'}; the text reads well without them."
        self.values = {
            "text": found.note,
            "note_type": found.note_type,
            "status_id": "",
            "member_id": found.member.member_id or "" if found.member else "",
            "minutes": "",
        }
        self.sets_status = False
        self.ready, self.version = True, new_version(self.version)

    @rx.event
    @guarded(Role.ENGINEER)
    def choose_status(self, status: str) -> None:
        """The button says what it does."""
        self.sets_status = bool(status)

    @rx.event(background=True, temporal=True)
    @guarded(Role.ENGINEER)
    async def post(self, data: dict[str, Any]) -> list[EventSpec | Any] | None:
        """Post the note, and show how far it is. What failed leaves the dialog as it is."""
        async with self:
            if self.busy:
                return None
            self.busy, self.errors, self.problem, self.parts = True, {}, "", []
        actor = await current_actor(self)
        given = _given(form_of(data))
        post_id = await required(posts.start_update(actor, SessionAddress.at(self).id, given))
        post = await self._followed(actor, post_id)
        async with self:
            self.busy = False
            if post.outcome == "failed":
                self.problem = f"Nothing was posted. {post.error}"
                return None
            self._open("")
        return [told(post), SessionState.refresh]

    async def _followed(self, actor: Actor, post_id: UUID) -> PostOut:
        """The post once it has ended, or after a while."""
        with signals.watch(f"{TOPIC}:{actor.tenant_id}") as changed:
            waited = 0.0
            while True:
                post = await posts.get_post(actor, post_id)
                async with self:
                    self.parts = parts_of(post)
                if post.outcome not in {"sending", "unknown"} or waited > _SECONDS:
                    return post
                if post.outcome == "unknown" and waited > _SECONDS / 6:
                    return post
                await changed.wait(1.0)
                waited += 1.0


def _option(one: MemberChoice) -> tuple[str, str]:
    if one.member_id is None:
        return _NOBODY, f"{one.name}, signed with your name"
    return one.member_id, f"{one.name} ({one.identifier})" if one.identifier else one.name


def _given(form: Any) -> TicketUpdateIn:
    member = str(form.get("member_id", ""))
    minutes = str(form.get("minutes", "")).strip()
    status = str(form.get("status_id", ""))
    fields: dict[str, object] = {
        "text": str(form.get("text", "")),
        "note_type": form.get("note_type") or next(iter(KINDS)),
        "notify": is_on(form.get("notify")),
        "repeat": is_on(form.get("repeat")),
    }
    if status:
        fields["status_id"] = status
    if minutes:
        fields["minutes"] = minutes
    if not member:
        raise Invalid.field("member_id", "must be chosen: under whose name is it posted?")
    fields["member_id"] = None if member == _NOBODY else member
    return read(TicketUpdateIn, fields)
