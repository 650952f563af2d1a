"""The fields that adding a connector and changing one have in common."""

from collections.abc import Sequence

import reflex as rx

from hub_app.connectors.state.kinds import AUTH_NAMES, BY_NAMES
from hub_app.ui.components import (
    callout,
    disclosure,
    password_field,
    select_field,
    switch_field,
    tags_field,
    text_field,
    textarea_field,
    when,
)
from hub_app.ui.components.fields import Errors
from hub_app.ui.elements import Rows

Values = rx.vars.ObjectVar[dict[str, str]]


def connector_fields(
    values: Values, errors: Errors, connections: Rows, *, begins: bool = False
) -> Sequence[rx.Component]:
    """Name, base URL, authentication with only what it needs, headers. `begins` puts the focus into the first."""
    return (
        rx.el.div(
            text_field(
                "display_name",
                "Name",
                value=values["display_name"],
                errors=errors,
                placeholder="Shop API",
                auto_focus=begins,
            ),
            text_field(
                "name",
                "Id",
                value=values["name"],
                errors=errors,
                mono=True,
                optional=True,
                placeholder="shop_api",
                text="How programs and plans name it. Empty: made of the name.",
            ),
            class_name="hub-grid-2",
        ),
        text_field(
            "base_url",
            "Base URL",
            value=values["base_url"],
            errors=errors,
            mono=True,
            placeholder="https://api.example.com/v1",
            text="What all its calls begin with. Hub calls nothing outside of it.",
        ),
        select_field(
            "auth_type", "Authentication", list(AUTH_NAMES.items()), value=values["auth_type"], errors=errors
        ),
        when("auth_type", "api_key", _key(values, errors)),
        when("auth_type", "basic", _said("Hub sends the user name and the password with every call.")),
        when("auth_type", "oauth", *_oauth(values, errors, connections)),
        disclosure(
            "Headers and description",
            textarea_field(
                "headers",
                "Headers",
                value=values["headers"],
                errors=errors,
                rows=3,
                mono=True,
                optional=True,
                placeholder="Accept: application/json",
                text="One a line, as Name: value. They go with every call. Keys belong under Credentials.",
            ),
            textarea_field(
                "description",
                "Description",
                value=values["description"],
                errors=errors,
                rows=2,
                optional=True,
            ),
            note="What few APIs ask for.",
        ),
    )


def _said(text: str) -> rx.Component:
    return rx.el.p(f"{text} You enter them under Credentials.", class_name="hub-help")


def _key(values: Values, errors: Errors) -> rx.Component:
    return rx.el.div(
        select_field(
            "auth_place",
            "The key goes",
            [("header", "In a header"), ("query", "In the query")],
            value=values["auth_place"],
            errors=errors,
            text="You enter the key itself under Credentials.",
        ),
        when("auth_place", "header", _header(values, errors)),
        when(
            "auth_place",
            "query",
            text_field(
                "auth_query",
                "Parameter",
                value=values["auth_query"],
                errors=errors,
                mono=True,
                placeholder="api_key",
            ),
        ),
        class_name="hub-grid-2",
    )


def _header(values: Values, errors: Errors) -> rx.Component:
    return rx.el.div(
        text_field("auth_header", "Header", value=values["auth_header"], errors=errors, mono=True),
        text_field(
            "auth_prefix",
            "Before the key",
            value=values["auth_prefix"],
            errors=errors,
            mono=True,
            optional=True,
            placeholder="Bearer",
        ),
        class_name="hub-grid-2",
    )


def _oauth(values: Values, errors: Errors, connections: Rows) -> Sequence[rx.Component]:
    return (
        select_field(
            "oauth_by",
            "The token comes from",
            list(BY_NAMES.items()),
            value=values["oauth_by"],
            errors=errors,
        ),
        when(
            "oauth_by",
            "connection",
            rx.cond(
                connections.length() > 0,
                select_field(
                    "connection_id",
                    "Connection",
                    connections,
                    value=values["connection_id"],
                    errors=errors,
                    text="Hub renews its token. It acts as the account that was connected.",
                ),
                callout(
                    "You have no OAuth connection yet. Make one under Apps, OAuth connections.", "neutral"
                ),
            ),
        ),
        when("oauth_by", "client", *_client(values, errors)),
        when("oauth_by", "token", rx.el.p("You paste the token under Credentials.", class_name="hub-help")),
    )


def _client(values: Values, errors: Errors) -> Sequence[rx.Component]:
    def url(name: str, label: str, *, optional: bool = False) -> rx.Component:
        return text_field(name, label, value=values[name], errors=errors, mono=True, optional=optional)

    kept = rx.cond(
        values["has_client_secret"] != "", "Empty keeps the one that is stored.", "Stored encrypted."
    )
    return (
        url("authorize_url", "Authorization URL"),
        url("token_url", "Token URL"),
        url("revoke_url", "Revocation URL", optional=True),
        rx.el.div(
            text_field("client_id", "Client id", value=values["client_id"], errors=errors, mono=True),
            password_field(
                "client_secret",
                "Client secret",
                errors=errors,
                auto_complete="off",
                optional=True,
                text=kept,
            ),
            class_name="hub-grid-2",
        ),
        tags_field("scopes", "Scopes", value=values["scopes"], errors=errors, optional=True),
        switch_field("pkce", "PKCE", on=values["pkce"] != "", text="Off only for the few that refuse it."),
    )
