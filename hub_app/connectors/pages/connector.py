"""The page of one connector."""

import reflex as rx

from hub_app.connectors.pages.actions import actions_tab
from hub_app.connectors.pages.connectors import STATUSES
from hub_app.connectors.pages.console import run_tab
from hub_app.connectors.pages.credentials import credentials_tab
from hub_app.connectors.pages.executions import executions_tab
from hub_app.connectors.pages.importing import import_tab
from hub_app.connectors.pages.settings import connection_tab
from hub_app.connectors.state.connector import ConnectorState
from hub_app.connectors.state.connectors import HERE
from hub_app.ui import components as ui
from hub_app.ui.session import SessionState
from hub_app.ui.shell import page


def page_of_connector() -> rx.Component:
    known = rx.fragment(
        rx.el.span(ConnectorState.base_url, class_name="hub-mono hub-break"), " · ", ConnectorState.auth
    )
    return page(
        ConnectorState.name,
        rx.cond(ConnectorState.missing, "It was deleted, or belongs to another tenant.", known),
        rx.cond(
            ConnectorState.loaded,
            rx.cond(ConnectorState.missing, ui.missing("plug", "connector", HERE), _found()),
            ui.skeleton(6),
        ),
        actions=[_turn()],
        breadcrumb=[("Connectors", HERE)],
        mark="plug",
        id=rx.cond(ConnectorState.missing, "", ConnectorState.id),
        badge=rx.cond(
            ConnectorState.missing | ~ConnectorState.loaded,
            "",
            ui.status_badge(ConnectorState.status, STATUSES),
        ),
    )


def _turn() -> rx.Component:
    control = ui.switch_button(ConnectorState.is_active, ConnectorState.turn)
    return rx.cond(ConnectorState.missing, rx.fragment(), ui.only(SessionState.is_admin, control))


def _found() -> rx.Component:
    return rx.fragment(
        rx.cond(
            ~ConnectorState.is_active,
            ui.callout(
                "Its actions cannot run until you turn it on.", "warning", title="This connector is off"
            ),
        ),
        rx.cond(ConnectorState.stopped != "", _stopped()),
        rx.cond(ConnectorState.status == "missing", _wants_credential()),
        ui.tabs(
            "Connector",
            ConnectorState.tab,
            ("actions", "Actions", ConnectorState.here),
            ("run", "Run", f"{ConnectorState.here}?tab=run"),
            ("connection", "Connection", f"{ConnectorState.here}?tab=connection"),
            ("credentials", "Credentials", f"{ConnectorState.here}?tab=credentials"),
            ("import", "Import", f"{ConnectorState.here}?tab=import"),
            ("executions", "Executions", f"{ConnectorState.here}?tab=executions"),
        ),
        rx.match(
            ConnectorState.tab,
            ("run", run_tab()),
            ("executions", executions_tab()),
            ("connection", connection_tab()),
            ("credentials", credentials_tab()),
            ("import", import_tab()),
            actions_tab(),
        ),
    )


def _stopped() -> rx.Component:
    again = ui.only(
        SessionState.is_admin, ui.button_link("Give consent again", ConnectorState.consent, small=True)
    )
    who = rx.cond(SessionState.is_admin, "", " Customer admins can give it again.")
    return ui.callout(
        rx.fragment(
            ConnectorState.stopped, " Its actions cannot run, and plans end where they call it.", who
        ),
        "danger",
        title="Hub does not call this API",
        action=again,
    )


def _wants_credential() -> rx.Component:
    link = ui.only(
        SessionState.is_admin,
        ui.button_link("Credentials", f"{ConnectorState.here}?tab=credentials", small=True),
    )
    return rx.cond(
        ConnectorState.tab == "credentials",
        rx.fragment(),
        ui.callout(
            "Its calls are sent without authentication. Save a credential, then test it.",
            "warning",
            title="This connector has no credential yet",
            action=link,
        ),
    )
