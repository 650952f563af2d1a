from typing import Any, Literal

import reflex as rx

from hub_app.ui.elements import Action, Flag, Text, join
from hub_app.ui.icons import icon

Kind = Literal["primary", "secondary", "ghost", "danger", "danger-quiet"]


def _class(kind: Kind, *, small: bool, square: bool = False, wide: bool = False) -> str:
    return join(
        "hub-button",
        f"hub-button-{kind}",
        "hub-button-small" if small else "",
        "hub-button-icon" if square else "",
        "hub-button-wide" if wide else "",
    )


def button(  # noqa: PLR0913 - a component's arguments are its attributes
    label: Text,
    kind: Kind = "secondary",
    *,
    on_click: Action | None = None,
    mark: str = "",
    small: bool = False,
    wide: bool = False,
    submit: bool = False,
    busy: Flag = False,
    disabled: Flag = False,
    opens: str = "",
    attributes: dict[str, Any] | None = None,
) -> rx.Component:
    """A button. `mark` is an icon's name; `busy` shows a spinner and takes no more clicks; `opens` is a menu's id.

    button("Add endpoint", "primary", mark="plus", on_click=Endpoints.add)
    """
    given: dict[str, Any] = {**(attributes or {})}
    if opens:
        given |= {"popoverTarget": opens, "aria-haspopup": "menu"}
    if isinstance(busy, rx.Var):
        given["aria-busy"] = rx.cond(busy, "true", "false")
        disabled = busy | disabled
    waits = submit or isinstance(busy, rx.Var)
    return rx.el.button(
        *([icon("loader_circle", class_name="hub-spinner hub-when-busy")] if waits else []),
        *([icon(mark)] if mark else []),
        rx.el.span(label),
        type="submit" if submit else "button",
        class_name=_class(kind, small=small, wide=wide),
        disabled=disabled,
        on_click=on_click,
        custom_attrs=given,
    )


def icon_button(  # noqa: PLR0913 - as above
    mark: str,
    label: Text,
    kind: Kind = "ghost",
    *,
    on_click: Action | None = None,
    small: bool = False,
    disabled: Flag = False,
    opens: str | rx.Var[str] = "",
    attributes: dict[str, Any] | None = None,
    class_name: str = "",
) -> rx.Component:
    """A button that shows only an icon; `label` names it for screen readers and on hover.

    icon_button("ellipsis", "More actions", opens="more")
    """
    named: dict[str, Any] = {"aria-label": label, **(attributes or {})}
    if isinstance(opens, rx.Var) or opens:
        named |= {"popoverTarget": opens, "aria-haspopup": "menu"}
    return rx.el.button(
        icon(mark),
        type="button",
        title=label,
        class_name=join(_class(kind, small=small, square=True), class_name),
        disabled=disabled,
        on_click=on_click,
        custom_attrs=named,
    )


def button_link(
    label: Text,
    href: Text,
    kind: Kind = "secondary",
    *,
    mark: str = "",
    small: bool = False,
    keep_scroll: bool = False,
    attributes: dict[str, Any] | None = None,
) -> rx.Component:
    """A link that looks like a button. `keep_scroll` for what opens over the same page.

    button_link("Open", row.href, small=True)
    """
    props: dict[str, Any] = {"prevent_scroll_reset": True} if keep_scroll else {}
    return rx.el.a(
        *([icon(mark)] if mark else []),
        rx.el.span(label),
        href=href,
        class_name=_class(kind, small=small),
        custom_attrs=attributes or {},
        **props,
    )


def download_link(label: Text, href: Text) -> rx.Component:
    """A link that looks like a button, to a file that REST gives out.

    download_link("CSV", State.as_csv)
    """
    attributes: dict[str, Any] = {"download": ""}
    # Not Reflex's link: its router would look for a page.
    return rx.el.a(
        icon("download"),
        rx.el.span(label),
        href=href,
        target="_blank",
        class_name=_class("secondary", small=False),
        custom_attrs=attributes,
    )


def move_buttons(row: Any, name: Text, move: Action, *, class_name: str = "") -> list[rx.Component]:
    """What moves an entry of an ordered list: a row with an `id` that knows whether it `is_first` or `is_last`. `move` takes
    the id, and -1 for up or 1 for down.

    *move_buttons(row, row.name, Actions.move)
    """
    ways = (("up", row.is_first, -1), ("down", row.is_last, 1))
    return [
        icon_button(
            f"arrow_{way}",
            f"Move {name} {way}",
            small=True,
            disabled=at_end,
            on_click=move(row.id, by),
            class_name=class_name,
        )
        for way, at_end, by in ways
    ]
