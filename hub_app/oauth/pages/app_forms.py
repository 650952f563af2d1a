"""The parts of an app's page: each is a card with a form of its own."""

import reflex as rx

from hub_app.oauth.pages.marks import LOGOS
from hub_app.oauth.state.app import OauthAppState
from hub_app.ui import components as ui
from hub_app.ui.elements import Child, Text


def app_text(
    name: str, label: str, text: Text = "", *, mono: bool = True, optional: bool = False
) -> rx.Component:
    return ui.text_field(name, label, text=text, of=OauthAppState, mono=mono, optional=optional)


def part_form(name: str, *fields: Child) -> rx.Component:
    """A form that starts anew when it was saved."""
    return rx.el.div(
        ui.form(
            *fields,
            rx.el.div(
                ui.submit_button("Save", busy=OauthAppState.busy & (OauthAppState.saving == name)),
                class_name="hub-row",
            ),
            on_submit=OauthAppState.save(name),
            guard_changes=True,
        ),
        key=f"{name}-{OauthAppState.slug}-{OauthAppState.versions.get(name, 0)}",
    )


def registration_card() -> rx.Component:
    return ui.card(
        rx.el.div(
            rx.cond((OauthAppState.note != "") | (OauthAppState.docs_url != ""), _how()),
            rx.el.div(
                rx.el.span("Redirect URI to enter at the provider", class_name="hub-label"),
                ui.copyable(OauthAppState.redirect_uri, "Copy the redirect URI"),
                class_name="hub-field",
            ),
            _registration(),
            class_name="hub-stack",
        ),
        title="Registration",
        note="how the provider knows Hub",
    )


def _how() -> rx.Component:
    link = rx.el.a(
        "Instructions",
        href=OauthAppState.docs_url,
        target="_blank",
        rel="noreferrer",
        reload_document=True,
        class_name="hub-link",
    )
    return rx.el.p(
        OauthAppState.note,
        " ",
        rx.cond(OauthAppState.docs_url != "", link),
        class_name="hub-text-2",
    )


def _registration() -> rx.Component:
    hint = OauthAppState.secret_hint
    return part_form(
        "registration",
        app_text("client_id", "Client ID"),
        ui.password_field(
            "client_secret",
            "Client secret",
            of=OauthAppState,
            auto_complete="off",
            placeholder=rx.cond(hint != "", hint, ""),
            text=rx.cond(
                hint != "",
                "One is stored, encrypted; it cannot be read back. Leave this empty to keep it.",
                "Stored encrypted; it cannot be read back.",
            ),
        ),
    )


def entry_card() -> rx.Component:
    return ui.card(
        part_form(
            "entry",
            rx.el.div(
                app_text("name", "Name", mono=False),
                app_choice("logo", "Logo", [("", "Initials"), *((name, name) for name in LOGOS)], ""),
                class_name="hub-grid-2",
            ),
            app_text("docs_url", "Documentation", "The provider's instructions.", optional=True),
            app_text(
                "note", "Note", "What an operator needs to know to set the app up.", mono=False, optional=True
            ),
            rx.el.div(
                app_text("authorize_url", "Authorization URL", "Where people allow access."),
                app_text("token_url", "Token URL", "Where Hub gets and refreshes tokens."),
                app_text(
                    "revoke_url",
                    "Revocation URL",
                    "Where Hub revokes tokens when someone disconnects.",
                    optional=True,
                ),
                app_text("userinfo_url", "User info URL", "Returns whose account it is.", optional=True),
                app_text(
                    "issuer",
                    "Issuer",
                    "The iss value in the provider's responses (RFC 9207). Responses with another value are refused. Leave empty if the provider sends none.",
                    optional=True,
                ),
                class_name="hub-grid-2",
            ),
        ),
        title="Name and addresses",
    )


def scopes_card() -> rx.Component:
    return ui.card(
        part_form(
            "scopes",
            ui.textarea_field(
                "scopes",
                "Available scopes",
                of=OauthAppState,
                rows=8,
                mono=True,
                optional=True,
                text="One per line: the scope, a space, and a description of what it allows.",
            ),
            ui.tags_field(
                "default_scopes",
                "Default scopes",
                suggestions=OauthAppState.values.get("known_scopes", ""),
                of=OauthAppState,
                optional=True,
            ),
        ),
        title="Scopes",
        note="what members can allow Hub to do",
    )


def app_choice(name: str, label: str, options: list[tuple[str, str]], text: str) -> rx.Component:
    return ui.select_field(name, label, options, text=text, of=OauthAppState)
