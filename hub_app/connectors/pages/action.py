"""The form of one action, with the call that it would make beside it."""

from collections.abc import Sequence

import reflex as rx

from hub_app.connectors.pages.action_fields import PLACES, TYPES, call_fields, parameter_row, response_fields
from hub_app.connectors.state.action import ActionFormState
from hub_app.connectors.state.action_form import PARAMETERS, ParameterRow
from hub_app.connectors.state.connector import ConnectorState
from hub_app.ui import components as ui
from hub_app.ui.session import SessionState


def action_form() -> rx.Component:
    missing = ui.card(
        ui.empty(
            "square_terminal",
            "There is no such action",
            "Someone may have deleted it or changed its ID.",
            ui.button_link("All actions", ConnectorState.here, "primary"),
        )
    )
    return rx.cond(
        ActionFormState.missing,
        missing,
        ui.stack(
            ui.row(
                rx.el.div(
                    rx.el.h2(ActionFormState.title, class_name="hub-h2"),
                    rx.cond(ActionFormState.mode == "edit", ui.ident(ActionFormState.values["id"])),
                ),
                ui.button_link("All actions", ConnectorState.here, mark="arrow_left", small=True),
                apart=True,
            ),
            rx.el.div(
                rx.cond(SessionState.is_admin, _form(), _facts()), _preview(), class_name="hub-grid-live"
            ),
        ),
    )


def _form() -> rx.Component:
    return ui.form(
        ui.card(rx.el.div(*call_fields(), class_name="hub-form"), title="Call"),
        ui.card(
            rx.el.div(
                rx.foreach(ActionFormState.rows, parameter_row),
                ui.notes(PARAMETERS, "Parameters", of=ActionFormState),
                rx.cond(ActionFormState.has_other_rows, ui.draft()),
                rx.el.div(
                    ui.button(
                        "Add parameter",
                        mark="plus",
                        small=True,
                        on_click=ActionFormState.add_row,
                        attributes={"id": "add-parameter"},
                    )
                ),
                class_name="hub-form",
            ),
            title="Parameters",
            note="what a caller passes; defaults are sent when nothing is passed",
        ),
        ui.card(rx.el.div(*response_fields(), class_name="hub-form"), title="Body and response"),
        ui.row(
            ui.submit_button("Save action", busy=ActionFormState.busy),
            ui.button_link("Cancel", ConnectorState.here),
        ),
        on_submit=ActionFormState.save,
        on_change=ActionFormState.look,
        guard_changes=True,
        # Another action's form is another one: nothing typed is carried over.
        key=f"{ActionFormState.mode}-{ActionFormState.values['id']}",
    )


def _facts() -> rx.Component:
    """The parameters, for those who cannot change them."""
    return ui.stack(
        rx.cond(
            ActionFormState.values["description"] != "",
            ui.card(rx.el.p(ActionFormState.values["description"])),
        ),
        ui.card(
            ui.table(
                "Parameters",
                [
                    ui.Column(label="Name", cell=_named),
                    ui.Column(label="Goes in", cell=lambda row: _in_words(row.place, PLACES), quiet=True),
                    ui.Column(
                        label="Type", cell=lambda row: _in_words(row.type, TYPES), quiet=True, phone=False
                    ),
                    ui.Column(label="Default", cell=_default),
                ],
                ActionFormState.rows,
                empty=ui.empty("parentheses", "No parameters", "The call is always the same."),
            ),
            flush=True,
        ),
        ui.card(ui.only_line("Customer admins can change actions.")),
    )


def _in_words(value: rx.Var[str], choices: Sequence[tuple[str, str]]) -> rx.Component:
    """A choice as the form of those who can change it says it."""
    return rx.fragment(rx.match(value, *choices, value))


def _named(row: rx.vars.ObjectVar[ParameterRow]) -> rx.Component:
    return rx.fragment(
        rx.el.span(row.name, class_name="hub-mono"),
        rx.cond(row.required, rx.el.span(" required", class_name="hub-small hub-text-2")),
        rx.cond(row.description != "", rx.el.span(row.description, class_name="hub-sub")),
    )


def _default(row: rx.vars.ObjectVar[ParameterRow]) -> rx.Component:
    return rx.fragment(
        rx.el.span(row.default, class_name="hub-mono"),
        rx.cond(
            row.api_default != "",
            rx.el.span("The API's own default: ", row.api_default, class_name="hub-sub hub-break"),
        ),
    )


def _preview() -> rx.Component:
    return rx.el.aside(
        ui.card(
            ui.stack(
                rx.cond(
                    ActionFormState.is_stale,
                    ui.callout("The form has an error. This is the call before your last change.", "warning"),
                ),
                ui.row(
                    ui.method_badge(ActionFormState.method),
                    rx.el.span(ActionFormState.url, class_name="hub-mono hub-break"),
                ),
                rx.cond(ActionFormState.headers != "", ui.code(ActionFormState.headers, label="Headers")),
                rx.cond(
                    ActionFormState.body != "", ui.code(ActionFormState.body, label="Body", language="json")
                ),
                ui.code(ActionFormState.curl, label="curl"),
                rx.cond(
                    ActionFormState.left_out != "",
                    rx.el.p(
                        "Sent only when passed: ", ActionFormState.left_out, class_name="hub-help hub-break"
                    ),
                ),
            ),
            title="Preview",
            note="with defaults; {…} is what a caller passes",
        ),
        class_name="hub-sticky",
        custom_attrs={"aria-label": "Preview of the call", "aria-live": "off"},
    )
