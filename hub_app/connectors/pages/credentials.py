"""The credentials tab of a connector: what it authenticates with, and whether the API accepts it."""

import reflex as rx

from hub_app.connectors.pages.connectors import STANDINGS
from hub_app.connectors.pages.trial import trial
from hub_app.connectors.state.connector import Connector
from hub_app.connectors.state.credentials import CredentialRow, Credentials
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
from hub_app.ui.session import Session

_E = Credentials.errors


def credentials_tab() -> rx.Component:
    return rx.cond(
        Credentials.loaded,
        rx.el.div(
            rx.cond(
                Credentials.told != "",
                rx.cond(
                    Credentials.told_tone == "success",
                    callout(Credentials.told, "success"),
                    callout(Credentials.told, "warning"),
                ),
            ),
            rx.foreach(Credentials.rows, _credential),
            rx.match(
                Credentials.auth_type,
                ("none", card(_none(), title="No credential needed")),
                (
                    "oauth",
                    rx.match(
                        Credentials.by, ("connection", _of_connection()), ("client", _of_client()), _entry()
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
        "Hub calls this API without saying who it is. Choose a kind of authentication under Connection to change that.",
        class_name="hub-text-2",
    )


def _credential(row: rx.vars.ObjectVar[CredentialRow]) -> rx.Component:
    return card(
        rx.cond(
            row.error != "",
            callout(
                "Save a new one, or look at what the API asks for, then test again.",
                "danger",
                title=row.error,
            ),
        ),
        facts(
            ("Stored", rx.el.span(row.hint, class_name="hub-mono")),
            ("Saved", time(row.saved_at)),
            ("Last tried", time(row.tried_at, none="not yet")),
            ("Expires", time(row.expires_at, show="moment", none="not that Hub knows")),
        ),
        title=row.name,
        actions=(
            rx.el.div(
                status_badge(row.standing, STANDINGS),
                rx.cond(
                    Session.is_admin & (Credentials.by != "connection"),
                    button("Remove", small=True, on_click=Credentials.ask_remove(row.key)),
                ),
                class_name="hub-row",
            ),
        ),
    )


def _entry() -> rx.Component:
    """Entering a credential, in place of the one that is there."""
    there = Credentials.rows.length() > 0
    return card(
        rx.cond(
            Session.is_admin,
            form(
                rx.match(
                    Credentials.auth_type,
                    ("basic", _login()),
                    ("oauth", _tokens()),
                    password_field("api_key", "API key", errors=_E, auto_complete="off"),
                ),
                rx.el.div(
                    submit_button("Save credential", busy=Credentials.busy),
                    rx.el.span(
                        "It is kept encrypted, sent to this API alone, and never shown again.",
                        class_name="hub-small hub-text-2",
                    ),
                    class_name="hub-row",
                ),
                on_submit=Credentials.save,
                guard_changes=True,
                key=rx.Var.create(Credentials.version).to_string(),
            ),
            only_line("Customer admins can save credentials."),
        ),
        title=rx.cond(there, "Replace it", "Save a credential"),
    )


def _login() -> rx.Component:
    return rx.el.div(
        text_field("username", "User name", errors=_E),
        password_field("password", "Password", errors=_E, auto_complete="off"),
        class_name="hub-grid-2",
    )


def _tokens() -> rx.Component:
    return rx.fragment(
        password_field("oauth_token", "Access token", errors=_E, auto_complete="off"),
        rx.cond(
            Credentials.by == "client",
            password_field(
                "oauth_refresh_token",
                "Refresh token",
                errors=_E,
                auto_complete="off",
                optional=True,
                text="With it Hub gets new access tokens by itself.",
            ),
        ),
    )


def _of_connection() -> rx.Component:
    return card(
        rx.el.div(
            rx.el.p(
                "The connector uses one of your OAuth connections, which keeps the token and renews it.",
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
                Session.is_admin,
                rx.el.div(
                    rx.el.p(
                        "You allow the connector's OAuth client to act for you, on the provider's own pages. "
                        "Hub keeps the token and renews it.",
                        class_name="hub-text-2",
                    ),
                    button("Connect", "primary", mark="plug", on_click=Credentials.connect),
                    class_name="hub-row hub-row-between",
                ),
                only_line("Customer admins can connect it."),
            ),
            title="Connect",
        ),
        rx.cond(
            Session.is_admin,
            card(disclosure("Paste a token that you got elsewhere", _entry())),
        ),
    )


def _remove() -> rx.Component:
    return confirm(
        title="Remove the credential?",
        text=f"The actions of {Connector.name} are refused until another one is saved.",
        action="Remove the credential",
        open=Credentials.dialog == "remove",
        on_open_change=Credentials.toggle,
        on_cancel=Credentials.close,
        on_confirm=Credentials.remove,
        busy=Credentials.busy,
    )
