import reflex as rx

from hub_app.ui.elements import Child, Text
from hub_app.ui.icons import icon


def disclosure(summary: Text, *body: Child, note: Text = "") -> rx.Component:
    """Something that few people need, folded away under a line that says what it is.

    disclosure("Advanced", text_field(...), note="What only some providers ask for.")
    """
    has_note = isinstance(note, rx.Var) or note
    return rx.el.details(
        rx.el.summary(
            icon("chevron_right", size="small"),
            rx.el.span(summary),
            *([rx.el.small(note)] if has_note else []),
        ),
        rx.el.div(*body, class_name="hub-stack"),
        class_name="hub-disclosure",
    )
