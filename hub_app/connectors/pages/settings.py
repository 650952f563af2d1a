"""The connection tab of a connector."""

import reflex as rx

from hub_app.connectors.pages.connectors import WHO
from hub_app.connectors.pages.fields import connector_fields
from hub_app.connectors.state.connector import ConnectorState
from hub_app.connectors.state.settings import ConnectorSettingsState
from hub_app.ui import components as ui
from hub_app.ui.session import SessionState


def connection_tab() -> rx.Component:
    return ui.stack(
        rx.cond(
            SessionState.is_admin,
            rx.cond(ConnectorSettingsState.loaded, _form(), ui.card(ui.skeleton(5), flush=True)),
            _facts(),
        ),
        rx.cond(
            SessionState.is_admin,
            ui.delete_card(
                "connector",
                "Its actions, credentials and executions are deleted too.",
                ConnectorState.ask_delete,
            ),
        ),
        _delete(),
    )


def _form() -> rx.Component:
    return ui.form(
        ui.card(
            rx.el.div(
                *connector_fields(ConnectorSettingsState),
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
            ("ID", rx.el.span(ConnectorState.slug, class_name="hub-mono")),
            ("Description", rx.cond(ConnectorState.description != "", ConnectorState.description, "—")),
        ),
        title="Connection",
        foot=ui.only_line(WHO),
    )


def _delete() -> rx.Component:
    return ui.confirm(
        ConnectorState,
        "delete",
        f"Delete {ConnectorState.name}",
        text=ConnectorState.losses,
        on_confirm=ConnectorState.delete,
        type_name=ConnectorState.name,
    )
