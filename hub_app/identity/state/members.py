"""Members and open invitations."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from hub_app.identity.schemas import InvitationIn, InvitationOut, MemberOut, RoleIn
from hub_app.identity.service import invitations, members, resets
from hub_app.kernel.actor import Role
from hub_app.kernel.paging import PageRequest
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.inputs import read, read_id
from hub_app.ui.mixins import DialogState, PagedState
from hub_app.ui.session import initials
from hub_app.ui.shown import shown_once
from hub_app.ui.urls import own_origin

_HERE = "/settings/members"


@dataclass(frozen=True)
class MemberRow:
    id: str
    name: str
    email: str
    initials: str
    role: str
    role_label: str
    since: str
    is_self: bool


@dataclass(frozen=True)
class InvitationRow:
    id: str
    email: str
    role_label: str
    expires_at: str


class Members(DialogState, PagedState, rx.State):
    """One page of members. `dialog` names the open one; `subject` is whom it is about."""

    rows: rx.Field[list[MemberRow]] = rx.field(default_factory=list)
    invitations: rx.Field[list[InvitationRow]] = rx.field(default_factory=list)
    subject_id: str = ""
    subject_name: str = ""
    subject_role: str = ""
    losses: str = ""
    link: rx.Field[str] = shown_once()

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        self._open("")
        await self._load()

    async def _load(self) -> None:
        actor = await current_actor(self)
        found = await members.list_members(actor, self._page())
        opened = await invitations.list_invitations(actor, PageRequest(limit=200))
        self.rows = [_member_row(m, is_self=m.user_id == actor.user_id) for m in found.items]
        self.invitations = [_invitation_row(i) for i in opened.items]
        self._turned(found, _HERE)

    def _forget(self) -> None:
        self.link = ""

    @rx.event
    @guarded(Role.OWNER)
    def ask_invite(self) -> None:
        self._open("invite")

    @rx.event(temporal=True)
    @guarded(Role.OWNER)
    async def invite(self, data: dict[str, Any]) -> AsyncIterator[EventSpec | None]:
        """Make an invitation and show its link, this once."""
        self.busy, self.errors = True, {}
        yield None
        given = read(InvitationIn, data)
        _, secret = await invitations.invite(await current_actor(self), given)
        await self._load()
        self._open("link")
        self.subject_name, self.link = given.email, f"{own_origin(self)}/invite/{secret}"

    @rx.event
    @guarded(Role.OWNER)
    def ask_role(self, user_id: str) -> None:
        self._about(user_id, "role")

    @rx.event(temporal=True)
    @guarded(Role.OWNER)
    async def change_role(self, data: dict[str, Any]) -> AsyncIterator[EventSpec | None]:
        self.busy, self.errors = True, {}
        yield None
        actor = await current_actor(self)
        changed = await members.change_role(actor, read_id(self.subject_id), read(RoleIn, data))
        await self._load()
        self._open("")
        yield rx.toast.success(f"{changed.name} is now {changed.role.label.lower()}.")

    @rx.event
    @guarded(Role.OWNER)
    def ask_reset(self, user_id: str) -> None:
        self._about(user_id, "reset")

    @rx.event(temporal=True)
    @guarded(Role.OWNER)
    async def reset_password(self, data: dict[str, Any]) -> AsyncIterator[EventSpec | None]:
        """Make a link for a member's new password and show it, this once."""
        del data
        self.busy = True
        yield None
        _, secret = await resets.issue_for_member(await current_actor(self), read_id(self.subject_id))
        self._open("reset_link")
        self.link = resets.link(own_origin(self), secret)

    @rx.event
    @guarded(Role.OWNER)
    async def ask_remove(self, user_id: str) -> None:
        lost = await members.losses(await current_actor(self), read_id(user_id))
        self.losses = _losses(lost.tokens, lost.oauth_connections)
        self._about(user_id, "remove")

    @rx.event(temporal=True)
    @guarded(Role.OWNER)
    async def remove(self, data: dict[str, Any]) -> AsyncIterator[EventSpec | None]:
        del data
        self.busy = True
        yield None
        await members.remove_member(await current_actor(self), read_id(self.subject_id))
        name = self.subject_name
        await self._load()
        self._open("")
        yield rx.toast.success(f"{name} is no longer a member.")

    @rx.event(temporal=True)
    @guarded(Role.OWNER)
    async def withdraw(self, invitation_id: str) -> EventSpec:
        await invitations.withdraw(await current_actor(self), read_id(invitation_id))
        await self._load()
        return rx.toast.success("The invitation is withdrawn; its link no longer works.")

    def _about(self, user_id: str, dialog: str) -> None:
        subject = next((row for row in self.rows if row.id == user_id), None)
        if subject is None:
            return
        self._open(dialog)
        self.subject_id, self.subject_name = subject.id, subject.name
        self.subject_role = subject.role


def _losses(tokens: int, connections: int) -> str:
    gone = [
        f"{count:,} {thing}{'' if count == 1 else 's'}"
        for count, thing in ((tokens, "API token"), (connections, "OAuth connection"))
        if count
    ]
    if not gone:
        return "They lose access at once. They have no API tokens or OAuth connections in this tenant."
    verb = "is" if tokens + connections == 1 else "are"
    return f"They lose access at once, and {' and '.join(gone)} of theirs {verb} deleted: programs that use them stop."


def _member_row(member: MemberOut, *, is_self: bool) -> MemberRow:
    return MemberRow(
        id=str(member.user_id),
        name=member.name,
        email=member.email,
        initials=initials(member.name),
        role=member.role.value,
        role_label=member.role.label,
        since=member.created_at.isoformat(),
        is_self=is_self,
    )


def _invitation_row(invitation: InvitationOut) -> InvitationRow:
    return InvitationRow(
        id=str(invitation.id),
        email=invitation.email,
        role_label=invitation.role.label,
        expires_at=invitation.expires_at.isoformat(),
    )
