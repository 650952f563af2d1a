import reflex as rx

from hub_app.ui.elements import Child, Flag, Text
from hub_app.ui.icons import icon


def only(allowed: Flag, control: Child, instead: Text = "") -> rx.Component:
    """`control` for those who may use it; the others see nothing, or the line that says who can.

    only(Session.is_admin, button("Add endpoint", "primary"), "Customer admins can add endpoints.")
    """
    has_line = isinstance(instead, rx.Var) or instead
    return rx.cond(allowed, control, only_line(instead) if has_line else rx.fragment())


def only_line(text: Text) -> rx.Component:
    """A line that says who can change what stands here."""
    return rx.el.span(
        icon("lock", size="small"), rx.el.span(text), class_name="hub-row hub-row-firm hub-small hub-faint"
    )
