"""The members page: who belongs to the tenant, and who is invited."""

import reflex as rx

from hub_app.identity.pages.links import link_dialog
from hub_app.identity.state.members import InvitationRow, MemberRow, Members
from hub_app.kernel.actor import Role
from hub_app.ui.components import (
    Column,
    Pager,
    avatar,
    badge,
    button,
    card,
    confirm,
    empty,
    form_dialog,
    icon_button,
    menu,
    menu_item,
    only,
    only_line,
    select_field,
    table,
    text_field,
    time,
)
from hub_app.ui.session import Session
from hub_app.ui.shell import page

_ROLES = [(role.value, role.label) for role in reversed(Role)]
_WHAT_ROLES_DO = (
    "Viewers read. Engineers also send, run and resolve. Customer admins also set things up. "
    "Owners also manage members."
)


def page_of_members() -> rx.Component:
    return page(
        "Members",
        "Who belongs to this tenant, and what they may do.",
        card(_members(), flush=True),
        rx.cond(Members.invitations.length() > 0, card(_invitations(), title="Open invitations", flush=True)),
        _invite(),
        _link(),
        _role(),
        _reset(),
        _reset_link(),
        _remove(),
        actions=[
            only(
                Session.is_owner,
                button("Invite someone", "primary", mark="user_plus", on_click=Members.ask_invite),
                "Owners can invite and change members.",
            )
        ],
        breadcrumb=[("Settings", "")],
    )


def _members() -> rx.Component:
    return table(
        "Members",
        [
            Column(label="Name", cell=_person),
            Column(label="Role", cell=lambda row: badge(row.role_label, dot=False)),
            Column(
                label="Member since", cell=lambda row: time(row.since, show="date"), quiet=True, phone=False
            ),
            Column(label="Actions", cell=_actions, end=True, tight=True, hide_label=True),
        ],
        Members.rows,
        loaded=Members.loaded,
        empty=empty("users", "No members here", "This page of the list is empty. Go back to the first one."),
        pager=Pager(previous=Members.previous, next=Members.next),
    )


def _person(row: rx.vars.ObjectVar[MemberRow]) -> rx.Component:
    return rx.el.div(
        avatar(row.initials),
        rx.el.div(
            rx.el.span(row.name, rx.cond(row.is_self, rx.el.span(" (you)", class_name="hub-faint"))),
            rx.el.span(row.email, class_name="hub-sub"),
        ),
        class_name="hub-row",
    )


def _actions(row: rx.vars.ObjectVar[MemberRow]) -> rx.Component:
    name = f"member-{row.id}"
    return rx.cond(
        Session.is_owner,
        rx.el.span(
            icon_button("ellipsis", f"Actions for {row.name}", small=True, opens=name),
            menu(
                name,
                f"Actions for {row.name}",
                menu_item("Change role", Members.ask_role(row.id), mark="shield"),
                rx.cond(
                    row.is_self,
                    rx.fragment(),
                    menu_item("Reset password", Members.ask_reset(row.id), mark="key_round"),
                ),
                menu_item("Remove", Members.ask_remove(row.id), mark="user_minus", danger=True),
            ),
        ),
    )


def _invitations() -> rx.Component:
    return table(
        "Open invitations",
        [
            Column(label="E-mail", cell=lambda row: row.email),
            Column(label="Role", cell=lambda row: badge(row.role_label, dot=False)),
            Column(label="Expires", cell=lambda row: time(row.expires_at), quiet=True, phone=False),
            Column(label="Actions", cell=_withdraw, end=True, tight=True, hide_label=True),
        ],
        Members.invitations,
        empty=only_line("No open invitations."),
    )


def _withdraw(row: rx.vars.ObjectVar[InvitationRow]) -> rx.Component:
    return only(Session.is_owner, button("Withdraw", small=True, on_click=Members.withdraw(row.id)))


def _invite() -> rx.Component:
    return form_dialog(
        text_field("email", "E-mail", kind="email", errors=Members.errors, auto_focus=True),
        select_field(
            "role", "Role", _ROLES, value=Role.ENGINEER.value, text=_WHAT_ROLES_DO, errors=Members.errors
        ),
        title="Invite someone",
        text="You get a link to hand over. It works once, within 7 days.",
        open=Members.dialog == "invite",
        on_open_change=Members.toggle,
        on_close=Members.close,
        on_submit=Members.invite,
        submit="Make the link",
        busy=Members.busy,
    )


def _link() -> rx.Component:
    return link_dialog(
        Members.link,
        title=f"Invitation for {Members.subject_name}",
        text="Whoever opens it first joins the tenant.",
        open=Members.dialog == "link",
        on_open_change=Members.toggle,
        on_close=Members.close,
    )


def _role() -> rx.Component:
    return form_dialog(
        select_field(
            "role", "Role", _ROLES, value=Members.subject_role, text=_WHAT_ROLES_DO, errors=Members.errors
        ),
        title=f"Role of {Members.subject_name}",
        text="It holds from their next click or call on.",
        open=Members.dialog == "role",
        on_open_change=Members.toggle,
        on_close=Members.close,
        on_submit=Members.change_role,
        submit="Change role",
        busy=Members.busy,
    )


def _reset() -> rx.Component:
    return confirm(
        title=f"Reset the password of {Members.subject_name}?",
        text="You get a link to hand over: whoever opens it within an hour chooses a new password, and can then sign in"
        " as this person. The old password holds until then. An earlier link stops working.",
        action="Make the link",
        open=Members.dialog == "reset",
        on_open_change=Members.toggle,
        on_cancel=Members.close,
        on_confirm=Members.reset_password,
        busy=Members.busy,
        danger=False,
    )


def _reset_link() -> rx.Component:
    return link_dialog(
        Members.link,
        title=f"New password for {Members.subject_name}",
        text="It works once, within an hour. Hand it to nobody else.",
        open=Members.dialog == "reset_link",
        on_open_change=Members.toggle,
        on_close=Members.close,
    )


def _remove() -> rx.Component:
    return confirm(
        title=f"Remove {Members.subject_name}?",
        text=Members.losses,
        action=f"Remove {Members.subject_name}",
        open=Members.dialog == "remove",
        on_open_change=Members.toggle,
        on_cancel=Members.close,
        on_confirm=Members.remove,
        busy=Members.busy,
    )
