import reflex as rx

from hub_app.ui.elements import Text, join


def avatar(initials: Text, *, tenant: bool = False, large: bool = False) -> rx.Component:
    """Initials of a person (round) or of a tenant (square). Decoration: the name must stand beside it.

    avatar(Session.initials)
    """
    return rx.el.span(
        initials,
        class_name=join(
            "hub-avatar", "hub-avatar-tenant" if tenant else "", "hub-avatar-large" if large else ""
        ),
        custom_attrs={"aria-hidden": "true"},
    )
