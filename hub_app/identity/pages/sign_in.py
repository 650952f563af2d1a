"""Signing in, setting up, accepting an invitation."""

from typing import Any

import reflex as rx

from hub_app.identity.state.sign_in import InvitationState, NewPasswordState, SetUpState, SignInState
from hub_app.ui import components as ui
from hub_app.ui.elements import Child, Text
from hub_app.ui.shell import auth_page, page

_PASSWORD_HELP = "At least 12 characters. Several words work well."  # noqa: S105 - a help text


def start() -> rx.Component:
    return page("Hub", "")


def sign_in() -> rx.Component:
    return auth_page(
        "Sign in",
        rx.cond(
            SignInState.ready,
            rx.el.div(
                rx.cond(
                    SignInState.changed == "password",
                    ui.callout(
                        "Sign in with your new password.", "success", title="Your password is changed"
                    ),
                ),
                _why(),
                _sign_in(),
                class_name="hub-stack",
            ),
            ui.skeleton(3),
        ),
        foot="No account? Ask an owner of your tenant for an invitation. Lost your password? Ask them or the operator of"
        " this installation to reset it.",
    )


def _why() -> Child:
    """Why somebody is here who did not ask for it."""
    ended = "Your session expired or was ended elsewhere."
    kept = f"{ended} What you typed is kept. Sign in with the same account to continue."
    part = (
        f"{ended} What you typed is kept, except for secrets, files, added or removed parameters, and unsaved plan steps."
        " Sign in with the same account to continue, and enter those again."
    )
    lost = f"{ended} Sign in to continue. The changes that you had not saved are lost."
    return rx.match(
        SignInState.why,
        ("needed", rx.el.p("Sign in to see this page.", class_name="hub-text-2")),
        ("ended", ui.callout(f"{ended} Sign in to continue.", title="You were signed out")),
        ("kept", ui.callout(kept, title="You were signed out")),
        ("part", ui.callout(part, title="You were signed out")),
        ("lost", ui.callout(lost, "warning", title="You were signed out")),
        rx.fragment(),
    )


def _sign_in() -> rx.Component:
    return ui.native_form(
        ui.text_field("email", "E-mail", kind="email", auto_complete="username", auto_focus=True),
        ui.password_field("password", "Password"),
        _hidden("next", SignInState.next),
        action="/auth/login",
        submit="Sign in",
    )


def set_up() -> rx.Component:
    return auth_page(
        "Set up Hub",
        rx.cond(
            SetUpState.ready,
            ui.native_form(
                ui.text_field(
                    "code",
                    "Setup code",
                    value=SetUpState.code,
                    mono=True,
                    text="Hub printed it when it started.",
                ),
                ui.text_field(
                    "tenant_name", "Tenant", text="Your company, or your first customer.", placeholder="Acme"
                ),
                ui.text_field("name", "Your name", auto_complete="name"),
                ui.text_field("email", "E-mail", kind="email", auto_complete="username"),
                ui.password_field("password", "Password", auto_complete="new-password", text=_PASSWORD_HELP),
                action="/auth/setup",
                submit="Set up Hub",
            ),
            ui.skeleton(5),
        ),
        text="This creates the first tenant and makes you its owner and the operator of this installation.",
    )


def invited() -> rx.Component:
    return auth_page("Invitation", _of_link(InvitationState, _offer(), lines=4))


def _offer() -> rx.Component:
    return rx.el.div(
        rx.el.p(
            rx.el.strong(InvitationState.invited_by),
            " invites you to ",
            rx.el.strong(InvitationState.tenant_name),
            " on Hub.",
        ),
        ui.facts(("E-mail", InvitationState.email), ("Role", InvitationState.role_label)),
        rx.cond(
            InvitationState.to_hand_over,
            ui.callout(
                "You are signed in as someone else. Pass the link on, or sign out to use it yourself.",
                title="This link is for the invited person",
            ),
            rx.cond(
                InvitationState.has_account,
                rx.cond(InvitationState.is_signed_in, _join(), _join_with_password()),
                _make_account(),
            ),
        ),
        class_name="hub-stack",
    )


def _join() -> rx.Component:
    return ui.native_form(
        _hidden("token", InvitationState.token),
        action="/auth/invitations/accept",
        submit=f"Join {InvitationState.tenant_name}",
    )


def _join_with_password() -> rx.Component:
    return ui.native_form(
        ui.callout(
            "An account with this address already exists. If it is not yours, ask the operator of this installation to reset it."
        ),
        _hidden("token", InvitationState.token),
        ui.password_field("password", "Password of your account"),
        action="/auth/invitations/accept",
        submit=f"Sign in and join {InvitationState.tenant_name}",
    )


def _make_account() -> rx.Component:
    return ui.native_form(
        _hidden("token", InvitationState.token),
        ui.text_field("name", "Your name", auto_complete="name", auto_focus=True),
        ui.password_field("password", "Choose a password", auto_complete="new-password", text=_PASSWORD_HELP),
        action="/auth/invitations/accept",
        submit=f"Join {InvitationState.tenant_name}",
    )


def new_password() -> rx.Component:
    return auth_page("New password", _of_link(NewPasswordState, _choose(), lines=3))


def _choose() -> rx.Component:
    from_link: dict[str, Any] = {"data-from-link": ""}
    return rx.el.div(
        ui.facts(("E-mail", rx.el.span(NewPasswordState.email, class_name="hub-break"))),
        ui.native_form(
            rx.el.input(type="hidden", name="token", custom_attrs=from_link),
            ui.password_field(
                "password", "Choose a password", auto_complete="new-password", text=_PASSWORD_HELP
            ),
            rx.el.p(
                "All browsers that are signed in to this account are signed out. API tokens keep working. After you sign"
                " in, check that all of them are yours.",
                class_name="hub-small hub-text-2",
            ),
            action="/auth/password-reset",
            submit="Set password",
        ),
        class_name="hub-stack",
    )


def _of_link(
    state: type[InvitationState | NewPasswordState], offered: rx.Component, *, lines: int
) -> rx.Component:
    """What a link offers, or why it does not work."""
    useless = rx.el.div(
        ui.callout(state.problem, "warning", title="This link does not work"),
        ui.button_link("Sign in", "/login"),
        class_name="hub-stack",
    )
    return rx.cond(state.ready, rx.cond(state.problem == "", offered, useless), ui.skeleton(lines))


def _hidden(name: str, value: Text) -> rx.Component:
    return rx.el.input(type="hidden", name=name, value=value, read_only=True)
