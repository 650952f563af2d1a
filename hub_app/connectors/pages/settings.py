"""The form of a connector, which adding one shares, and the connection tab."""

from collections.abc import Sequence

import reflex as rx

from hub_app.connectors.pages.connectors import WHO
from hub_app.connectors.state.connector import ConnectorState
from hub_app.connectors.state.form import AUTH_NAMES, BY_NAMES
from hub_app.connectors.state.new import NewConnectorState
from hub_app.connectors.state.settings import ConnectorSettingsState
from hub_app.ui import components as ui
from hub_app.ui.session import SessionState

ConnectorForm = type[NewConnectorState | ConnectorSettingsState]


def connection_tab() -> rx.Component:
    return ui.stack(
        rx.cond(
            SessionState.is_admin,
            rx.cond(ConnectorSettingsState.loaded, _form(), ui.card(ui.skeleton(5), flush=True)),
            _facts(),
        ),
        *ui.deletion(
            ConnectorState,
            "connector",
            "Its actions, credentials and executions are deleted too.",
            name=ConnectorState.name,
        ),
    )


def _form() -> rx.Component:
    return ui.form(
        ui.card(
            rx.el.div(
                *connector_fields(ConnectorSettingsState),
                rx.cond(ConnectorSettingsState.moves, consent_question(ConnectorSettingsState)),
                ui.row(
                    ui.submit_button("Save connection", busy=ConnectorSettingsState.busy),
                    rx.el.span(
                        "Changing the host or the kind of authentication deletes the credentials, "
                        "because they are for this one.",
                        class_name="hub-small hub-text-2",
                    ),
                ),
                class_name="hub-form",
            ),
            title="Connection",
        ),
        on_submit=ConnectorSettingsState.save,
        guard_changes=True,
        key=ConnectorSettingsState.version,
    )


def _facts() -> rx.Component:
    return ui.card(
        ui.facts(
            ("Base URL", rx.el.span(ConnectorState.base_url, class_name="hub-mono")),
            ("Authentication", ConnectorState.auth),
            ("Short name", rx.el.span(ConnectorState.slug, class_name="hub-mono")),
            ("Description", rx.cond(ConnectorState.description != "", ConnectorState.description, "—")),
        ),
        title="Connection",
        foot=ui.only_line(WHO),
    )


def connector_fields(of: ConnectorForm, *, begins: bool = False) -> Sequence[rx.Component]:
    """Name, base URL, authentication with only what it needs, headers. `begins` puts the focus into the first."""
    return (
        ui.columns(
            ui.text_field("display_name", "Name", of=of, placeholder="Shop API", auto_focus=begins),
            ui.text_field(
                "name",
                "Short name",
                of=of,
                mono=True,
                optional=True,
                placeholder="shop_api",
                text="For programs, and unique among your connectors. Leave empty to derive it from the name.",
            ),
        ),
        ui.text_field(
            "base_url",
            "Base URL",
            of=of,
            mono=True,
            placeholder="https://api.example.com/v1",
            text="All calls start with this URL. Hub calls nothing outside it.",
        ),
        ui.select_field("auth_type", "Authentication", list(AUTH_NAMES.items()), of=of),
        ui.when("auth_type", "api_key", _key(of)),
        ui.when("auth_type", "basic", _said("Hub sends the user name and password with every call.")),
        ui.when("auth_type", "oauth", *_oauth(of)),
        ui.disclosure(
            "Headers and description",
            ui.textarea_field(
                "headers",
                "Headers",
                of=of,
                rows=3,
                mono=True,
                optional=True,
                placeholder="Accept: application/json",
                text="One per line, as Name: value. They are sent with every call. Enter keys under Credentials instead.",
                private=True,
            ),
            ui.textarea_field("description", "Description", of=of, rows=2, optional=True),
            note="Few APIs need them.",
        ),
    )


def consent_question(of: ConnectorForm) -> rx.Component:
    """Whether Hub may call the host that is in the form."""
    return ui.consent_field(
        "Hub may send requests to ",
        ui.host_in("base_url", "this API"),
        ", including the credential saved for it and any data that actions and plans pass to it.",
        of=of,
    )


def _said(text: str) -> rx.Component:
    return rx.el.p(f"{text} You enter them under Credentials.", class_name="hub-help")


def _key(of: ConnectorForm) -> rx.Component:
    return ui.columns(
        ui.select_field(
            "auth_place",
            "Where the key is sent",
            [("header", "In a header"), ("query", "In the query string")],
            of=of,
            text="You enter the key itself under Credentials.",
        ),
        ui.when("auth_place", "header", _header(of)),
        ui.when(
            "auth_place",
            "query",
            ui.text_field("auth_query", "Parameter", of=of, mono=True, placeholder="api_key"),
        ),
    )


def _header(of: ConnectorForm) -> rx.Component:
    return ui.columns(
        ui.text_field("auth_header", "Header", of=of, mono=True),
        ui.text_field(
            "auth_prefix",
            "Prefix",
            of=of,
            mono=True,
            optional=True,
            follows=("auth_header", {"Authorization": "Bearer"}),
            text="Sent before the key. Headers other than Authorization rarely need one.",
        ),
    )


def _oauth(of: ConnectorForm) -> Sequence[rx.Component]:
    return (
        ui.select_field("oauth_by", "Where the token comes from", list(BY_NAMES.items()), of=of),
        ui.when(
            "oauth_by",
            "connection",
            rx.cond(
                of.connections.length() > 0,
                ui.select_field(
                    "connection_id",
                    "Connection",
                    of.connections,
                    of=of,
                    text="Hub refreshes its token. Calls are made as the connected account.",
                ),
                ui.callout(
                    "You have no OAuth connection yet. Create one under Apps > OAuth connections.", "neutral"
                ),
            ),
        ),
        ui.when("oauth_by", "client", *_client(of)),
        ui.when(
            "oauth_by", "token", rx.el.p("You paste the token under Credentials.", class_name="hub-help")
        ),
    )


def _client(of: ConnectorForm) -> Sequence[rx.Component]:
    def url(name: str, label: str, *, optional: bool = False) -> rx.Component:
        return ui.text_field(name, label, of=of, mono=True, optional=optional)

    kept = rx.cond(
        of.values["has_client_secret"] != "", "Leave empty to keep the stored one.", "Stored encrypted."
    )
    return (
        url("authorize_url", "Authorization URL"),
        url("token_url", "Token URL"),
        url("revoke_url", "Revocation URL", optional=True),
        ui.columns(
            ui.text_field("client_id", "Client ID", of=of, mono=True),
            ui.password_field(
                "client_secret", "Client secret", of=of, auto_complete="off", optional=True, text=kept
            ),
        ),
        ui.tags_field("scopes", "Scopes", of=of, optional=True),
        ui.switch_field("pkce", "PKCE", of=of, text="Turn it off only for the few providers that reject it."),
    )
