from typing import Any, Literal

import reflex as rx

from hub_app.ui.components.copy import copy_button
from hub_app.ui.elements import CustomElement, Text


def code(text: Text, *, label: Text, language: Literal["json", "text"] = "text") -> rx.Component:
    """A block of code or payload with a name, copying and a switch for wrapping. JSON is coloured in the browser.

    code(Delivery.body, label="Request body", language="json")
    """
    attributes: dict[str, Any] = {"data-text": text, "data-lang": language}
    return rx.el.div(
        rx.el.div(
            rx.el.span(label),
            rx.el.button(
                "Wrap",
                type="button",
                class_name="hub-button hub-button-ghost hub-button-small",
                custom_attrs={"data-wrap-switch": "", "aria-pressed": "false"},
            ),
            copy_button(text, "Copy", small=True),
            class_name="hub-code-head",
        ),
        rx.el.pre(
            rx.el.code(CustomElement.create(tag="code", custom_attrs=attributes)),
            tab_index=0,
            role="region",
            custom_attrs={"aria-label": label},
        ),
        class_name="hub-code",
    )
