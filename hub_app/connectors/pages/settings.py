"""The connection tab of a connector."""

import reflex as rx

from hub_app.connectors.pages.connectors import WHO
from hub_app.connectors.pages.fields import connector_fields
from hub_app.connectors.state.connector import ConnectorState
from hub_app.connectors.state.settings import ConnectorSettingsState
from hub_app.ui.components import (
    card,
    confirm,
    delete_card,
    facts,
    form,
    only_line,
    skeleton,
    submit_button,
)
from hub_app.ui.session import SessionState


def connection_tab() -> rx.Component:
    return rx.el.div(
        rx.cond(
            SessionState.is_admin,
            rx.cond(ConnectorSettingsState.loaded, _form(), card(skeleton(5), flush=True)),
            _facts(),
        ),
        rx.cond(
            SessionState.is_admin,
            delete_card(
                "connector",
                "Its actions, credentials and executions are deleted too.",
                ConnectorState.ask_delete,
            ),
        ),
        _delete(),
        class_name="hub-stack",
    )


def _form() -> rx.Component:
    return form(
        card(
            rx.el.div(
                *connector_fields(ConnectorSettingsState),
                rx.el.div(
                    submit_button("Save connection", busy=ConnectorSettingsState.busy),
                    rx.el.span(
                        "Changing the host or the kind of authentication deletes the credentials, "
                        "because they are for this one.",
                        class_name="hub-small hub-text-2",
                    ),
                    class_name="hub-row",
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
    return card(
        facts(
            ("Base URL", rx.el.span(ConnectorState.base_url, class_name="hub-mono")),
            ("Authentication", ConnectorState.auth),
            ("ID", rx.el.span(ConnectorState.slug, class_name="hub-mono")),
            ("Description", rx.cond(ConnectorState.description != "", ConnectorState.description, "—")),
        ),
        title="Connection",
        foot=only_line(WHO),
    )


def _delete() -> rx.Component:
    return confirm(
        ConnectorState,
        "delete",
        title=f"Delete {ConnectorState.name}?",
        text=ConnectorState.losses,
        action=f"Delete {ConnectorState.name}",
        on_confirm=ConnectorState.delete,
        type_name=ConnectorState.name,
    )
