"""The members page: who belongs to the tenant, and who is invited."""

import reflex as rx

from hub_app.identity.pages.links import link_dialog
from hub_app.identity.state.members import InvitationRow, MemberRow, MembersState
from hub_app.kernel.actor import Role
from hub_app.ui import components as ui
from hub_app.ui.session import SessionState
from hub_app.ui.shell import page

_ROLES = [(role.value, role.label) for role in reversed(Role)]
_WHAT_ROLES_DO = (
    "Customer viewers can read. Engineers can also send and run. Customer admins can also configure. "
    "Owners can also manage members."
)


def page_of_members() -> rx.Component:
    return page(
        "Members",
        "Who belongs to this tenant, and what they may do.",
        ui.card(_members(), flush=True),
        rx.cond(
            MembersState.invitations.length() > 0,
            ui.card(_invitations(), title="Open invitations", flush=True),
        ),
        _invite(),
        _link(),
        _role(),
        _reset(),
        _reset_link(),
        _remove(),
        actions=[
            ui.only(
                SessionState.is_owner,
                ui.button(
                    "Invite someone",
                    "primary",
                    mark="user_plus",
                    on_click=MembersState.ask("invite"),
                    attributes=ui.opener(MembersState, "invite"),
                ),
                "Owners can invite and change members.",
            )
        ],
        breadcrumb=[("Settings", "")],
    )


def _members() -> rx.Component:
    return ui.table(
        "Members",
        [
            ui.Column(label="Name", cell=_person),
            ui.Column(label="Role", cell=lambda row: ui.badge(row.role_label, dot=False)),
            ui.Column(label="ID", cell=lambda row: ui.short_ident(row.id, row.name), phone=False),
            ui.Column(
                label="Member since",
                cell=lambda row: ui.time(row.since, show="date"),
                quiet=True,
                phone=False,
            ),
            ui.Column(label="Actions", cell=_actions, end=True, tight=True, hide_label=True),
        ],
        MembersState.rows,
        loaded=MembersState.loaded,
        empty=ui.empty(
            "users", "No members here", "This page of the list is empty. Go back to the first page."
        ),
        pager=ui.Pager(previous=MembersState.previous, next=MembersState.next),
    )


def _person(row: rx.vars.ObjectVar[MemberRow]) -> rx.Component:
    return rx.el.div(
        ui.avatar(row.initials),
        rx.el.div(
            rx.el.span(row.name, rx.cond(row.is_self, rx.el.span(" (you)", class_name="hub-faint"))),
            rx.el.span(row.email, class_name="hub-sub"),
        ),
        class_name="hub-row",
    )


def _actions(row: rx.vars.ObjectVar[MemberRow]) -> rx.Component:
    name = f"member-{row.id}"
    return rx.cond(
        SessionState.is_owner,
        rx.el.span(
            ui.icon_button("ellipsis", f"Actions for {row.name}", small=True, opens=name),
            ui.menu(
                name,
                f"Actions for {row.name}",
                ui.menu_item(
                    "Change role",
                    MembersState.ask_about("role", row.id),
                    attributes=ui.opener(MembersState, "role", row.id),
                    mark="shield",
                ),
                rx.cond(
                    row.is_self,
                    rx.fragment(),
                    ui.menu_item("Reset password", MembersState.ask_about("reset", row.id), mark="key_round"),
                ),
                ui.menu_item("Remove", MembersState.ask_remove(row.id), mark="user_minus", danger=True),
            ),
        ),
    )


def _invitations() -> rx.Component:
    return ui.table(
        "Open invitations",
        [
            ui.Column(label="E-mail", cell=lambda row: row.email),
            ui.Column(label="Role", cell=lambda row: ui.badge(row.role_label, dot=False)),
            ui.Column(label="Expires", cell=lambda row: ui.time(row.expires_at), quiet=True, phone=False),
            ui.Column(label="Actions", cell=_withdraw, end=True, tight=True, hide_label=True),
        ],
        MembersState.invitations,
        empty=ui.only_line("No open invitations."),
    )


def _withdraw(row: rx.vars.ObjectVar[InvitationRow]) -> rx.Component:
    return ui.only(
        SessionState.is_owner, ui.button("Withdraw", small=True, on_click=MembersState.withdraw(row.id))
    )


def _invite() -> rx.Component:
    return ui.form_dialog(
        MembersState,
        "invite",
        ui.text_field("email", "E-mail", kind="email", of=MembersState, auto_focus=True),
        ui.select_field(
            "role", "Role", _ROLES, value=Role.ENGINEER.value, text=_WHAT_ROLES_DO, of=MembersState
        ),
        title="Invite someone",
        text="You get a link to pass on. It works once, within 7 days.",
        on_submit=MembersState.invite,
        submit="Create the link",
    )


def _link() -> rx.Component:
    return link_dialog(
        MembersState,
        "link",
        MembersState.link,
        title=f"Invitation for {MembersState.subject_name}",
        text="Whoever opens it first joins the tenant.",
    )


def _role() -> rx.Component:
    return ui.form_dialog(
        MembersState,
        "role",
        ui.select_field("role", "Role", _ROLES, text=_WHAT_ROLES_DO, of=MembersState),
        title=f"Role of {MembersState.subject_name}",
        text="It applies from their next click or call.",
        on_submit=MembersState.change_role,
        submit="Change role",
    )


def _reset() -> rx.Component:
    return ui.confirm(
        MembersState,
        "reset",
        f"Reset the password of {MembersState.subject_name}",
        text="You get a link to pass on. Whoever opens it within an hour can choose a new password and sign in as this"
        " person. Until then, the old password works. Earlier links stop working.",
        action="Create the link",
        on_confirm=MembersState.reset_password,
        danger=False,
    )


def _reset_link() -> rx.Component:
    return link_dialog(
        MembersState,
        "reset_link",
        MembersState.link,
        title=f"New password for {MembersState.subject_name}",
        text="It works once, within an hour. Give it to this person only.",
    )


def _remove() -> rx.Component:
    return ui.confirm(
        MembersState,
        "remove",
        f"Remove {MembersState.subject_name}",
        text=MembersState.losses,
        on_confirm=MembersState.remove,
    )
