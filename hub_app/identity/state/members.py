"""Members and open invitations."""

from dataclasses import dataclass
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from hub_app.identity.schemas import InvitationIn, InvitationOut, MemberOut, RoleIn
from hub_app.identity.service import invitations, members, resets
from hub_app.kernel.actor import Role
from hub_app.kernel.paging import PageRequest
from hub_app.ui.forms import RowDialogState, confirmed, submits
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.inputs import read_id
from hub_app.ui.lists import PagedState
from hub_app.ui.page_address import PageAddress
from hub_app.ui.session import initials
from hub_app.ui.shown import shown_once
from hub_app.ui.urls import own_origin


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


class MembersState(RowDialogState, PagedState, rx.State):
    """One page of members."""

    rows: rx.Field[list[MemberRow]] = rx.field(default_factory=list)
    invitations: rx.Field[list[InvitationRow]] = rx.field(default_factory=list)
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
        self._turned(found, PageAddress.at(self))

    def _forget(self) -> None:
        self.link = ""

    @submits(Role.OWNER, InvitationIn)
    async def invite(self, given: InvitationIn) -> None:
        """Make an invitation and show its link, this once."""
        _, secret = await invitations.invite(await current_actor(self), given)
        await self._load()
        self._open("link")
        self.subject_name, self.link = given.email, f"{own_origin(self)}/invite/{secret}"

    @submits(Role.OWNER, RoleIn)
    async def change_role(self, given: RoleIn) -> str:
        actor = await current_actor(self)
        changed = await members.change_role(actor, read_id(self.subject_id), given)
        await self._load()
        return f"{changed.name} is now {changed.role.label.lower()}."

    @confirmed(Role.OWNER)
    async def reset_password(self) -> None:
        """Make a link for a member's new password and show it, this once."""
        _, secret = await resets.issue_for_member(await current_actor(self), read_id(self.subject_id))
        self._open("reset_link")
        self.link = resets.link(own_origin(self), secret)

    @rx.event
    @guarded(Role.OWNER)
    async def ask_remove(self, user_id: str) -> None:
        lost = await members.losses(await current_actor(self), read_id(user_id))
        self.losses = _losses(lost.tokens, lost.oauth_connections) + _stops(lost.crm_connections)
        self._about("remove", user_id)

    @confirmed(Role.OWNER)
    async def remove(self) -> str:
        await members.remove_member(await current_actor(self), read_id(self.subject_id))
        await self._load()
        return f"{self.subject_name} is no longer a member."

    @rx.event(temporal=True)
    @guarded(Role.OWNER)
    async def withdraw(self, invitation_id: str) -> EventSpec:
        await invitations.withdraw(await current_actor(self), read_id(invitation_id))
        await self._load()
        return rx.toast.success("The invitation is withdrawn. Its link no longer works.")

    def _about(self, dialog: str, row_id: str) -> Any:
        row: MemberRow = super()._about(dialog, row_id)
        self.values = {"role": row.role}
        return row


def _losses(tokens: int, connections: int) -> str:
    gone = [
        f"{count:,} {thing}{'' if count == 1 else 's'}"
        for count, thing in ((tokens, "API token"), (connections, "OAuth connection"))
        if count
    ]
    if not gone:
        return "They lose access immediately. They have no API tokens or OAuth connections in this tenant."
    verb = "is" if tokens + connections == 1 else "are"
    return f"They lose access immediately, and their {' and '.join(gone)} {verb} deleted. Programs that use them stop working."


def _stops(crms: int) -> str:
    """What happens to connected CRMs that use their OAuth accounts."""
    if not crms:
        return ""
    what = "1 connected CRM uses" if crms == 1 else f"{crms:,} connected CRMs use"
    return f" {what} one of these accounts, and will not sync until somebody reconnects it."


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
