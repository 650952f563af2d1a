"""Connectors' screens."""

import reflex as rx

from hub_app.connectors.pages.connector import page_of_connector
from hub_app.connectors.pages.connectors import page_of_connectors
from hub_app.connectors.pages.executions import page_of_executions
from hub_app.connectors.pages.new import page_of_new_connector
from hub_app.connectors.state.action import ActionFormState
from hub_app.connectors.state.actions import ActionsState
from hub_app.connectors.state.connector import ConnectorState
from hub_app.connectors.state.connectors import ConnectorsState
from hub_app.connectors.state.console import ConsoleState
from hub_app.connectors.state.credentials import CredentialsState
from hub_app.connectors.state.execution import ExecutionState
from hub_app.connectors.state.executions import ExecutionsState
from hub_app.connectors.state.importing import AddedActionsState
from hub_app.connectors.state.new import NewConnectorState
from hub_app.connectors.state.settings import ConnectorSettingsState
from hub_app.connectors.state.testing import ConnectorTestState
from hub_app.ui.shell import add_page


def register(app: rx.App) -> None:
    add_page(app, page_of_connectors, "/connectors", "Connectors", ConnectorsState.load)
    add_page(app, page_of_new_connector, "/connectors/new", "Add connector", NewConnectorState.load)
    # Watchers last: they run for as long as a page is open.
    add_page(
        app,
        page_of_connector,
        "/connectors/[connector_id]",
        "Connector",
        ConnectorState.load,
        ActionsState.load,
        ActionFormState.load,
        ConnectorSettingsState.load,
        CredentialsState.load,
        ConnectorTestState.load,
        AddedActionsState.load,
        ConsoleState.load,
        ExecutionsState.load,
        ExecutionState.load,
        ExecutionsState.watch,
        name=ConnectorState.name,
    )
    add_page(
        app,
        page_of_executions,
        "/connectors/executions",
        "Executions",
        ExecutionsState.load,
        ExecutionState.load,
        ExecutionsState.watch,
    )
