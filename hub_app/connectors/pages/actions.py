"""The actions tab of a connector: the list, or the form of one."""

from typing import Any

import reflex as rx

from hub_app.connectors.pages.action import action_form
from hub_app.connectors.state.action import ActionFormState
from hub_app.connectors.state.actions import ActionRow, ActionsState
from hub_app.connectors.state.connector import ConnectorState
from hub_app.ui import components as ui
from hub_app.ui.session import SessionState

WHO = "Customer admins can add and change actions."


def actions_tab() -> rx.Component:
    return rx.cond(ActionFormState.mode != "", action_form(), _overview())


def _overview() -> rx.Component:
    return ui.stack(
        ui.row(
            rx.el.p("The calls that this connector can make.", class_name="hub-text-2"),
            ui.only(
                SessionState.is_admin,
                ui.row(
                    ui.button_link(
                        "Import", f"{ConnectorState.here}?tab=import", mark="file_json", small=True
                    ),
                    ui.button_link(
                        "Add action", f"{ConnectorState.here}?new=1", "primary", mark="plus", small=True
                    ),
                ),
                WHO,
            ),
            apart=True,
        ),
        ui.card(_list(), flush=True),
        _delete(),
    )


def _list() -> rx.Component:
    return ui.table(
        "Actions",
        [
            ui.Column(label="Name", cell=lambda row: rx.fragment(row.name, _path(row))),
            ui.Column(label="Properties", cell=lambda row: row.traits, quiet=True, phone=False),
            ui.Column(label="Actions", cell=_controls, end=True, tight=True, hide_label=True),
        ],
        ActionsState.rows,
        loaded=ActionsState.loaded,
        empty=ui.empty(
            "square_terminal",
            "No actions yet",
            "An action is one call of the API: its method, its path, and its parameters. "
            "Add one, or import them from the API's OpenAPI document.",
            ui.only(
                SessionState.is_admin,
                ui.button_link("Add action", f"{ConnectorState.here}?new=1", "primary"),
                WHO,
            ),
        ),
        href=lambda row: row.href,
    )


def _path(row: rx.vars.ObjectVar[ActionRow]) -> rx.Component:
    return rx.el.span(
        rx.el.span(
            ui.method_badge(row.method),
            rx.el.span(row.endpoint, class_name="hub-mono hub-break"),
            class_name="hub-row",
        ),
        class_name="hub-sub",
    )


def _controls(row: rx.vars.ObjectVar[ActionRow]) -> rx.Component:
    run = rx.cond(
        SessionState.is_engineer,
        ui.button_link("Run", f"{ConnectorState.here}?tab=run&action={row.id}", mark="play", small=True),
    )
    opens: Any = f"more-{row.id}"
    order = rx.fragment(
        *ui.move_buttons(row, row.name, ActionsState.move, class_name="hub-wide-only"),
        ui.icon_button("ellipsis", f"More actions for {row.name}", small=True, opens=opens),
        ui.menu(
            opens,
            f"More actions for {row.name}",
            ui.menu_link("Edit", row.href, mark="pencil"),
            ui.menu_link("Duplicate", f"{ConnectorState.here}?new=1&copy={row.id}", mark="copy"),
            ui.menu_rule(),
            ui.menu_item("Delete", ActionsState.ask_about("delete", row.id), mark="trash_2", danger=True),
        ),
    )
    return rx.el.div(run, rx.cond(SessionState.is_admin, order), class_name="hub-above hub-row hub-row-end")


def _delete() -> rx.Component:
    return ui.confirm(
        ActionsState,
        "delete",
        f"Delete {ActionsState.subject_name}",
        text="Programs and plans can no longer run it. Its executions are kept.",
        on_confirm=ActionsState.delete,
    )
