"""The parts of an app's page: each is a card with a form of its own."""

import reflex as rx

from hub_app.oauth.pages.marks import LOGOS
from hub_app.oauth.state.app import OauthAppEntry
from hub_app.ui.components import (
    beside,
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
    ("basic", "Basic header (usual)"),
    ("post", "In the form, as client_id and client_secret"),
    ("none", "None: a public client without a secret"),
]
_REVOCATION = [
    ("rfc7009", "RFC 7009 (usual)"),
    ("bearer", "POST with the token as bearer (Slack)"),
    ("delete_token", "DELETE with the token in JSON (GitHub)"),
]
_SEPARATORS = [(" ", "Space (usual)"), (",", "Comma"), ("+", "Plus sign")]


def _value(name: str) -> rx.Var[str]:
    return OauthAppEntry.fields.get(name, "").to(str)


def _text(
    name: str, label: str, text: Text = "", *, mono: bool = True, optional: bool = False
) -> rx.Component:
    return text_field(
        name,
        label,
        value=_value(name),
        text=text,
        errors=beside(OauthAppEntry),
        mono=mono,
        optional=optional,
    )


def _part(name: str, *fields: Child) -> rx.Component:
    """A form that starts anew when it was saved."""
    return rx.el.div(
        form(
            *fields,
            rx.el.div(
                submit_button("Save", busy=OauthAppEntry.busy & (OauthAppEntry.saving == name)),
                class_name="hub-row",
            ),
            on_submit=OauthAppEntry.save(name),
            guard_changes=True,
        ),
        key=f"{name}-{OauthAppEntry.slug}-{OauthAppEntry.versions.get(name, 0)}",
    )


def registration_card() -> rx.Component:
    return card(
        rx.el.div(
            rx.cond((OauthAppEntry.note != "") | (OauthAppEntry.docs_url != ""), _how()),
            rx.el.div(
                rx.el.span("Redirect URI, to enter there", class_name="hub-label"),
                rx.el.div(
                    rx.el.code(OauthAppEntry.redirect_uri, class_name="hub-mono hub-break"),
                    copy_button(OauthAppEntry.redirect_uri, "Copy the redirect URI", small=True),
                    class_name="hub-secret",
                ),
                class_name="hub-field",
            ),
            _registration(),
            class_name="hub-stack",
        ),
        title="Registration",
        note="Hub as the provider knows it",
    )


def _how() -> rx.Component:
    link = rx.el.a(
        "How to do it",
        href=OauthAppEntry.docs_url,
        target="_blank",
        rel="noreferrer",
        reload_document=True,
        class_name="hub-link",
    )
    return rx.el.p(
        OauthAppEntry.note,
        " ",
        rx.cond(OauthAppEntry.docs_url != "", link),
        class_name="hub-text-2",
    )


def _registration() -> rx.Component:
    hint = OauthAppEntry.secret_hint
    return _part(
        "registration",
        _text("client_id", "Client id"),
        password_field(
            "client_secret",
            "Client secret",
            errors=beside(OauthAppEntry),
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
            _text("docs_url", "Documentation", "Where the provider explains it.", optional=True),
            _text("note", "Note", "What one must know to set it up.", mono=False, optional=True),
            rx.el.div(
                _text("authorize_url", "Authorize URL", "Where people allow the access."),
                _text("token_url", "Token URL", "Where Hub gets and refreshes tokens."),
                _text(
                    "revoke_url", "Revoke URL", "Where Hub gives tokens back at disconnecting.", optional=True
                ),
                _text("userinfo_url", "User info URL", "Tells whose account it is.", optional=True),
                _text(
                    "issuer",
                    "Issuer",
                    "What the provider names in its answers (iss, RFC 9207): others are refused. Empty where it names none.",
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
                "Scopes that can be chosen",
                value=_value("scopes"),
                errors=beside(OauthAppEntry),
                rows=8,
                mono=True,
                optional=True,
                text="One a line: the scope, a space, and what it allows in words.",
            ),
            tags_field(
                "default_scopes",
                "Asked for unless someone chooses",
                value=_value("default_scopes"),
                suggestions=_value("known_scopes"),
                errors=beside(OauthAppEntry),
                optional=True,
            ),
        ),
        title="Scopes",
        note="What members can let Hub do",
    )


def quirks_card() -> rx.Component:
    return card(
        disclosure(
            "Advanced",
            _part("quirks", *_asking(), *_answering()),
            note="What this provider does in its own way. The provider's documentation says which.",
        )
    )


def _asking() -> list[rx.Component]:
    return [
        switch_field(
            "pkce",
            "PKCE",
            on=OauthAppEntry.pkce,
            text="Protects the code on its way back. Off only for providers that refuse it, as Slack does.",
        ),
        rx.el.div(
            _choice("client_auth", "Client authentication", _AUTHENTICATION, "How Hub proves who it is."),
            _choice(
                "token_body",
                "Body of token requests",
                [("form", "Form (usual)"), ("json", "JSON")],
                "How Hub asks for tokens.",
            ),
            _text(
                "scope_parameter", "Scope parameter", "What the scopes are called in the authorize address."
            ),
            _choice("scope_separator", "Scope separator", _SEPARATORS, "What stands between two scopes."),
            class_name="hub-grid-2",
        ),
        textarea_field(
            "extra_params",
            "Extra parameters",
            value=_value("extra_params"),
            errors=beside(OauthAppEntry),
            rows=3,
            mono=True,
            optional=True,
            text="Go along in the authorize address, one a line, as name=value: access_type=offline for Google.",
        ),
    ]


def _answering() -> list[rx.Component]:
    return [
        rx.el.div(
            _text(
                "token_path",
                "Where the token lies",
                "JMESPath to the object in the token answer that holds it, where it is not the answer itself.",
                optional=True,
            ),
            _choice("revocation", "Way of giving back", _REVOCATION, "How the revoke URL is called."),
            _text(
                "account_id",
                "Account id",
                "JMESPath into the user info: what tells one account from another.",
                optional=True,
            ),
            _text(
                "account_name",
                "Account name",
                "JMESPath into the user info: what people recognise the account by.",
                optional=True,
            ),
            class_name="hub-grid-2",
        ),
        tags_field(
            "expired_errors",
            "Own words for invalid_grant",
            value=_value("expired_errors"),
            errors=beside(OauthAppEntry),
            optional=True,
            text="Errors that mean that the person must connect again.",
        ),
        textarea_field(
            "kept_values",
            "Values kept from the token answer",
            value=_value("kept_values"),
            errors=beside(OauthAppEntry),
            rows=2,
            mono=True,
            optional=True,
            text="JMESPath, one a line: instance_url, team.id. Connectors can use them.",
        ),
    ]


def _choice(name: str, label: str, options: list[tuple[str, str]], text: str) -> rx.Component:
    return select_field(name, label, options, value=_value(name), text=text, errors=beside(OauthAppEntry))
