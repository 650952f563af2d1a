"""A link that is shown once: an invitation, a password reset."""

import reflex as rx

from hub_app.ui import components as ui
from hub_app.ui.elements import Child, Text
from hub_app.ui.forms import DialogState


def link_dialog(
    state: type[DialogState], name: str, link: Text, *, title: Text, text: Text, more: Child = ""
) -> rx.Component:
    """Shows a link that was just made; Hub keeps no readable copy. `more` stands below it."""
    return ui.dialog(
        state,
        name,
        ui.callout(
            "Hub does not send e-mail and shows the link only now. Copy it and pass it on yourself.",
            "warning",
            title="This link is shown only once",
        ),
        ui.copyable(link, "Copy the link"),
        rx.el.div(more) if isinstance(more, rx.Component) else rx.fragment(),
        title=title,
        text=text,
    )
