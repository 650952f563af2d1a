import reflex as rx

from hub_app.ui.components.avatar import avatar
from hub_app.ui.components.logo import logo as picture
from hub_app.ui.elements import Child, Text
from hub_app.ui.icons import icon


def choices(*cards: Child) -> rx.Component:
    """Cards of which one is chosen, side by side as far as there is room.

    choices(choice("By hand", "…", href="/connectors/new?from=hand", mark="pencil"), rx.foreach(L.cards, _card))
    """
    return rx.el.div(*cards, class_name="hub-choices")


def choice(
    title: Text,
    text: Child,
    *,
    href: Text,
    mark: str = "",
    initials: Text = "",
    logo: Text = "",
    note: Text = "",
) -> rx.Component:
    """One of several ways to go on: a card that is one link. `mark` is an icon's name; `initials`, or the address of a
    `logo`, stand in its place.

    choice("GitHub", "Repositories and issues.", href="/connectors/new?from=github", initials="GH", note="5 actions")
    """
    has_note = isinstance(note, rx.Var) or note != ""
    if mark:
        sign = rx.el.span(icon(mark), class_name="hub-choice-mark")
    elif isinstance(logo, rx.Var) or logo:
        sign = picture(logo)
    else:
        sign = avatar(initials, tenant=True, large=True)
    return rx.el.a(
        sign,
        rx.el.span(
            rx.el.strong(title),
            rx.el.span(text),
            *([rx.el.small(note)] if has_note else []),
        ),
        href=href,
        class_name="hub-choice",
    )
