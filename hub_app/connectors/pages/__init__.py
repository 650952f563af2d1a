"""Connectors' screens."""

import reflex as rx

from hub_app.connectors.pages.connector import page_of_connector
from hub_app.connectors.pages.connectors import page_of_connectors
from hub_app.connectors.pages.new import page_of_new_connector
from hub_app.connectors.state.action import ActionForm
from hub_app.connectors.state.actions import Actions
from hub_app.connectors.state.additions import Additions
from hub_app.connectors.state.connector import Connector
from hub_app.connectors.state.connectors import Connectors
from hub_app.connectors.state.credentials import Credentials
from hub_app.connectors.state.new import NewConnector
from hub_app.connectors.state.settings import ConnectorSettings
from hub_app.ui.nav import NavEntry
from hub_app.ui.shell import add_page

NAV = [NavEntry("Connectors", "/connectors", "plug", group="Connectors", order=1)]


def register(app: rx.App) -> None:
    add_page(app, page_of_connectors, "/connectors", "Connectors", Connectors.load)
    add_page(app, page_of_new_connector, "/connectors/new", "Add connector", NewConnector.load)
    add_page(
        app,
        page_of_connector,
        "/connectors/[connector_id]",
        "Connector",
        Connector.load,
        Actions.load,
        ActionForm.load,
        ConnectorSettings.load,
        Credentials.load,
        Additions.load,
    )
