"""A link that is shown once: an invitation, a password reset."""

import reflex as rx

from hub_app.ui.components import button, callout, copy_button, dialog
from hub_app.ui.elements import Action, Flag, Text


def link_dialog(
    link: Text,
    *,
    title: Text,
    text: Text,
    open: Flag,  # noqa: A002 - the attribute's name in HTML
    on_open_change: Action,
    on_close: Action,
) -> rx.Component:
    """Shows a link that was just made; Hub keeps no readable copy."""
    return dialog(
        callout(
            "Hub sends no mail, and shows the link only now: copy it and hand it over yourself.",
            "warning",
            title="This link is shown only once",
        ),
        rx.el.div(
            rx.el.code(link, class_name="hub-mono hub-break"),
            copy_button(link, "Copy the link", small=True),
            class_name="hub-secret",
        ),
        title=title,
        text=text,
        open=open,
        on_open_change=on_open_change,
        on_close=on_close,
        foot=(button("Done", "primary", on_click=on_close),),
    )
