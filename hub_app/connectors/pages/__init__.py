"""Connectors' screens."""

import reflex as rx

from hub_app.connectors.pages.connector import page_of_connector
from hub_app.connectors.pages.connectors import page_of_connectors
from hub_app.connectors.pages.executions import page_of_executions
from hub_app.connectors.pages.new import page_of_new_connector
from hub_app.connectors.state.action import ActionForm
from hub_app.connectors.state.actions import Actions
from hub_app.connectors.state.additions import Additions
from hub_app.connectors.state.connector import Connector
from hub_app.connectors.state.connectors import Connectors
from hub_app.connectors.state.console import Console
from hub_app.connectors.state.credentials import Credentials
from hub_app.connectors.state.execution import Execution
from hub_app.connectors.state.executions import Executions
from hub_app.connectors.state.new import NewConnector
from hub_app.connectors.state.settings import ConnectorSettings
from hub_app.connectors.state.trial import ConnectorTrial
from hub_app.ui.shell import add_page


def register(app: rx.App) -> None:
    add_page(app, page_of_connectors, "/connectors", "Connectors", Connectors.load)
    add_page(app, page_of_new_connector, "/connectors/new", "Add connector", NewConnector.load)
    # Watchers last: they run for as long as a page is open.
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
        ConnectorTrial.load,
        Additions.load,
        Console.load,
        Executions.load,
        Execution.load,
        Executions.watch,
        name=Connector.name,
    )
    add_page(
        app,
        page_of_executions,
        "/connectors/executions",
        "Executions",
        Executions.load,
        Execution.load,
        Executions.watch,
    )
