import reflex as rx

from hub_app.ui.elements import Text


def audited(what: str, id: Text, *, before: str = "") -> rx.Component:  # noqa: A002 - the thing's
    """A sentence that begins with "The audit log", which leads to what it holds about this thing. `before` stands in front.

    audited("records each time the secret is revealed.", EndpointState.id)
    """
    link = rx.el.a("audit log", href=f"/governance/audit?target={id}", class_name="hub-link")
    return rx.el.span(before, " The " if before else "The ", link, " ", what)
