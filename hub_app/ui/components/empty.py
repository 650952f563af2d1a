import reflex as rx

from hub_app.ui.elements import Child, Text
from hub_app.ui.icons import icon


def empty(mark: str, title: Text, text: Text, *steps: Child) -> rx.Component:
    """What this is, why it is empty, and the one next step.

    empty("webhook", "No endpoints yet", "Hub sends your events to …", button("Add endpoint", "primary"))
    """
    return rx.el.div(
        rx.el.div(icon(mark, size="large"), class_name="hub-empty-mark"),
        rx.el.h2(title, class_name="hub-h2"),
        rx.el.p(text),
        *([rx.el.div(*steps, class_name="hub-row")] if steps else []),
        class_name="hub-empty",
    )
