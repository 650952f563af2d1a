from typing import Any

import reflex as rx

from hub_app.ui.elements import Text
from hub_app.ui.icons import icon


def copy_button(
    text: Text, label: Text = "Copy", *, small: bool = False, show_label: bool = False
) -> rx.Component:
    """Copies `text` without asking the server.

    copy_button(row.id, "Copy ID")
    """
    kind = "hub-button-secondary" if show_label else "hub-button-ghost hub-button-icon"
    attributes: dict[str, Any] = {"data-copy": text}
    if not show_label:
        attributes["aria-label"] = label
    return rx.el.button(
        icon("copy", class_name="hub-copy-idle"),
        icon("check", class_name="hub-copy-done"),
        *([rx.el.span(label)] if show_label else []),
        type="button",
        title=label,
        class_name=f"hub-button {kind} {'hub-button-small' if small else ''}".strip(),
        custom_attrs=attributes,
    )


def copyable(text: Text, label: Text) -> rx.Component:
    """A text to take elsewhere, with a button that copies it.

    copyable(Members.link, "Copy the link")
    """
    return rx.el.div(
        rx.el.code(text, class_name="hub-mono"),
        copy_button(text, label, small=True),
        class_name="hub-secret",
    )
