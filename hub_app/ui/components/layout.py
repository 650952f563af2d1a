"""How parts are placed: below each other, beside each other, in two columns."""

import reflex as rx

from hub_app.ui.elements import Child


def stack(*parts: Child) -> rx.Component:
    """Parts below each other.

    stack(card(...), card(...))
    """
    return rx.el.div(*parts, class_name="hub-stack")


def row(*parts: Child, apart: bool = False) -> rx.Component:
    """Parts beside each other, which wrap where there is no room. `apart` puts the first and the last at the ends.

    row(submit_button("Save"), button_link("Cancel", "/shop"))
    """
    return rx.el.div(*parts, class_name="hub-row hub-row-between" if apart else "hub-row")


def columns(*parts: Child) -> rx.Component:
    """Parts in two columns, in one where the window is narrow.

    columns(text_field("client_id", "Client ID", of=F), password_field("client_secret", "Client secret", of=F))
    """
    return rx.el.div(*parts, class_name="hub-grid-2")
