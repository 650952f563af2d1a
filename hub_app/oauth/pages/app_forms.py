"""The parts of an app's page: each is a card with a form of its own."""

import reflex as rx

from hub_app.oauth.pages.marks import LOGOS
from hub_app.oauth.state.app import OauthAppState
from hub_app.ui.components import (
    card,
    copy_button,
    disclosure,
    form,
    password_field,
    select_field,
    submit_button,
    switch_field,
    tags_field,
    text_field,
    textarea_field,
)
from hub_app.ui.elements import Child, Text

_AUTHENTICATION = [
    ("basic", "Authorization header, Basic (usual)"),
    ("post", "In the form, as client_id and client_secret"),
    ("none", "None: a public client without a secret"),
]
_REVOCATION = [
    ("rfc7009", "RFC 7009 (usual)"),
    ("bearer", "POST with the token as bearer (Slack)"),
    ("delete_token", "DELETE with the token in JSON (GitHub)"),
]
_SEPARATORS = [(" ", "Space (usual)"), (",", "Comma"), ("+", "Plus sign")]


def _text(
    name: str, label: str, text: Text = "", *, mono: bool = True, optional: bool = False
) -> rx.Component:
    return text_field(
        name,
        label,
        text=text,
        of=OauthAppState,
        mono=mono,
        optional=optional,
    )


def _part(name: str, *fields: Child) -> rx.Component:
    """A form that starts anew when it was saved."""
    return rx.el.div(
        form(
            *fields,
            rx.el.div(
                submit_button("Save", busy=OauthAppState.busy & (OauthAppState.saving == name)),
                class_name="hub-row",
            ),
            on_submit=OauthAppState.save(name),
            guard_changes=True,
        ),
        key=f"{name}-{OauthAppState.slug}-{OauthAppState.versions.get(name, 0)}",
    )


def registration_card() -> rx.Component:
    return card(
        rx.el.div(
            rx.cond((OauthAppState.note != "") | (OauthAppState.docs_url != ""), _how()),
            rx.el.div(
                rx.el.span("Redirect URI to enter at the provider", class_name="hub-label"),
                rx.el.div(
                    rx.el.code(OauthAppState.redirect_uri, class_name="hub-mono hub-break"),
                    copy_button(OauthAppState.redirect_uri, "Copy the redirect URI", small=True),
                    class_name="hub-secret",
                ),
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
    return _part(
        "registration",
        _text("client_id", "Client ID"),
        password_field(
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
    return card(
        _part(
            "entry",
            rx.el.div(
                _text("name", "Name", mono=False),
                _choice("logo", "Logo", [("", "Initials"), *((name, name) for name in LOGOS)], ""),
                class_name="hub-grid-2",
            ),
            _text("docs_url", "Documentation", "The provider's instructions.", optional=True),
            _text(
                "note", "Note", "What an operator needs to know to set the app up.", mono=False, optional=True
            ),
            rx.el.div(
                _text("authorize_url", "Authorize URL", "Where people allow access."),
                _text("token_url", "Token URL", "Where Hub gets and refreshes tokens."),
                _text(
                    "revoke_url",
                    "Revoke URL",
                    "Where Hub revokes tokens when someone disconnects.",
                    optional=True,
                ),
                _text("userinfo_url", "User info URL", "Returns whose account it is.", optional=True),
                _text(
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
    return card(
        _part(
            "scopes",
            textarea_field(
                "scopes",
                "Available scopes",
                of=OauthAppState,
                rows=8,
                mono=True,
                optional=True,
                text="One per line: the scope, a space, and a description of what it allows.",
            ),
            tags_field(
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


def quirks_card() -> rx.Component:
    return card(
        disclosure(
            "Advanced",
            _part("quirks", *_asking(), *_answering()),
            note="Where this provider differs from the standard. See its documentation.",
        )
    )


def _asking() -> list[rx.Component]:
    return [
        switch_field(
            "pkce",
            "PKCE",
            of=OauthAppState,
            text="Protects the authorization code. Turn it off only for providers that reject it, such as Slack.",
        ),
        rx.el.div(
            _choice(
                "client_auth",
                "Client authentication",
                _AUTHENTICATION,
                "How Hub identifies itself to the provider.",
            ),
            _choice(
                "token_body",
                "Body of token requests",
                [("form", "Form (usual)"), ("json", "JSON")],
                "How Hub sends token requests.",
            ),
            _text(
                "scope_parameter", "Scope parameter", "The name of the scope parameter in the authorize URL."
            ),
            _choice("scope_separator", "Scope separator", _SEPARATORS, "The character between two scopes."),
            class_name="hub-grid-2",
        ),
        textarea_field(
            "extra_params",
            "Extra parameters",
            of=OauthAppState,
            rows=3,
            mono=True,
            optional=True,
            text="Added to the authorize URL. One per line, as name=value. For Google: access_type=offline.",
        ),
    ]


def _answering() -> list[rx.Component]:
    return [
        rx.el.div(
            _text(
                "token_path",
                "Where the token is",
                "JMESPath to the object in the token response that contains the token. Leave empty if it is the response itself.",
                optional=True,
            ),
            _choice("revocation", "Revocation method", _REVOCATION, "How Hub calls the revoke URL."),
            _text(
                "account_id",
                "Account ID",
                "JMESPath to the value in the user info that identifies the account.",
                optional=True,
            ),
            _text(
                "account_name",
                "Account name",
                "JMESPath to the value in the user info that people know the account by.",
                optional=True,
            ),
            class_name="hub-grid-2",
        ),
        tags_field(
            "expired_errors",
            "Errors that mean invalid_grant",
            of=OauthAppState,
            optional=True,
            text="Error codes of this provider that mean that the person has to connect again.",
        ),
        textarea_field(
            "kept_values",
            "Values to keep from the token response",
            of=OauthAppState,
            rows=2,
            mono=True,
            optional=True,
            text="JMESPath expressions, one per line, such as instance_url or team.id. Connectors can use the values.",
        ),
    ]


def _choice(name: str, label: str, options: list[tuple[str, str]], text: str) -> rx.Component:
    return select_field(name, label, options, text=text, of=OauthAppState)
