"""The form of one action, with the call that it would make beside it."""

import reflex as rx

from hub_app.connectors.pages.action_fields import call_fields, parameter_row, response_fields
from hub_app.connectors.state.action import ActionFormState
from hub_app.connectors.state.connector import ConnectorState
from hub_app.connectors.state.drafts import PARAMETERS, ParameterRow
from hub_app.ui.components import (
    Column,
    button,
    button_link,
    callout,
    card,
    code,
    empty,
    form,
    method_badge,
    notes,
    only_line,
    submit_button,
    table,
)
from hub_app.ui.session import SessionState


def action_form() -> rx.Component:
    missing = card(
        empty(
            "square_terminal",
            "There is no such action",
            "Someone may have deleted it or changed its id.",
            button_link("All actions", ConnectorState.here, "primary"),
        )
    )
    return rx.cond(
        ActionFormState.missing,
        missing,
        rx.el.div(
            rx.el.div(
                rx.el.h2(ActionFormState.title, class_name="hub-h2"),
                button_link("All actions", ConnectorState.here, mark="arrow_left", small=True),
                class_name="hub-row hub-row-between",
            ),
            rx.el.div(
                rx.cond(SessionState.is_admin, _form(), _facts()),
                _preview(),
                class_name="hub-grid-live",
            ),
            class_name="hub-stack",
        ),
    )


def _form() -> rx.Component:
    return form(
        card(rx.el.div(*call_fields(), class_name="hub-form"), title="Call"),
        card(
            rx.el.div(
                rx.foreach(ActionFormState.rows, parameter_row),
                notes(PARAMETERS, "Parameters", of=ActionFormState),
                rx.el.div(
                    button(
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
        card(rx.el.div(*response_fields(), class_name="hub-form"), title="Body and response"),
        rx.el.div(
            submit_button("Save action", busy=ActionFormState.busy),
            button_link("Cancel", ConnectorState.here),
            class_name="hub-row",
        ),
        on_submit=ActionFormState.save,
        on_change=ActionFormState.look,
        guard_changes=True,
        # Another action's form is another one: nothing typed is carried over.
        key=f"{ActionFormState.mode}-{ActionFormState.values['id']}",
    )


def _facts() -> rx.Component:
    """The parameters, for those who cannot change them."""
    return rx.el.div(
        rx.cond(
            ActionFormState.values["description"] != "", card(rx.el.p(ActionFormState.values["description"]))
        ),
        card(
            table(
                "Parameters",
                [
                    Column(label="Name", cell=_named),
                    Column(label="Goes in", cell=lambda row: row.place, quiet=True),
                    Column(label="Type", cell=lambda row: row.type, quiet=True, phone=False),
                    Column(label="Default", cell=_default),
                ],
                ActionFormState.rows,
                empty=empty("parentheses", "No parameters", "The call is always the same."),
            ),
            flush=True,
        ),
        card(only_line("Customer admins can change actions.")),
        class_name="hub-stack",
    )


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
        card(
            rx.el.div(
                rx.cond(
                    ActionFormState.is_stale,
                    callout("The form has an error. This is the call before your last change.", "warning"),
                ),
                rx.el.div(
                    method_badge(ActionFormState.method),
                    rx.el.span(ActionFormState.url, class_name="hub-mono hub-break"),
                    class_name="hub-row",
                ),
                rx.cond(ActionFormState.headers != "", code(ActionFormState.headers, label="Headers")),
                rx.cond(
                    ActionFormState.body != "", code(ActionFormState.body, label="Body", language="json")
                ),
                code(ActionFormState.curl, label="curl"),
                rx.cond(
                    ActionFormState.left_out != "",
                    rx.el.p(
                        "Sent only when passed: ", ActionFormState.left_out, class_name="hub-help hub-break"
                    ),
                ),
                class_name="hub-stack",
            ),
            title="Preview",
            note="with defaults; {…} is what a caller passes",
        ),
        class_name="hub-sticky",
        custom_attrs={"aria-label": "Preview of the call", "aria-live": "off"},
    )
