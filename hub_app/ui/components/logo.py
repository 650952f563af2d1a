import reflex as rx

from hub_app.ui.elements import Text


def logo(src: Text, *, large: bool = False) -> rx.Component:
    """The mark of an outside system, from a picture of Hub's own. Decoration: its name must stand beside it.

    logo("/logos/crm/tave.svg")
    """
    return rx.el.img(src=src, alt="", class_name="hub-logo hub-logo-large" if large else "hub-logo")
