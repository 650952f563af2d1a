import reflex as rx

from hub_app.ui.components.copy import copy_button
from hub_app.ui.elements import Text

_END = 8


def ident(text: Text) -> rx.Component:
    """The id of what a page or a drawer shows, by which programs name it, with a button that copies it. Nothing while
    it is "".

    ident(Endpoint.id)
    """
    known = rx.el.div(
        rx.el.span("ID"), rx.el.code(text), copy_button(text, "Copy the ID", small=True), class_name="hub-id"
    )
    return rx.cond(text != "", known) if isinstance(text, rx.Var) else known


def short_ident(text: rx.Var[str], of: Text) -> rx.Component:
    """In a list: the end of an id, which is what tells one from its neighbours, and the button. `of` names the row.

    short_ident(row.id, row.name)
    """
    whole = text.to(str)
    return rx.el.span(
        rx.el.code(f"…{whole[-_END:]}", title=whole),
        copy_button(whole, f"Copy the ID of {of}", small=True),
        class_name="hub-id hub-above",
    )
