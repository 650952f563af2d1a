"""The credentials tab of a connector: what it authenticates with, and whether the API accepts it."""

import reflex as rx

from hub_app.connectors.pages.connectors import STATUSES
from hub_app.connectors.pages.testing import trial
from hub_app.connectors.state.connector import ConnectorState
from hub_app.connectors.state.credentials import CredentialRow, CredentialsState
from hub_app.ui import components as ui
from hub_app.ui.session import SessionState


def credentials_tab() -> rx.Component:
    return rx.cond(
        CredentialsState.loaded,
        ui.stack(
            rx.cond(
                CredentialsState.told != "",
                rx.cond(
                    CredentialsState.told_tone == "success",
                    ui.callout(CredentialsState.told, "success"),
                    ui.callout(CredentialsState.told, "warning"),
                ),
            ),
            rx.foreach(CredentialsState.rows, _credential),
            rx.match(
                CredentialsState.auth_type,
                ("none", ui.card(_none(), title="No credential needed")),
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
        ),
        ui.card(ui.skeleton(4), flush=True),
    )


def _none() -> rx.Component:
    return rx.el.p(
        "Hub calls this API without authentication. To change that, choose a kind of authentication under Connection.",
        class_name="hub-text-2",
    )


def _credential(row: rx.vars.ObjectVar[CredentialRow]) -> rx.Component:
    return ui.card(
        rx.cond(
            row.error != "",
            ui.callout(
                "Save a new credential, or check what the API requires, then test again.",
                "danger",
                title=row.error,
            ),
        ),
        ui.facts(
            ("Stored", rx.el.span(row.hint, class_name="hub-mono")),
            ("Saved", ui.time(row.saved_at)),
            ("Last used", ui.time(row.tried_at, none="not yet")),
            ("Expires", ui.time(row.expires_at, show="moment", none="not known")),
        ),
        title=row.name,
        actions=(
            ui.row(
                ui.status_badge(row.status, STATUSES),
                rx.cond(
                    SessionState.is_admin & (CredentialsState.by != "connection"),
                    ui.button("Remove", small=True, on_click=CredentialsState.ask_about("remove", row.id)),
                ),
            ),
        ),
    )


def _entry() -> rx.Component:
    """Entering a credential, in place of the one that is there."""
    there = CredentialsState.rows.length() > 0
    return ui.card(
        rx.cond(
            SessionState.is_admin,
            ui.form(
                rx.match(
                    CredentialsState.auth_type,
                    ("basic", _login()),
                    ("oauth", _tokens()),
                    ui.password_field("api_key", "API key", of=CredentialsState, auto_complete="off"),
                ),
                ui.row(
                    ui.submit_button("Save credential", busy=CredentialsState.busy),
                    rx.el.span(
                        "It is stored encrypted, sent only to this API, and never shown again.",
                        class_name="hub-small hub-text-2",
                    ),
                ),
                on_submit=CredentialsState.save,
                guard_changes=True,
                key=rx.Var.create(CredentialsState.version).to_string(),
            ),
            ui.only_line("Customer admins can save credentials."),
        ),
        title=rx.cond(there, "Replace the credential", "Save a credential"),
    )


def _login() -> rx.Component:
    return ui.columns(
        ui.text_field("username", "User name", of=CredentialsState),
        ui.password_field("password", "Password", of=CredentialsState, auto_complete="off"),
    )


def _tokens() -> rx.Component:
    return rx.fragment(
        ui.password_field("oauth_token", "Access token", of=CredentialsState, auto_complete="off"),
        rx.cond(
            CredentialsState.by == "client",
            ui.password_field(
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
    return ui.card(
        ui.row(
            rx.el.p(
                "The connector uses one of your OAuth connections, which stores the token and refreshes it.",
                class_name="hub-text-2",
            ),
            ui.button_link("OAuth connections", "/apps/connections", mark="plug"),
            apart=True,
        ),
        title="OAuth connection",
    )


def _of_client() -> rx.Component:
    return rx.fragment(
        ui.card(
            rx.cond(
                SessionState.is_admin,
                ui.row(
                    rx.el.p(
                        "On the provider's own pages, you allow the connector's OAuth client to act for you. "
                        "Hub stores the token and refreshes it.",
                        class_name="hub-text-2",
                    ),
                    ui.button("Connect", "primary", mark="plug", on_click=CredentialsState.connect),
                    apart=True,
                ),
                ui.only_line("Customer admins can connect it."),
            ),
            title="Connect",
        ),
        rx.cond(SessionState.is_admin, ui.card(ui.disclosure("Paste a token from elsewhere", _entry()))),
    )


def _remove() -> rx.Component:
    return ui.confirm(
        CredentialsState,
        "remove",
        "Remove the credential",
        text=f"The actions of {ConnectorState.name} cannot run until you save another one.",
        on_confirm=CredentialsState.remove,
    )
