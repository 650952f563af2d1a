import reflex as rx

from hub_app.ui.components.avatar import avatar
from hub_app.ui.components.badge import badge
from hub_app.ui.elements import Rows


def person_list(rows: Rows) -> rx.Component:
    """People with what they can be reached by: a Var of rows with `initials`, `name`, `role` ("" for none), `emails` and `phones`.

    person_list(Client.people)
    """
    return rx.el.ul(rx.foreach(rows, _person), class_name="hub-persons")


def _person(one: rx.vars.ObjectVar[object]) -> rx.Component:
    return rx.el.li(
        avatar(one.initials),
        rx.el.div(
            rx.el.div(
                rx.el.span(one.name, class_name="hub-strong hub-break"),
                rx.cond(one.role != "", badge(one.role, dot=False), rx.fragment()),
                class_name="hub-row",
            ),
            rx.foreach(one.emails.to(list[str]), lambda text: _reach(f"mailto:{text}", text)),
            rx.foreach(one.phones.to(list[str]), lambda text: _reach(f"tel:{text}", text)),
        ),
    )


def _reach(href: str, text: rx.Var[str]) -> rx.Component:
    return rx.el.div(rx.el.a(text, href=href, class_name="hub-link hub-break"))
