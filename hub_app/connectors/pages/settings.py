"""The connection tab of a connector."""

import reflex as rx

from hub_app.connectors.pages.connectors import WHO
from hub_app.connectors.pages.fields import connector_fields
from hub_app.connectors.state.connector import Connector
from hub_app.connectors.state.settings import ConnectorSettings
from hub_app.ui.components import (
    beside,
    button,
    card,
    confirm,
    facts,
    form,
    only_line,
    skeleton,
    submit_button,
)
from hub_app.ui.session import Session


def connection_tab() -> rx.Component:
    return rx.el.div(
        rx.cond(
            Session.is_admin,
            rx.cond(ConnectorSettings.loaded, _form(), card(skeleton(5), flush=True)),
            _facts(),
        ),
        rx.cond(Session.is_admin, _danger()),
        _delete(),
        class_name="hub-stack",
    )


def _form() -> rx.Component:
    return form(
        card(
            rx.el.div(
                *connector_fields(
                    ConnectorSettings.values, beside(ConnectorSettings), ConnectorSettings.connections
                ),
                rx.el.div(
                    submit_button("Save connection", busy=ConnectorSettings.busy),
                    rx.el.span(
                        "Another host or another kind of authentication deletes the credentials: "
                        "they were given for this one.",
                        class_name="hub-small hub-text-2",
                    ),
                    class_name="hub-row",
                ),
                class_name="hub-form",
            ),
            title="Connection",
        ),
        on_submit=ConnectorSettings.save,
        guard_changes=True,
        key=ConnectorSettings.version,
    )


def _facts() -> rx.Component:
    return card(
        facts(
            ("Base URL", rx.el.span(Connector.base_url, class_name="hub-mono")),
            ("Authentication", Connector.auth),
            ("Id", rx.el.span(Connector.slug, class_name="hub-mono")),
            ("Description", rx.cond(Connector.description != "", Connector.description, "—")),
        ),
        title="Connection",
        foot=only_line(WHO),
    )


def _danger() -> rx.Component:
    return card(
        rx.el.div(
            rx.el.p(
                "The connector goes with its actions, credentials and executions.", class_name="hub-text-2"
            ),
            button("Delete connector", "danger-quiet", mark="trash_2", on_click=Connector.ask_delete),
            class_name="hub-row hub-row-between",
        ),
        title="Delete",
    )


def _delete() -> rx.Component:
    return confirm(
        title=f"Delete {Connector.name}?",
        text=Connector.losses,
        action=f"Delete {Connector.name}",
        open=Connector.dialog == "delete",
        on_open_change=Connector.toggle,
        on_cancel=Connector.close,
        on_confirm=Connector.delete,
        busy=Connector.busy,
        type_name=Connector.name,
    )
