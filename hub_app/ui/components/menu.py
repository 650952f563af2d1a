from typing import Any

import reflex as rx

from hub_app.ui.elements import Action, Child, NativeForm, Text
from hub_app.ui.icons import icon


def menu(id: str | rx.Var[str], label: Text, *entries: Child, head: Child | None = None) -> rx.Component:  # noqa: A002 - the attribute's name in HTML
    """A menu that a button opens by its id. Entries are menu_item, menu_link, menu_form_item, or `menu_rule()`.

    icon_button("ellipsis", "More actions", opens="more"), menu("more", "More actions", menu_item("Disable", …))
    """
    attributes: dict[str, Any] = {"popover": "auto", "id": id}
    names: dict[str, Any] = {"aria-label": label}
    return rx.el.div(
        *([] if head is None else [rx.el.div(head, class_name="hub-menu-head")]),
        rx.el.div(*entries, role="menu", custom_attrs=names),
        class_name="hub-menu",
        custom_attrs=attributes,
    )


def menu_item(
    label: Text,
    on_click: Action,
    *,
    mark: str = "",
    danger: bool = False,
    attributes: dict[str, Any] | None = None,
) -> rx.Component:
    """An entry that does something.

    menu_item("Disable", Endpoint.disable, mark="pause")
    """
    return rx.el.button(
        *([icon(mark)] if mark else []),
        rx.el.span(label),
        type="button",
        role="menuitem",
        tab_index=-1,
        class_name="hub-menu-item hub-menu-item-danger" if danger else "hub-menu-item",
        on_click=on_click,
        custom_attrs=attributes or {},
    )


def menu_link(label: Text, href: Text, *, mark: str = "") -> rx.Component:
    """An entry that goes somewhere.

    menu_link("Account", "/account", mark="circle_user")
    """
    return rx.el.a(
        *([icon(mark)] if mark else []),
        rx.el.span(label),
        href=href,
        role="menuitem",
        tab_index=-1,
        class_name="hub-menu-item",
    )


def menu_form_item(*content: Child, action: str, fields: dict[str, Text] | None = None) -> rx.Component:
    """An entry that posts a native form: signing out, changing the tenant.

    menu_form_item(icon("log_out"), "Sign out", action="/auth/logout")
    """
    hidden = (
        rx.el.input(type="hidden", name=name, default_value=value) for name, value in (fields or {}).items()
    )
    return NativeForm.create(
        *hidden,
        rx.el.button(*content, type="submit", role="menuitem", tab_index=-1, class_name="hub-menu-item"),
        action=action,
        method="post",
        role="none",
    )


def menu_rule() -> rx.Component:
    """A line between entries."""
    return rx.el.div(role="separator", class_name="hub-menu-rule")
