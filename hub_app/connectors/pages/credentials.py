"""The credentials tab of a connector: what it authenticates with, and whether the API accepts it."""

import reflex as rx

from hub_app.connectors.pages.connectors import STANDINGS
from hub_app.connectors.pages.testing import trial
from hub_app.connectors.state.connector import ConnectorState
from hub_app.connectors.state.credentials import CredentialRow, CredentialsState
from hub_app.ui.components import (
    button,
    button_link,
    callout,
    card,
    confirm,
    disclosure,
    facts,
    form,
    only_line,
    password_field,
    skeleton,
    status_badge,
    submit_button,
    text_field,
    time,
)
from hub_app.ui.session import SessionState


def credentials_tab() -> rx.Component:
    return rx.cond(
        CredentialsState.loaded,
        rx.el.div(
            rx.cond(
                CredentialsState.told != "",
                rx.cond(
                    CredentialsState.told_tone == "success",
                    callout(CredentialsState.told, "success"),
                    callout(CredentialsState.told, "warning"),
                ),
            ),
            rx.foreach(CredentialsState.rows, _credential),
            rx.match(
                CredentialsState.auth_type,
                ("none", card(_none(), title="No credential needed")),
                (
                    "oauth",
                    rx.match(
                        CredentialsState.by,
                        ("connection", _of_connection()),
                        ("client", _of_client()),
                        _entry(),
                    ),
                ),
                _entry(),
            ),
            trial(),
            _remove(),
            class_name="hub-stack",
        ),
        card(skeleton(4), flush=True),
    )


def _none() -> rx.Component:
    return rx.el.p(
        "Hub calls this API without authentication. To change that, choose a kind of authentication under Connection.",
        class_name="hub-text-2",
    )


def _credential(row: rx.vars.ObjectVar[CredentialRow]) -> rx.Component:
    return card(
        rx.cond(
            row.error != "",
            callout(
                "Save a new credential, or check what the API requires, then test again.",
                "danger",
                title=row.error,
            ),
        ),
        facts(
            ("Stored", rx.el.span(row.hint, class_name="hub-mono")),
            ("Saved", time(row.saved_at)),
            ("Last used", time(row.tried_at, none="not yet")),
            ("Expires", time(row.expires_at, show="moment", none="not known")),
        ),
        title=row.name,
        actions=(
            rx.el.div(
                status_badge(row.standing, STANDINGS),
                rx.cond(
                    SessionState.is_admin & (CredentialsState.by != "connection"),
                    button("Remove", small=True, on_click=CredentialsState.ask_about("remove", row.id)),
                ),
                class_name="hub-row",
            ),
        ),
    )


def _entry() -> rx.Component:
    """Entering a credential, in place of the one that is there."""
    there = CredentialsState.rows.length() > 0
    return card(
        rx.cond(
            SessionState.is_admin,
            form(
                rx.match(
                    CredentialsState.auth_type,
                    ("basic", _login()),
                    ("oauth", _tokens()),
                    password_field("api_key", "API key", of=CredentialsState, auto_complete="off"),
                ),
                rx.el.div(
                    submit_button("Save credential", busy=CredentialsState.busy),
                    rx.el.span(
                        "It is stored encrypted, sent only to this API, and never shown again.",
                        class_name="hub-small hub-text-2",
                    ),
                    class_name="hub-row",
                ),
                on_submit=CredentialsState.save,
                guard_changes=True,
                key=rx.Var.create(CredentialsState.version).to_string(),
            ),
            only_line("Customer admins can save credentials."),
        ),
        title=rx.cond(there, "Replace the credential", "Save a credential"),
    )


def _login() -> rx.Component:
    return rx.el.div(
        text_field("username", "User name", of=CredentialsState),
        password_field("password", "Password", of=CredentialsState, auto_complete="off"),
        class_name="hub-grid-2",
    )


def _tokens() -> rx.Component:
    return rx.fragment(
        password_field("oauth_token", "Access token", of=CredentialsState, auto_complete="off"),
        rx.cond(
            CredentialsState.by == "client",
            password_field(
                "oauth_refresh_token",
                "Refresh token",
                of=CredentialsState,
                auto_complete="off",
                optional=True,
                text="Hub uses it to get new access tokens automatically.",
            ),
        ),
    )


def _of_connection() -> rx.Component:
    return card(
        rx.el.div(
            rx.el.p(
                "The connector uses one of your OAuth connections, which stores the token and refreshes it.",
                class_name="hub-text-2",
            ),
            button_link("OAuth connections", "/apps/connections", mark="plug"),
            class_name="hub-row hub-row-between",
        ),
        title="OAuth connection",
    )


def _of_client() -> rx.Component:
    return rx.fragment(
        card(
            rx.cond(
                SessionState.is_admin,
                rx.el.div(
                    rx.el.p(
                        "On the provider's own pages, you allow the connector's OAuth client to act for you. "
                        "Hub stores the token and refreshes it.",
                        class_name="hub-text-2",
                    ),
                    button("Connect", "primary", mark="plug", on_click=CredentialsState.connect),
                    class_name="hub-row hub-row-between",
                ),
                only_line("Customer admins can connect it."),
            ),
            title="Connect",
        ),
        rx.cond(
            SessionState.is_admin,
            card(disclosure("Paste a token from elsewhere", _entry())),
        ),
    )


def _remove() -> rx.Component:
    return confirm(
        CredentialsState,
        "remove",
        title="Remove the credential?",
        text=f"The actions of {ConnectorState.name} cannot run until you save another one.",
        action="Remove the credential",
        on_confirm=CredentialsState.remove,
    )
