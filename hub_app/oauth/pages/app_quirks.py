"""The part of an app's page that says where its provider differs from the standard."""

import reflex as rx

from hub_app.oauth.pages.app_forms import app_choice, app_text, part_form
from hub_app.oauth.state.app import OauthAppState
from hub_app.ui import components as ui

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


def quirks_card() -> rx.Component:
    return ui.card(
        ui.disclosure(
            "Advanced",
            part_form("quirks", *_asking(), *_answering()),
            note="Where this provider differs from the standard. See its documentation.",
        )
    )


def _asking() -> list[rx.Component]:
    return [
        ui.switch_field(
            "pkce",
            "PKCE",
            of=OauthAppState,
            text="Protects the authorization code. Turn it off only for providers that reject it, such as Slack.",
        ),
        rx.el.div(
            app_choice(
                "client_auth",
                "Client authentication",
                _AUTHENTICATION,
                "How Hub identifies itself to the provider.",
            ),
            app_choice(
                "token_body",
                "Body of token requests",
                [("form", "Form (usual)"), ("json", "JSON")],
                "How Hub sends token requests.",
            ),
            app_text(
                "scope_parameter",
                "Scope parameter",
                "The name of the scope parameter in the authorization URL.",
            ),
            app_choice(
                "scope_separator", "Scope separator", _SEPARATORS, "The character between two scopes."
            ),
            class_name="hub-grid-2",
        ),
        ui.textarea_field(
            "extra_params",
            "Extra parameters",
            of=OauthAppState,
            rows=3,
            mono=True,
            optional=True,
            text="Added to the authorization URL. One per line, as name=value. For Google: access_type=offline.",
        ),
    ]


def _answering() -> list[rx.Component]:
    return [
        rx.el.div(
            app_text(
                "token_path",
                "Where the token is",
                "JMESPath to the object in the token response that contains the token. Leave empty if it is the response itself.",
                optional=True,
            ),
            app_choice("revocation", "Revocation method", _REVOCATION, "How Hub calls the revocation URL."),
            app_text(
                "account_id",
                "Account ID",
                "JMESPath to the value in the user info that identifies the account.",
                optional=True,
            ),
            app_text(
                "account_name",
                "Account name",
                "JMESPath to the value in the user info that people know the account by.",
                optional=True,
            ),
            class_name="hub-grid-2",
        ),
        ui.tags_field(
            "expired_errors",
            "Errors that mean invalid_grant",
            of=OauthAppState,
            optional=True,
            text="Error codes of this provider that mean that the person has to connect again.",
        ),
        ui.textarea_field(
            "kept_values",
            "Values to keep from the token response",
            of=OauthAppState,
            rows=2,
            mono=True,
            optional=True,
            text="JMESPath expressions, one per line, such as instance_url or team.id. Connectors can use the values.",
        ),
    ]
