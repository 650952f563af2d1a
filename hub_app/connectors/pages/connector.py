"""The page of one connector."""

import reflex as rx

from hub_app.connectors.pages.actions import actions_tab
from hub_app.connectors.pages.additions import import_tab
from hub_app.connectors.pages.connectors import STANDINGS
from hub_app.connectors.pages.console import run_tab
from hub_app.connectors.pages.credentials import credentials_tab
from hub_app.connectors.pages.executions import executions_tab
from hub_app.connectors.pages.settings import connection_tab
from hub_app.connectors.state.connector import Connector
from hub_app.connectors.state.connectors import HERE
from hub_app.ui.components import (
    button,
    button_link,
    callout,
    card,
    empty,
    only,
    skeleton,
    status_badge,
    tabs,
)
from hub_app.ui.session import Session
from hub_app.ui.shell import page


def page_of_connector() -> rx.Component:
    known = rx.fragment(
        rx.el.span(Connector.base_url, class_name="hub-mono hub-break"), " · ", Connector.auth
    )
    return page(
        Connector.name,
        rx.cond(Connector.missing, "It was deleted, or belongs to another tenant.", known),
        rx.cond(Connector.loaded, rx.cond(Connector.missing, _missing(), _found()), skeleton(6)),
        actions=[_turn()],
        breadcrumb=[("Connectors", HERE)],
        mark="plug",
        badge=rx.cond(Connector.missing | ~Connector.loaded, "", status_badge(Connector.standing, STANDINGS)),
    )


def _turn() -> rx.Component:
    control = rx.cond(
        Connector.is_active,
        button("Turn off", mark="pause", on_click=Connector.turn(False)),
        button("Turn on", "primary", mark="play", on_click=Connector.turn(True)),
    )
    return rx.cond(Connector.missing, rx.fragment(), only(Session.is_admin, control))


def _missing() -> rx.Component:
    return card(
        empty(
            "plug",
            "There is no such connector",
            "The address may be mistyped, or someone deleted the connector.",
            button_link("All connectors", HERE, "primary"),
        )
    )


def _found() -> rx.Component:
    return rx.fragment(
        rx.cond(
            ~Connector.is_active,
            callout(
                "Its actions are refused until it is turned on.", "warning", title="This connector is off"
            ),
        ),
        rx.cond(Connector.standing == "missing", _wants_credential()),
        tabs(
            "Connector",
            Connector.tab,
            ("actions", "Actions", Connector.here),
            ("run", "Run", f"{Connector.here}?tab=run"),
            ("connection", "Connection", f"{Connector.here}?tab=connection"),
            ("credentials", "Credentials", f"{Connector.here}?tab=credentials"),
            ("import", "Import", f"{Connector.here}?tab=import"),
            ("executions", "Executions", f"{Connector.here}?tab=executions"),
        ),
        rx.match(
            Connector.tab,
            ("run", run_tab()),
            ("executions", executions_tab()),
            ("connection", connection_tab()),
            ("credentials", credentials_tab()),
            ("import", import_tab()),
            actions_tab(),
        ),
    )


def _wants_credential() -> rx.Component:
    link = only(
        Session.is_admin,
        button_link("Credentials", f"{Connector.here}?tab=credentials", small=True),
    )
    return rx.cond(
        Connector.tab == "credentials",
        rx.fragment(),
        callout(
            "The API does not know who calls. Save a credential, then test it.",
            "warning",
            title="This connector has no credential yet",
            action=link,
        ),
    )
