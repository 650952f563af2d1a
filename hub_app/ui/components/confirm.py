from typing import Any

import reflex as rx

from hub_app.ui.components.button import button
from hub_app.ui.components.dialog import frame, head
from hub_app.ui.components.form import form
from hub_app.ui.elements import Action, Child, Flag, Text


def confirm(  # noqa: PLR0913 - a component's arguments are its attributes
    *details: Child,
    title: Text,
    text: Text,
    action: Text,
    open: Flag,  # noqa: A002 - the attribute's name in HTML
    on_open_change: Action,
    on_cancel: Action,
    on_confirm: Action,
    busy: Flag = False,
    type_name: Text = "",
    danger: bool = True,
) -> rx.Component:
    """Asks before something that cannot be undone. Title and action name the object; `type_name` must be typed.

    `on_confirm` takes the form's data, `{"confirmation": …}`; the field exists only with `type_name`.

    confirm(title="Delete Warehouse?", text="Its deliveries go with it.", action="Delete Warehouse", …)
    """
    typed = isinstance(type_name, rx.Var) or type_name != ""
    # Until the name is typed (assets/hub/forms.js); a press before that shows the browser's own message.
    waits: dict[str, Any] = {"aria-disabled": "true"} if typed else {}
    body = [*details, *([_name_field(type_name)] if typed else [])]
    return frame(
        head(title, text),
        form(
            rx.el.div(*body, class_name="hub-dialog-body")
            if body
            else rx.el.div(class_name="hub-dialog-gap"),
            rx.el.div(
                button("Cancel", on_click=on_cancel),
                button(action, "danger" if danger else "primary", submit=True, busy=busy, attributes=waits),
                class_name="hub-dialog-foot",
            ),
            on_submit=on_confirm,
            native_checks=True,
        ),
        open=open,
        on_open_change=on_open_change,
        class_name="hub-dialog hub-dialog-confirm",
        role="alertdialog",
    )


def _name_field(name: Text) -> rx.Component:
    attributes: dict[str, Any] = {"data-must-equal": name, "autoComplete": "off"}
    return rx.el.div(
        rx.el.label(
            "Type ", rx.el.strong(name, class_name="hub-break"), " to go on", html_for="confirmation"
        ),
        rx.el.input(
            id="confirmation",
            name="confirmation",
            required=True,
            class_name="hub-input",
            custom_attrs=attributes,
        ),
        class_name="hub-field",
    )
